//! Deposits hold the place of their money before the acquirer is told, so that nothing can refuse
//! it afterwards; those that an earlier version sent off without a hold are entered all the same.

use ledger::{AccountId, Posting, Request};
use money::Currency;
use payments::journal::Fault;
use payments::journal::Journal;
use payments_core::command::{Actor, Answer, Movement, Operation, Outcome, WalletChange};
use payments_core::transaction::Failure;
use payments_core::wallet::{DepositLimits, Limits, SystemAccount};
use serde_json::Value;
use testkit::engines;
use uuid::Uuid;

use super::harness::{
    Place, alone, card, code, command, create, fund, id, json, posting, results, system, wallet,
};

const ANN: Uuid = Uuid::from_u128(1 << 96);
const SHOP: Uuid = Uuid::from_u128(2 << 96);
const OPERATOR: Uuid = Uuid::from_u128(3 << 96);
const DEPUTY: Uuid = Uuid::from_u128(4 << 96);

/// Two empty wallets.
fn wallets(journal: &Journal) -> (Uuid, Uuid) {
    let (ann, shop) = (id(1), id(2));
    for (wallet_id, owner) in [(ann, ANN), (shop, SHOP)] {
        let opened = system(wallet(wallet_id, owner, Limits::default()));
        assert_eq!(json(journal.submit_blocking(opened)).0, 201);
    }
    (ann, shop)
}

fn deposit(journal: &Journal, number: u128, to: Uuid, amount: i64) -> Result<Answer, Fault> {
    let what = Movement::Deposit {
        to,
        instrument: Some(card()),
        limits: DepositLimits::default(),
    };
    let owner = if to == id(1) { ANN } else { SHOP };
    let operation = create(id(number), what, amount);
    journal.submit_blocking(command(Actor::User(owner), operation))
}

/// The same with limits of 5.00 each and 8.00 on its way, not waited for.
fn limited(
    journal: &Journal,
    number: u128,
    to: Uuid,
    amount: i64,
) -> impl Future<Output = Result<Answer, Fault>> + use<> {
    let what = Movement::Deposit {
        to,
        instrument: Some(card()),
        limits: DepositLimits {
            each: Some(500),
            pending: Some(800),
        },
    };
    let owner = if to == id(1) { ANN } else { SHOP };
    let made = command(Actor::User(owner), create(id(number), what, amount));
    journal.enqueue(made).unwrap()
}

fn settle(journal: &Journal, deposit: u128, row: u128, outcome: Outcome) -> Result<Answer, Fault> {
    let operation = Operation::Settle {
        transaction: id(deposit),
        id: id(row),
        outcome,
        answers: None,
    };
    journal.submit_blocking(command(Actor::Acquirer, operation))
}

fn declined() -> Outcome {
    Outcome::Failed(Failure {
        code: "card_declined".to_owned(),
        detail: "The card was declined.".to_owned(),
    })
}

/// Two operators say that the money moved; what the second one gets.
fn resolve(journal: &Journal, deposit: u128, row: u128) -> Value {
    let operation = Operation::Resolve {
        transaction: id(deposit),
        id: id(row),
        completed: true,
        reason: "It is on the statement.".to_owned(),
    };
    let say =
        |operator| journal.submit_blocking(command(Actor::Operator(operator), operation.clone()));
    assert_eq!(json(say(OPERATOR)).1["status"], "unresolved");
    json(say(DEPUTY)).1
}

fn close(journal: &Journal, wallet: Uuid) -> Result<Answer, Fault> {
    let change = WalletChange::Close;
    journal.submit_blocking(system(Operation::ChangeWallet { wallet, change }))
}

fn status(answer: Result<Answer, Fault>) -> String {
    json(answer).1["status"].as_str().unwrap().to_owned()
}

fn system_account(account: SystemAccount) -> Uuid {
    account.id(1, Currency::USD)
}

#[test]
fn a_wallet_with_a_deposit_on_its_way_cannot_be_closed() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = wallets(&journal);
        assert_eq!(status(deposit(&journal, 10, ann, 500)), "processing");
        assert_eq!(code(&close(&journal, ann)), "account_not_empty");
        let unknown = Outcome::Unknown { ask_at: None };
        assert_eq!(status(settle(&journal, 10, 20, unknown)), "unresolved");
        assert_eq!(code(&close(&journal, ann)), "account_not_empty");
        assert_eq!(resolve(&journal, 10, 21)["status"], "completed");
        assert_eq!(place.balance(ann), (500, 0));
        assert_eq!(code(&close(&journal, ann)), "account_not_empty");
        // One that is declined leaves nothing in the way.
        assert_eq!(status(deposit(&journal, 11, shop, 500)), "processing");
        assert_eq!(status(settle(&journal, 11, 22, declined())), "failed");
        assert_eq!(status(close(&journal, shop)), "closed");
        journal.close();
        place.verified();
    }
}

