//! Every act once, from the command to the rows.

use ledger::{AccountId, Flags, Posting, Request, TransferId};
use payments::journal::Fault;
use payments::journal::Journal;
use payments_core::command::{
    Actor, Answer, ChainedRequest, Movement, Operation, Outcome, RefundRequestChange, WalletChange,
};
use payments_core::transaction::Failure;
use payments_core::wallet::{DepositLimits, Limits};
use testkit::engines;
use uuid::Uuid;
use values::{DAY, SECOND};

use crate::journal::harness::{
    Place, account, alone, card, code, command, create, fund, id, json, post, posting, results,
    system, wallet,
};

const ANN: Uuid = id_of_user(1);
const SHOP: Uuid = id_of_user(2);
const OPERATOR: Uuid = id_of_user(3);
const DEPUTY: Uuid = id_of_user(4);

const fn id_of_user(number: u128) -> Uuid {
    Uuid::from_u128(number << 96)
}

fn limits(daily: i64) -> Limits {
    Limits {
        daily: Some(daily),
        monthly: None,
    }
}

/// Ann's wallet with 1,000.00 on it, and the shop's empty one.
fn two_wallets(place: &Place, journal: &Journal) -> (Uuid, Uuid) {
    let (ann, shop) = (id(1), id(2));
    let opened = place.submit_all(
        journal,
        [
            system(wallet(ann, ANN, limits(150_000))),
            system(wallet(shop, SHOP, Limits::default())),
            fund(id(3), ann, 100_000),
        ],
    );
    for answer in opened {
        assert_eq!(json(answer).0, 201);
    }
    (ann, shop)
}

fn status_of(answer: Result<Answer, Fault>) -> String {
    json(answer).1["status"].as_str().unwrap().to_owned()
}

#[test]
fn transfers_move_money_and_chains_move_all_or_nothing() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let limited = Flags::DEBITS_MUST_NOT_EXCEED_CREDITS;
        let accounts = vec![
            account(id(1), Flags::default()),
            account(id(2), limited),
            account(id(3), limited),
        ];
        journal
            .submit_blocking(system(Operation::OpenAccounts(accounts)))
            .unwrap();
        let moved = journal.submit_blocking(post(id(10), id(1), id(2), 500));
        assert_eq!(results(&moved), ["made"]);
        let linked = |number, debit, credit, amount, linked| ChainedRequest {
            linked,
            ..alone(Request::Post(posting(
                id(number),
                id(debit),
                id(credit),
                amount,
            )))
        };
        let chains = vec![
            linked(20, 2, 3, 300, true),
            linked(21, 2, 3, 300, false),
            linked(22, 2, 3, 300, true),
            linked(23, 3, 1, 100, false),
            linked(24, 3, 1, 50, true),
        ];
        let answer = journal.submit_blocking(system(Operation::Post(chains)));
        let expected = [
            "linked_transfer_failed",
            "insufficient_funds",
            "made",
            "made",
            "linked_transfer_failed",
        ];
        assert_eq!(results(&answer), expected);
        assert_eq!(place.balance(id(2)), (200, 0));
        assert_eq!(place.balance(id(3)), (200, 0));
        journal.close();
        assert_eq!(place.verified().transfers, 3);
    }
}

/// Two accounts that may owe.
fn open_accounts(journal: &Journal) {
    let accounts = vec![
        account(id(1), Flags::default()),
        account(id(2), Flags::default()),
    ];
    let opened = journal.submit_blocking(system(Operation::OpenAccounts(accounts)));
    assert!(opened.is_ok());
}

fn hold(number: u128, timeout: Option<i64>) -> ChainedRequest {
    ChainedRequest {
        timeout,
        ..alone(Request::Hold {
            posting: posting(id(number), id(1), id(2), 100),
            expires_at: None,
        })
    }
}

fn capture(number: u128, of: u128, amount: Option<i64>, is_final: bool) -> ChainedRequest {
    alone(Request::Capture {
        id: TransferId(id(number).as_u128()),
        org: 1,
        hold: TransferId(id(of).as_u128()),
        amount,
        is_final,
        code: 9,
    })
}

fn submit(journal: &Journal, requests: Vec<ChainedRequest>) -> Vec<&'static str> {
    results(&journal.submit_blocking(system(Operation::Post(requests))))
}

