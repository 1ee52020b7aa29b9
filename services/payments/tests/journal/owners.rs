//! Users who are to own no wallets any more: the end comes only where each wallet is closed, and no
//! wallet comes after it.

use money::Currency;
use payments::journal::Fault;
use payments::journal::Journal;
use payments_core::command::{
    Actor, Answer, Command, Movement, NewWallet, Operation, WalletChange,
};
use payments_core::wallet::{Limits, closed_owner_id};
use testkit::{Engine, engines};
use uuid::Uuid;

use crate::journal::harness::{Place, code, command, create, fund, id, json, system, wallet};

const ANN: Uuid = Uuid::from_u128(1 << 96);
const BOB: Uuid = Uuid::from_u128(2 << 96);

fn open(number: u128, owner: Uuid) -> Command {
    command(
        Actor::User(owner),
        wallet(id(number), owner, Limits::default()),
    )
}

fn end(owner: Uuid) -> Command {
    command(Actor::User(owner), Operation::CloseOwner(owner))
}

fn close(number: u128, owner: Uuid) -> Command {
    let (wallet, change) = (id(number), WalletChange::Close);
    command(
        Actor::User(owner),
        Operation::ChangeWallet { wallet, change },
    )
}

fn has_ended(answer: &Result<Answer, Fault>) -> bool {
    let Ok(Answer::Accounts(accounts)) = answer else {
        return false;
    };
    let [Ok(account)] = accounts.as_slice() else {
        panic!("{answer:?}");
    };
    account.id.0 == closed_owner_id(ANN).as_u128()
}

#[test]
fn an_owner_ends_only_without_open_wallets_and_opens_none_after_that() {
    for engine in engines() {
        let place = Place::new(engine);
        let mut journal = place.start();
        for opened in [open(1, ANN), open(2, ANN), open(3, BOB)] {
            assert_eq!(json(journal.submit_blocking(opened)).0, 201);
        }
        json(journal.submit_blocking(fund(id(4), id(2), 100)));
        json(journal.submit_blocking(close(1, ANN)));
        // What the working set holds by itself, and what has to be loaded.
        for _ in 0..2 {
            assert_eq!(code(&journal.submit_blocking(end(ANN))), "wallets_open");
            journal = again(&place, &journal);
        }
        let refused = journal.submit_blocking(close(2, ANN));
        assert_eq!(code(&refused), "account_not_empty");
        let (from, to) = (id(2), id(3));
        let shop = create(id(5), Movement::Transfer { from, to }, 100);
        json(journal.submit_blocking(system(shop)));
        json(journal.submit_blocking(close(2, ANN)));
        for _ in 0..2 {
            assert!(has_ended(&journal.submit_blocking(end(ANN))));
            let refused = journal.submit_blocking(open(6, ANN));
            assert_eq!(code(&refused), "owner_closed");
            journal = again(&place, &journal);
        }
        assert_eq!(json(journal.submit_blocking(open(7, BOB))).0, 201);
        journal.close();
        place.verified();
    }
}

/// The same store, opened once more: nothing is remembered.
fn again(place: &Place, journal: &Journal) -> std::sync::Arc<Journal> {
    journal.close();
    place.start()
}

#[test]
fn of_an_end_and_a_wallet_in_one_batch_the_first_stands_against_the_second() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let answers = place.submit_all(
            &journal,
            [
                open(1, ANN),
                end(ANN),
                close(1, ANN),
                end(ANN),
                open(2, ANN),
            ],
        );
        assert_eq!(code(&answers[1]), "wallets_open");
        assert!(has_ended(&answers[3]));
        assert_eq!(code(&answers[4]), "owner_closed");
        journal.close();
        place.verified();
    }
}

#[test]
fn of_two_nodes_one_ends_an_owner_and_the_other_opens_no_wallet() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let place = Place::new(Engine::Postgres);
    let (one, other) = (place.start(), place.start());
    for round in 0..20_u128 {
        let owner = Uuid::from_u128((100 + round) << 96);
        // Both have written before, so that each trusts the head row where it left it.
        let (opening, ending) = std::thread::scope(|scope| {
            let opening = scope.spawn(|| one.submit_blocking(open(1_000 + round, owner)));
            let ending = other.submit_blocking(end(owner));
            (opening.join().unwrap(), ending)
        });
        match (opening, ending) {
            (Ok(Answer::Created(_)), refused @ Ok(Answer::Refused(_))) => {
                assert_eq!(code(&refused), "wallets_open");
            }
            (refused @ Ok(Answer::Refused(_)), Ok(Answer::Accounts(_))) => {
                assert_eq!(code(&refused), "owner_closed");
            }
            other => panic!("{other:?}"),
        }
    }
    one.close();
    other.close();
    place.verified();
}

#[test]
fn a_user_opens_as_many_wallets_as_they_may_and_no_more() {
    let limited = |number: u128, owner| {
        let new = NewWallet {
            id: id(number),
            owner,
            currency: Currency::USD,
            label: None,
            limits: Limits::default(),
            most: Some(3),
        };
        command(Actor::User(owner), Operation::OpenWallet(new))
    };
    for engine in engines() {
        let place = Place::new(engine);
        let mut journal = place.start();
        assert_eq!(json(journal.submit_blocking(limited(1, ANN))).0, 201);
        // In one batch, too, and those that were refused do not count.
        let numbers = [1, 2, 3, 4];
        let answers = place.submit_all(&journal, numbers.map(|number| limited(number, ANN)));
        let [exists, second, third, refused] = answers.try_into().unwrap();
        assert_eq!(code(&exists), "account_exists_with_different_fields");
        assert_eq!((json(second).0, json(third).0), (201, 201));
        assert_eq!(code(&refused), "too_many_wallets");
        // Closed ones count, so that the count is as short as the limit.
        json(journal.submit_blocking(close(2, ANN)));
        for number in [5, 6] {
            let refused = journal.submit_blocking(limited(number, ANN));
            assert_eq!(code(&refused), "too_many_wallets");
            journal = again(&place, &journal);
        }
        assert_eq!(json(journal.submit_blocking(limited(7, BOB))).0, 201);
        journal.close();
        place.verified();
    }
}