#[test]
fn what_finds_no_room_is_refused_before_it_is_sent() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = wallets(&journal);
        // Each takes half of the rest, until nothing is left.
        let mut number = 100;
        let mut left = i64::MAX;
        while left > 0 {
            let amount = left - left / 2;
            assert_eq!(status(deposit(&journal, number, ann, amount)), "processing");
            left -= amount;
            number += 1;
        }
        assert_eq!(code(&deposit(&journal, 10, shop, 1)), "amount_overflow");
        // What did not move makes room again.
        assert_eq!(status(settle(&journal, 100, 20, declined())), "failed");
        assert_eq!(status(deposit(&journal, 11, shop, 1_000)), "processing");
        assert_eq!(
            status(settle(&journal, 11, 21, Outcome::Completed)),
            "completed"
        );
        assert_eq!(
            status(settle(&journal, 101, 22, Outcome::Completed)),
            "completed"
        );
        assert_eq!(place.balance(shop), (1_000, 0));
        journal.close();
        place.verified();
    }
}

#[test]
fn a_deposit_is_refused_beyond_its_limits_and_no_unit_before() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = wallets(&journal);
        let limited = |number, to, amount| place.wait(limited(&journal, number, to, amount));
        assert_eq!(code(&limited(10, ann, 501)), "deposit_too_large");
        assert_eq!(status(limited(10, ann, 500)), "processing");
        let refused = limited(11, ann, 301);
        let Ok(Answer::Refused(why)) = &refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            why.to_string(),
            "at most 8.00 USD may be on its way to a wallet, and 5.00 USD already is: deposit less, or wait until some of \
             that has arrived or is freed"
        );
        assert_eq!(code(&refused), "too_much_pending");
        assert_eq!(status(limited(11, ann, 300)), "processing");
        assert_eq!(code(&limited(12, ann, 1)), "too_much_pending");
        // Another wallet's are its own, and what arrived or failed is not on its way.
        assert_eq!(status(limited(13, shop, 500)), "processing");
        assert_eq!(status(settle(&journal, 10, 20, declined())), "failed");
        assert_eq!(status(limited(14, ann, 500)), "processing");
        assert_eq!(
            status(settle(&journal, 14, 21, Outcome::Completed)),
            "completed"
        );
        assert_eq!(status(limited(15, ann, 500)), "processing");
        // What nobody knows the end of is still on its way.
        let unknown = Outcome::Unknown { ask_at: None };
        assert_eq!(status(settle(&journal, 15, 22, unknown)), "unresolved");
        assert_eq!(code(&limited(16, ann, 1)), "too_much_pending");
        // A payment that is held for the wallet is on its way to it, too.
        let payment = Movement::Payment {
            from: ann,
            to: shop,
            hold_for: Some(1_000_000),
        };
        let held = journal.submit_blocking(command(Actor::User(ANN), create(id(17), payment, 300)));
        assert_eq!(status(held), "authorised");
        assert_eq!(code(&limited(18, shop, 1)), "too_much_pending");
        journal.close();
        place.verified();
    }
}

#[test]
fn deposits_at_the_same_time_take_no_more_than_their_limit() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, _) = wallets(&journal);
        let asked: Vec<_> = (100..150)
            .map(|number| limited(&journal, number, ann, 100))
            .collect();
        let answers: Vec<_> = asked.into_iter().map(|asked| place.wait(asked)).collect();
        let (granted, refused) = answers.split_at(8);
        assert!(
            granted
                .iter()
                .all(|answer| matches!(answer, Ok(Answer::Created(_))))
        );
        assert!(
            refused
                .iter()
                .all(|answer| code(answer) == "too_much_pending")
        );
        journal.close();
        place.verified();
    }
}

#[test]
fn what_is_on_its_way_cannot_be_spent_yet() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = wallets(&journal);
        assert_eq!(status(deposit(&journal, 10, ann, 500)), "processing");
        assert_eq!(place.balance(ann), (0, 0));
        let send = |number| {
            let what = Movement::Transfer {
                from: ann,
                to: shop,
            };
            journal.submit_blocking(command(Actor::User(ANN), create(id(number), what, 500)))
        };
        assert_eq!(code(&send(11)), "insufficient_funds");
        assert_eq!(
            status(settle(&journal, 10, 20, Outcome::Completed)),
            "completed"
        );
        assert_eq!(status(send(12)), "completed");
        journal.close();
        place.verified();
    }
}