#[test]
fn a_hold_is_captured_in_parts_or_released() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        open_accounts(&journal);
        let holds = vec![hold(10, None), hold(12, None)];
        assert_eq!(submit(&journal, holds), ["made"; 2]);
        assert_eq!(place.balance(id(1)), (0, 200));
        let release = alone(Request::Release {
            id: TransferId(id(22).as_u128()),
            org: 1,
            hold: TransferId(id(12).as_u128()),
        });
        let (part, last) = (
            capture(20, 10, Some(30), false),
            capture(21, 10, Some(20), true),
        );
        assert_eq!(submit(&journal, vec![part, last, release]), ["made"; 3]);
        for (hold, code) in [(10, "hold_already_captured"), (12, "hold_already_released")] {
            let again = capture(23, hold, None, true);
            assert_eq!(submit(&journal, vec![again]), [code]);
        }
        assert_eq!(place.balance(id(1)), (-50, 0));
        journal.close();
        let report = place.verified();
        assert_eq!((report.holds, report.currencies[0].pending), (2, 0));
    }
}

#[test]
fn a_hold_expires_at_its_deadline_and_not_before() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        open_accounts(&journal);
        assert_eq!(submit(&journal, vec![hold(11, Some(SECOND))]), ["made"]);
        let expire = |number| {
            let (hold, id) = (id(11), id(number));
            results(&journal.submit_blocking(system(Operation::ExpireHold { hold, id })))
        };
        place.clock.advance(SECOND - 1);
        assert_eq!(expire(30), ["hold_not_expired"]);
        place.clock.advance(1);
        let late = capture(31, 11, None, true);
        assert_eq!(submit(&journal, vec![late]), ["hold_expired"]);
        assert_eq!(expire(32), ["made"]);
        assert_eq!(place.balance(id(1)), (0, 0));
        journal.close();
        place.verified();
    }
}

#[test]
fn a_repeated_hold_with_a_timeout_is_the_hold_of_the_first_time() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        open_accounts(&journal);
        let hold = || vec![hold(10, Some(60 * SECOND))];
        assert_eq!(submit(&journal, hold()), ["made"]);
        place.clock.advance(SECOND);
        assert_eq!(submit(&journal, hold()), ["exists"]);
        let journal = place.start();
        assert_eq!(submit(&journal, hold()), ["exists"]);
        assert_eq!(place.balance(id(1)), (0, 100));
    }
}

#[test]
fn a_payment_is_authorised_captured_refunded_cancelled_and_expires() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = two_wallets(&place, &journal);
        let pay = |number, amount| {
            let what = Movement::Payment {
                from: ann,
                to: shop,
                hold_for: Some(DAY),
            };
            let operation = create(id(number), what, amount);
            status_of(journal.submit_blocking(command(Actor::User(ANN), operation)))
        };
        let merchant = |operation| journal.submit_blocking(command(Actor::User(SHOP), operation));
        for number in [10, 11, 12] {
            assert_eq!(pay(number, 10_000), "authorised");
        }
        assert_eq!(place.balance(ann), (100_000, 30_000));
        let capture = |id, amount, is_final| Operation::Capture {
            transaction: self::id(10),
            id,
            amount,
            is_final,
        };
        assert_eq!(
            status_of(merchant(capture(id(20), Some(4_000), false))),
            "authorised"
        );
        assert_eq!(
            status_of(merchant(capture(id(21), Some(1_000), true))),
            "completed"
        );
        let refund = |number, amount| Operation::Refund {
            transaction: id(10),
            id: id(number),
            amount,
            reason: Some("broken".to_owned()),
        };
        assert_eq!(
            code(&merchant(refund(30, Some(5_001)))),
            "refund_exceeds_original"
        );
        assert_eq!(json(merchant(refund(31, Some(2_000)))).1["type"], "refund");
        assert_eq!(json(merchant(refund(32, None))).1["amount"], "30.00");
        assert_eq!(code(&merchant(refund(33, None))), "already_reversed");
        let cancel = |transaction| Operation::Cancel {
            transaction,
            id: id(40),
        };
        assert_eq!(status_of(merchant(cancel(id(11)))), "cancelled");
        let expire = |number| Operation::Expire {
            transaction: id(12),
            id: id(number),
        };
        let early = journal.submit_blocking(system(expire(50)));
        assert_eq!(code(&early), "hold_not_expired");
        place.clock.advance(DAY);
        assert_eq!(
            status_of(journal.submit_blocking(system(expire(51)))),
            "expired"
        );
        assert_eq!(place.balance(ann), (100_000, 0));
        assert_eq!(place.balance(shop), (0, 0));
        journal.close();
        assert_eq!(place.verified().transactions, 6);
    }
}

