//! One effect and one answer per idempotency key: at once, later, after a restart, for refusals
//! too.

use ledger::Flags;
use payments_core::command::{Actor, Command, Movement, Operation, Outcome};
use payments_core::wallet::{DepositLimits, Limits};
use testkit::engines;
use uuid::Uuid;

use crate::journal::harness::{
    Place, account, card, code, command, create, fund, id, json, keyed, post, results, system,
    wallet,
};

const ANN: Uuid = Uuid::from_u128(1 << 96);

fn transfer(number: u128, amount: i64) -> Command {
    let what = Movement::Transfer {
        from: id(1),
        to: id(2),
    };
    command(Actor::User(ANN), create(id(number), what, amount))
}

/// Two wallets, the first with 1.00 on it.
fn prepared(engine: testkit::Engine) -> Place {
    let place = Place::new(engine);
    let journal = place.start();
    let commands = [
        system(wallet(id(1), ANN, Limits::default())),
        system(wallet(id(2), ANN, Limits::default())),
        fund(id(3), id(1), 100),
    ];
    for answer in place.submit_all(&journal, commands) {
        assert_eq!(json(answer).0, 201);
    }
    journal.close();
    place
}

#[test]
fn a_repetition_gets_the_same_answer_and_does_nothing() {
    for engine in engines() {
        let place = prepared(engine);
        let journal = place.start();
        let (status, body, replayed) = json(journal.submit_blocking(keyed(transfer(10, 30), 7, 1)));
        assert_eq!((status, replayed), (201, false));
        // Repetitions come with ids of their own; what counts is the key.
        let again = keyed(transfer(11, 30), 7, 1);
        assert_eq!(
            json(journal.submit_blocking(again.clone())),
            (201, body.clone(), true)
        );
        let other = keyed(transfer(12, 31), 7, 2);
        assert_eq!(
            code(&journal.submit_blocking(other)),
            "idempotency_key_reused"
        );
        journal.close();
        let journal = place.start();
        assert_eq!(json(journal.submit_blocking(again)), (201, body, true));
        assert_eq!(place.balance(id(1)), (70, 0));
        journal.close();
        place.verified();
    }
}

#[test]
fn repetitions_in_one_batch_have_one_effect() {
    for engine in engines() {
        let place = prepared(engine);
        let journal = place.start();
        let commands = (0..20).map(|number| keyed(transfer(10 + number, 30), 7, 1));
        let answers: Vec<_> = place
            .submit_all(&journal, commands)
            .into_iter()
            .map(json)
            .collect();
        let first = answers.iter().filter(|(_, _, replayed)| !replayed).count();
        assert_eq!(first, 1);
        assert!(answers.iter().all(|(_, body, _)| *body == answers[0].1));
        assert_eq!(place.balance(id(1)), (70, 0));
        journal.close();
        assert_eq!(place.verified().transactions, 2);
    }
}

#[test]
fn a_refusal_is_kept_and_repeated_even_when_it_would_pass_now() {
    for engine in engines() {
        let place = prepared(engine);
        let journal = place.start();
        let first = journal.submit_blocking(keyed(transfer(10, 101), 7, 1));
        assert_eq!(code(&first), "insufficient_funds");
        journal.submit_blocking(fund(id(11), id(1), 50)).unwrap();
        let journal = place.start();
        let (status, body, replayed) =
            json(journal.submit_blocking(keyed(transfer(12, 101), 7, 1)));
        assert_eq!((status, replayed), (422, true));
        assert_eq!(body["code"], "insufficient_funds");
        let fresh = journal.submit_blocking(keyed(transfer(13, 101), 8, 1));
        assert_eq!(json(fresh).0, 201);
        journal.close();
        place.verified();
    }
}

#[test]
fn the_raw_ledger_repeats_its_results_as_a_document() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let accounts = vec![
            account(id(1), Flags::default()),
            account(id(2), Flags::default()),
        ];
        let open = system(Operation::OpenAccounts(accounts));
        journal.submit_blocking(keyed(open.clone(), 1, 1)).unwrap();
        let (status, body, replayed) = json(journal.submit_blocking(keyed(open, 1, 1)));
        assert_eq!((status, replayed), (200, true));
        assert_eq!(body["results"][1]["result"], "created");
        let moved = || keyed(post(id(10), id(1), id(2), 5), 2, 1);
        assert_eq!(results(&journal.submit_blocking(moved())), ["made"]);
        let (_, body, replayed) = json(journal.submit_blocking(moved()));
        assert!(replayed);
        assert_eq!(body["results"][0]["seq"], 3);
        // Without the key, the id alone still makes it happen once.
        let unkeyed = journal.submit_blocking(post(id(10), id(1), id(2), 5));
        assert_eq!(results(&unkeyed), ["exists"]);
        let other = journal.submit_blocking(post(id(10), id(1), id(2), 6));
        assert_eq!(results(&other), ["id_exists_with_different_fields"]);
        assert_eq!(place.balance(id(2)), (5, 0));
    }
}

#[test]
fn a_caller_who_waits_for_the_acquirer_gets_the_last_word_and_so_does_its_repetition() {
    for engine in engines() {
        let place = prepared(engine);
        let journal = place.start();
        let what = Movement::Deposit {
            to: id(1),
            instrument: Some(card()),
            limits: DepositLimits::default(),
        };
        let deposit = keyed(command(Actor::User(ANN), create(id(10), what, 40)), 7, 1);
        let begun = json(journal.submit_blocking(deposit.clone()));
        assert_eq!(begun.1["status"], "processing");
        let settle = Operation::Settle {
            transaction: id(10),
            id: id(11),
            outcome: Outcome::Completed,
            answers: Some(7),
        };
        let settled = json(journal.submit_blocking(command(Actor::Acquirer, settle)));
        let journal = place.start();
        let repeated = json(journal.submit_blocking(deposit));
        assert_eq!(repeated, (201, settled.1, true));
        journal.close();
        place.verified();
    }
}

#[test]
fn a_makers_own_id_is_taken_for_ever_and_only_by_that_maker() {
    for engine in engines() {
        let place = prepared(engine);
        let journal = place.start();
        let named = |number, actor| {
            let mut command = transfer(number, 1);
            command.actor = actor;
            if let Operation::Create(new) = &mut command.operation {
                new.external_id = Some("order-1".to_owned());
            }
            command
        };
        let answers = place.submit_all(
            &journal,
            [
                named(10, Actor::User(ANN)),
                named(11, Actor::User(ANN)),
                named(12, Actor::Operator(Uuid::from_u128(5))),
            ],
        );
        let [first, second, third] = <[_; 3]>::try_from(answers).unwrap();
        assert_eq!(json(first).0, 201);
        assert_eq!(code(&second), "external_id_taken");
        assert_eq!(json(third).0, 201);
        let journal = place.start();
        let later = journal.submit_blocking(named(13, Actor::User(ANN)));
        assert_eq!(code(&later), "external_id_taken");
        journal.close();
        place.verified();
    }
}