#[test]
fn an_answer_under_an_id_that_is_taken_is_refused_and_succeeds_under_another() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, _) = wallets(&journal);
        let funded = journal.submit_blocking(fund(id(9), ann, 700));
        assert_eq!(status(funded), "completed");
        assert_eq!(status(deposit(&journal, 10, ann, 500)), "processing");
        let taken = settle(&journal, 10, 9, Outcome::Completed);
        assert_eq!(code(&taken), "id_exists_with_different_fields");
        assert_eq!(
            status(settle(&journal, 10, 20, Outcome::Completed)),
            "completed"
        );
        assert_eq!(place.balance(ann), (1_200, 0));
        journal.close();
        place.verified();
    }
}

/// A store of an earlier version, which held nothing for deposits: Ann's wallet (1) and the shop's
/// (2), and on their way 5.00 (10) and 6.00 (11) to Ann's, 7.00 (12) and 8.00 (13) to the shop's.
const WITHOUT_HOLDS: &str = include_str!("fixtures/deposits_without_holds.sql");

#[test]
fn deposits_that_an_earlier_version_sent_are_settled_as_they_were() {
    let place = Place::holding(WITHOUT_HOLDS);
    place.verified();
    let journal = place.start();
    assert_eq!(
        status(settle(&journal, 10, 20, Outcome::Completed)),
        "completed"
    );
    assert_eq!(status(settle(&journal, 11, 21, declined())), "failed");
    let unknown = Outcome::Unknown { ask_at: None };
    assert_eq!(status(settle(&journal, 12, 22, unknown)), "unresolved");
    assert_eq!(resolve(&journal, 12, 23)["status"], "completed");
    assert_eq!(
        (place.balance(id(1)), place.balance(id(2))),
        ((500, 0), (700, 0))
    );
    journal.close();
    place.verified();
}

#[test]
fn what_its_wallet_cannot_take_any_more_goes_into_suspense_when_operators_say_so() {
    let place = Place::holding(WITHOUT_HOLDS);
    let journal = place.start();
    // Without a hold nothing stood in the way of closing it.
    assert_eq!(status(close(&journal, id(2))), "closed");
    for deposit in [12, 13] {
        let answer = settle(&journal, deposit, 20, Outcome::Completed);
        assert_eq!(status(answer), "unresolved", "for an operator to see");
    }
    assert_eq!(resolve(&journal, 12, 21)["status"], "completed");
    assert_eq!(
        place.balance(system_account(SystemAccount::Suspense)),
        (700, 0)
    );
    // The same over a restart: the account is found, not opened twice.
    journal.close();
    place.verified();
    let journal = place.start();
    assert_eq!(resolve(&journal, 13, 22)["status"], "completed");
    assert_eq!(
        place.balance(system_account(SystemAccount::Suspense)),
        (1_500, 0)
    );
    assert_eq!(place.balance(id(2)), (0, 0));
    let said = place.number(
        "SELECT COUNT(*) FROM events WHERE reason LIKE '%Entered on the suspense account%an account is closed%'",
    );
    assert_eq!(said, 2);
    journal.close();
    place.verified();
}

#[test]
fn suspense_stands_in_for_a_settlement_account_that_is_full() {
    let place = Place::holding(WITHOUT_HOLDS);
    let journal = place.start();
    let settlement = system_account(SystemAccount::Settlement);
    let open = Operation::OpenAccounts(vec![super::harness::account(
        id(3),
        ledger::Flags::default(),
    )]);
    journal.submit_blocking(system(open)).unwrap();
    let all = Posting {
        debit: AccountId(settlement.as_u128()),
        ..posting(id(30), settlement, id(3), i64::MAX)
    };
    let filled = journal.submit_blocking(system(Operation::Post(vec![alone(Request::Post(all))])));
    assert_eq!(results(&filled), ["made"]);
    assert_eq!(
        status(settle(&journal, 10, 20, Outcome::Completed)),
        "unresolved"
    );
    assert_eq!(resolve(&journal, 10, 21)["status"], "completed");
    assert_eq!(place.balance(id(1)), (500, 0));
    assert_eq!(
        place.balance(system_account(SystemAccount::Suspense)),
        (-500, 0)
    );
    journal.close();
    place.verified();
}