#[test]
fn instructions_to_the_outside_complete_fail_and_are_resolved_by_two_operators() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, _) = two_wallets(&place, &journal);
        let start = |number, what, amount| {
            let operation = create(id(number), what, amount);
            status_of(journal.submit_blocking(command(Actor::User(ANN), operation)))
        };
        let deposit = || Movement::Deposit {
            to: ann,
            instrument: Some(card()),
            limits: DepositLimits::default(),
        };
        let withdrawal = || Movement::Withdrawal {
            from: ann,
            instrument: card(),
        };
        assert_eq!(start(10, deposit(), 5_000), "processing");
        assert_eq!(start(11, withdrawal(), 20_000), "processing");
        assert_eq!(start(12, withdrawal(), 30_000), "processing");
        assert_eq!(place.balance(ann), (100_000, 50_000));
        let settle = |transaction, number, outcome| {
            let operation = Operation::Settle {
                transaction: id(transaction),
                id: id(number),
                outcome,
                answers: None,
            };
            status_of(journal.submit_blocking(command(Actor::Acquirer, operation)))
        };
        assert_eq!(settle(10, 20, Outcome::Completed), "completed");
        let declined = Outcome::Failed(Failure {
            code: "card_declined".to_owned(),
            detail: "The card was declined.".to_owned(),
        });
        assert_eq!(settle(11, 21, declined.clone()), "failed");
        assert_eq!(
            settle(12, 22, Outcome::Unknown { ask_at: None }),
            "unresolved"
        );
        // The acquirer contradicts itself: nothing moves.
        assert_eq!(settle(10, 23, declined), "completed");
        let resolve = |operator, number| {
            let operation = Operation::Resolve {
                transaction: id(12),
                id: id(number),
                completed: true,
                reason: "it is on the statement".to_owned(),
            };
            journal.submit_blocking(command(Actor::Operator(operator), operation))
        };
        assert_eq!(status_of(resolve(OPERATOR, 30)), "unresolved");
        assert_eq!(code(&resolve(OPERATOR, 31)), "second_operator_needed");
        assert_eq!(status_of(resolve(DEPUTY, 32)), "completed");
        assert_eq!(place.balance(ann), (75_000, 0));
        journal.close();
        let report = place.verified();
        assert_eq!((report.transactions, report.events), (4, 12));
    }
}

#[test]
fn a_wallet_is_limited_frozen_unfrozen_and_closed() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = two_wallets(&place, &journal);
        let change = |wallet, change| {
            let operation = Operation::ChangeWallet { wallet, change };
            journal.submit_blocking(command(Actor::Operator(OPERATOR), operation))
        };
        let send = |number, amount| {
            let what = Movement::Transfer {
                from: ann,
                to: shop,
            };
            let operation = create(id(number), what, amount);
            journal.submit_blocking(command(Actor::User(ANN), operation))
        };
        assert_eq!(
            status_of(change(ann, WalletChange::Limit(limits(1_000)))),
            "active"
        );
        assert_eq!(status_of(send(10, 1_000)), "completed");
        assert_eq!(code(&send(11, 1)), "limit_exceeded");
        place.clock.advance(DAY);
        assert_eq!(status_of(send(12, 1)), "completed");
        assert_eq!(
            status_of(change(ann, WalletChange::Freeze { reason: None })),
            "frozen"
        );
        assert_eq!(code(&send(13, 1)), "account_frozen");
        assert_eq!(
            status_of(change(ann, WalletChange::Unfreeze { reason: None })),
            "active"
        );
        assert_eq!(code(&change(ann, WalletChange::Close)), "account_not_empty");
        let empty = fund(id(20), shop, 5);
        assert_eq!(status_of(journal.submit_blocking(empty)), "completed");
        let back = Movement::Transfer {
            from: shop,
            to: ann,
        };
        let back = command(Actor::User(SHOP), create(id(21), back, 1_006));
        assert_eq!(status_of(journal.submit_blocking(back)), "completed");
        assert_eq!(status_of(change(shop, WalletChange::Close)), "closed");
        assert_eq!(code(&send(22, 1)), "account_closed");
        journal.close();
        place.verified();
    }
}

#[test]
fn an_id_has_one_effect_and_a_wallet_keeps_its_history() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = two_wallets(&place, &journal);
        let taken = "id_exists_with_different_fields";
        assert_eq!(
            code(&journal.submit_blocking(fund(id(3), ann, 100_000))),
            taken
        );
        let hold = Movement::Payment {
            from: ann,
            to: shop,
            hold_for: Some(DAY),
        };
        journal
            .submit_blocking(command(Actor::User(ANN), create(id(10), hold, 900)))
            .unwrap();
        let capture = || {
            let operation = Operation::Capture {
                transaction: id(10),
                id: id(11),
                amount: Some(300),
                is_final: false,
            };
            journal.submit_blocking(command(Actor::User(SHOP), operation))
        };
        assert_eq!(json(capture()).1["captured_amount"], "3.00");
        assert_eq!(code(&capture()), taken);
        // Of a deposit that is on its way there is no transfer yet.
        let deposit = |amount| {
            let what = Movement::Deposit {
                to: ann,
                instrument: Some(card()),
                limits: DepositLimits::default(),
            };
            journal.submit_blocking(command(Actor::User(ANN), create(id(20), what, amount)))
        };
        assert_eq!(status_of(deposit(500)), "processing");
        assert_eq!(code(&deposit(600)), taken);
        let again = journal.submit_blocking(system(wallet(ann, ANN, limits(150_000))));
        assert_eq!(code(&again), "account_exists_with_different_fields");
        journal.close();
        assert_eq!(place.verified().transactions, 3);
    }
}

#[test]
fn other_organisations_see_nothing() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = two_wallets(&place, &journal);
        let abroad = |operation| {
            let mut command = command(Actor::Operator(OPERATOR), operation);
            command.org = 2;
            journal.submit_blocking(command)
        };
        let what = Movement::Transfer {
            from: ann,
            to: shop,
        };
        assert_eq!(code(&abroad(create(id(10), what, 1))), "wallet_not_found");
        let close = Operation::ChangeWallet {
            wallet: shop,
            change: WalletChange::Close,
        };
        assert_eq!(code(&abroad(close)), "wallet_not_found");
        let refund = Operation::Refund {
            transaction: id(3),
            id: id(11),
            amount: None,
            reason: None,
        };
        assert_eq!(code(&abroad(refund)), "transaction_not_found");
        let foreign = Posting {
            org: 2,
            debit: AccountId(ann.as_u128()),
            ..posting(id(12), ann, shop, 1)
        };
        let answer = abroad(Operation::Post(vec![alone(Request::Post(foreign))]));
        assert_eq!(results(&answer), ["debit_account_not_found"]);
    }
}

#[test]
fn a_payment_with_an_unreadable_refund_request_is_not_taken_for_one_without() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let (ann, shop) = two_wallets(&place, &journal);
        let what = Movement::Payment {
            from: ann,
            to: shop,
            hold_for: None,
        };
        let paid = command(Actor::User(ANN), create(id(10), what, 100));
        assert_eq!(status_of(journal.submit_blocking(paid)), "completed");
        let ask = |number| {
            let change = RefundRequestChange::Ask {
                id: id(number),
                amount: None,
                reason: "broken".to_owned(),
                lasts: DAY,
            };
            let transaction = id(10);
            let operation = Operation::RefundRequest {
                transaction,
                change,
            };
            command(Actor::User(ANN), operation)
        };
        assert_eq!(json(journal.submit_blocking(ask(11))).0, 201);
        journal.close();
        let unread = "UPDATE transactions SET proposal = '{}' WHERE proposal IS NOT NULL";
        assert_eq!(place.execute(unread), 1);
        let answer = place.start().submit_blocking(ask(12));
        assert!(answer.is_err(), "{answer:?}");
    }
}
