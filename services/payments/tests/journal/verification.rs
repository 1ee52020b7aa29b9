//! `verify` names the first thing that is wrong, in every table.

use ledger::{Flags, Request, TransferId};
use payments::verify::VerifyError;
use payments_core::command::{
    Actor, ChainedRequest, Command, Movement, NewTransaction, Operation, Outcome, WalletChange,
};
use payments_core::transaction::Failure;
use payments_core::wallet::Limits;
use platform::clock::{Clock, SystemClock};
use testkit::{Engine, engines};
use uuid::Uuid;
use values::{DAY, SECOND, Timestamp};

use crate::journal::harness::{
    Place, account, alone, card, command, create, fund, id, keyed, posting, system, wallet,
};

const ANN: Uuid = Uuid::from_u128(1 << 96);
const SHOP: Uuid = Uuid::from_u128(2 << 96);

pub fn by_ann(operation: Operation) -> Command {
    command(Actor::User(ANN), operation)
}

fn by_shop(operation: Operation) -> Command {
    command(Actor::User(SHOP), operation)
}

fn pay(number: u128, hold_for: Option<i64>, amount: i64) -> Command {
    let what = Movement::Payment {
        from: id(1),
        to: id(2),
        hold_for,
    };
    by_ann(create(id(number), what, amount))
}

fn withdrawal(number: u128) -> Command {
    let what = Movement::Withdrawal {
        from: id(1),
        instrument: card(),
    };
    by_ann(create(id(number), what, 500))
}

fn settle(of: u128, outcome: Outcome) -> Command {
    by_ann(Operation::Settle {
        transaction: id(of),
        id: id(of + 1),
        outcome,
        answers: None,
    })
}

/// Two wallets, of Ann and of the shop, and payments between them.
fn of_wallets() -> Vec<Command> {
    let limits = Limits {
        daily: Some(1_000_000),
        monthly: Some(2_000_000),
    };
    let capture = |of, number, amount, is_final| {
        by_shop(Operation::Capture {
            transaction: id(of),
            id: id(number),
            amount,
            is_final,
        })
    };
    let refund = |of, number, amount| {
        by_shop(Operation::Refund {
            transaction: id(of),
            id: id(number),
            amount,
            reason: None,
        })
    };
    let named = Operation::Create(NewTransaction {
        id: id(40),
        what: Movement::Transfer {
            from: id(1),
            to: id(2),
        },
        amount: 77,
        currency: money::Currency::USD,
        description: Some("shoes".to_owned()),
        external_id: Some("order-1".to_owned()),
        metadata: Some("{\"size\": 43}".to_owned()),
        risk: None,
        level: None,
    });
    vec![
        system(wallet(id(1), ANN, limits)),
        system(wallet(id(2), SHOP, Limits::default())),
        fund(id(5), id(1), 100_000),
        pay(10, None, 1_000),
        refund(10, 11, Some(300)),
        refund(10, 12, Some(200)),
        pay(20, Some(DAY), 2_000),
        capture(20, 21, Some(500), false),
        pay(22, Some(DAY), 3_000),
        capture(22, 23, Some(100), true),
        withdrawal(30),
        withdrawal(31),
        settle(31, Outcome::Completed),
        keyed(by_ann(named), 900, 1),
        keyed(pay(41, None, 10_000_000), 901, 1),
    ]
}

/// Two accounts of the raw ledger, and what follows the rest: money moved and held, a wallet
/// frozen, instructions that failed and that nobody knows of.
fn of_the_ledger() -> Vec<Command> {
    let hold = |number, timeout| ChainedRequest {
        timeout,
        ..alone(Request::Hold {
            posting: posting(id(number), id(3), id(4), 70),
            expires_at: None,
        })
    };
    let release = alone(Request::Release {
        id: TransferId(id(63).as_u128()),
        org: 1,
        hold: TransferId(id(61).as_u128()),
    });
    let declined = Failure {
        code: "card_declined".to_owned(),
        detail: "The card was declined.".to_owned(),
    };
    vec![
        system(Operation::OpenAccounts(vec![
            account(id(3), Flags::default()),
            account(id(4), Flags::default()),
        ])),
        system(Operation::Post(vec![
            alone(Request::Post(posting(id(60), id(3), id(4), 50))),
            hold(61, None),
            hold(62, Some(60 * SECOND)),
            release,
        ])),
        command(
            Actor::Operator(SHOP),
            Operation::ChangeWallet {
                wallet: id(2),
                change: WalletChange::Freeze { reason: None },
            },
        ),
        withdrawal(70),
        settle(70, Outcome::Failed(declined)),
        withdrawal(72),
        settle(72, Outcome::Unknown { ask_at: None }),
    ]
}

pub fn filled(engine: Engine) -> Place {
    let place = Place::new(engine);
    // Today: what is old is not kept. From midnight on, so that it all is of one day.
    let today = SystemClock.now().micros() / DAY * DAY;
    place.clock.set(Timestamp(today));
    let journal = place.start();
    for command in of_wallets().into_iter().chain(of_the_ledger()) {
        journal.submit_blocking(command).unwrap();
        place.clock.advance(SECOND);
    }
    journal.close();
    place
}

/// What is done past the journal, and what `verify` says to it: how its one line begins.
const FLIPS: &[(&str, &str)] = &[
    ("UPDATE head SET seq = seq + 1", "head 1: seq is"),
    ("UPDATE head SET events = events - 1", "head 1: events is"),
    (
        "UPDATE head SET accounts = 9",
        "head 1: accounts is 9, expected 5",
    ),
    (
        "UPDATE head SET transactions = 1",
        "head 1: transactions is 1",
    ),
    ("UPDATE head SET time = time + 1", "head 1: time is"),
    (
        "DELETE FROM head",
        "head 1: number of rows is 0, expected 1",
    ),
    (
        "UPDATE batches SET seq = seq + 1 WHERE no = 3",
        "batches 3: seq and event: rows is",
    ),
    (
        "UPDATE batches SET event = event - 1 WHERE no = 3",
        "batches 3: seq and event: rows is 3, expected 4",
    ),
    (
        "UPDATE batches SET time = time + 1 WHERE no = 4",
        "batches 4: time is",
    ),
    (
        "DELETE FROM batches WHERE no = 4",
        "batches 5: no is 5, expected 4",
    ),
    (
        "DELETE FROM batches WHERE no = 22",
        "events 21: seq is 21, expected no row",
    ),
    (
        "UPDATE account_changes SET flags = 0 WHERE seq = 1",
        "account_changes 1: checksum of the row is",
    ),
    (
        "UPDATE account_changes SET account = 7 WHERE seq = 2",
        "account_changes 2: no is 7, expected 2",
    ),
    (
        "UPDATE account_changes SET code = 2 WHERE seq = 22",
        "account_changes 22: code is 2, expected 1",
    ),
    (
        "UPDATE account_changes SET currency = 1 WHERE seq = 2",
        "account_changes 2: currency is 1 is not a currency's number",
    ),
    (
        "DELETE FROM account_changes WHERE seq = 2",
        "transfers 2: seq is missing",
    ),
    (
        "UPDATE transfers SET amount = amount + 1 WHERE seq = 5",
        "transfers 5: debit_balance is",
    ),
    (
        "UPDATE transfers SET kind = 9 WHERE seq = 5",
        "transfers 5: kind is 9 is not a kind of transfer",
    ),
    (
        "UPDATE transfers SET code = 3 WHERE seq = 5",
        "transfers 5: checksum of the row is",
    ),
    (
        "UPDATE transfers SET credit_balance = 0 WHERE seq = 6",
        "transfers 6: credit_balance is 0",
    ),
    (
        "UPDATE transfers SET debit_prev = 1 WHERE seq = 6",
        "transfers 6: debit_prev is 1, expected 5",
    ),
    (
        "UPDATE transfers SET debit = 1 WHERE seq = 6",
        "transfers 6: debit_balance is",
    ),
    (
        "UPDATE transfers SET org = 2 WHERE seq = 6",
        "transfers 6: org is 2, expected 1",
    ),
    (
        "UPDATE transfers SET hold = 5 WHERE seq = 9",
        "transfers 9: hold is 5",
    ),
    (
        "DELETE FROM transfers WHERE seq = 7",
        "transfers 7: seq is missing",
    ),
    (
        "UPDATE balances SET credits_posted = credits_posted + 1 WHERE account = 2",
        "balances 2 (wal_0000000000e008000000000002): credits_posted is",
    ),
    (
        "UPDATE balances SET debits_pending = 0 WHERE account = 1",
        "balances 1 (wal_0000000000e008000000000001): debits_pending is 0",
    ),
    (
        "UPDATE balances SET last_seq = 1 WHERE account = 1",
        "balances 1 (wal_0000000000e008000000000001): last_seq is 1",
    ),
    (
        "UPDATE accounts SET flags = 33 WHERE no = 1",
        "accounts 1 (wal_0000000000e008000000000001): flags is 33, expected 1",
    ),
    (
        "UPDATE accounts SET overdraft_limit = 1000000 WHERE no = 1",
        "accounts 1 (wal_0000000000e008000000000001): overdraft_limit is 1000000, expected 0",
    ),
    (
        "UPDATE accounts SET max_balance = 5 WHERE no = 4",
        "accounts 4: max_balance is 5",
    ),
    (
        "UPDATE accounts SET currency = 978 WHERE no = 4",
        "accounts 4: currency is 978, expected 840",
    ),
    (
        "UPDATE accounts SET org = 2 WHERE no = 4",
        "accounts 4: org is 2, expected 1",
    ),
    (
        "DELETE FROM accounts WHERE no = 5",
        "accounts 5: no is missing",
    ),
    (
        "DELETE FROM balances WHERE account = 5",
        "balances 5: account is missing",
    ),
    (
        "INSERT INTO balances VALUES (6, 0, 0, 0, 0, 0, 0)",
        "balances 6: account is 6, expected no row",
    ),
    (
        "INSERT INTO marks VALUES (1, 1, 1)",
        "marks 0: number of rows is 1, expected 0",
    ),
    (
        "UPDATE holds SET remaining = 0 WHERE captured = 500",
        "holds 8: remaining is 0, expected 1500",
    ),
    (
        "UPDATE holds SET captured = 0 WHERE captured = 100",
        "holds 10: captured is 0, expected 100",
    ),
    (
        "UPDATE holds SET state = 0 WHERE captured = 100",
        "holds 10: state is 0, expected 1",
    ),
    (
        "UPDATE holds SET expires_at = 5 WHERE captured = 100",
        "holds 10: expires_at is 5, expected 0",
    ),
    (
        "UPDATE holds SET amount = 2001 WHERE captured = 500",
        "holds 8: amount is 2001, expected 2000",
    ),
    (
        "DELETE FROM holds WHERE captured = 100",
        "holds 12: seq is 12, expected 10",
    ),
    (
        "UPDATE wallets SET daily_limit = NULL WHERE account = 1",
        "wallets 1: daily_limit is NULL, expected 10000.00",
    ),
    (
        "UPDATE wallets SET day_used = 0 WHERE account = 1",
        "wallets 1: day_used is 0, expected",
    ),
    (
        "UPDATE wallets SET day = day - 1, day_used = 0 WHERE account = 1",
        "wallets 1: day_used is 0, expected",
    ),
    (
        "UPDATE wallets SET month = month + 1, month_used = 0 WHERE account = 1",
        "wallets 1: month_used is 0, expected",
    ),
    (
        "UPDATE wallets SET month_used = month_used - 1 WHERE account = 1",
        "wallets 1: month_used is",
    ),
    (
        "UPDATE wallets SET last_transaction = 3 WHERE account = 2",
        "wallets 2: last_transaction is 3",
    ),
    (
        "UPDATE wallets SET last_event = 1 WHERE account = 2",
        "wallets 2: last_event is 1",
    ),
    (
        "UPDATE wallets SET label = 'x' WHERE account = 2",
        "wallets 2: label is x, expected NULL",
    ),
    (
        "UPDATE wallets SET org = 2 WHERE account = 2",
        "wallets 2: org is 2, expected 1",
    ),
    (
        "DELETE FROM wallets WHERE account = 2",
        "wallets 2: account is missing",
    ),
    (
        "UPDATE transactions SET status = 6 WHERE no = 5",
        "transactions 5: status is completed, expected authorised",
    ),
    (
        "UPDATE transactions SET amount = amount + 1 WHERE no = 2",
        "transactions 2: checksum of its terms is",
    ),
    (
        "UPDATE transactions SET captured = 0 WHERE no = 2",
        "transactions 2: captured is 0, expected 1000",
    ),
    (
        "UPDATE transactions SET refunded = 0 WHERE no = 2",
        "transactions 2: refunded is 0, expected 500",
    ),
    (
        "UPDATE transactions SET from_account = 2, to_account = 1 WHERE no = 2",
        "transactions 2: checksum of its terms is",
    ),
    (
        "UPDATE transactions SET from_prev = 1 WHERE no = 9",
        "transactions 9: checksum of its terms is",
    ),
    (
        "UPDATE transactions SET description = 'boots' WHERE no = 9",
        "transactions 9: checksum of its terms is",
    ),
    (
        "UPDATE transactions SET metadata = NULL WHERE no = 9",
        "transactions 9: checksum of its terms is",
    ),
    (
        "UPDATE transactions SET external_id = 'order-2' WHERE no = 9",
        "transactions 9: checksum of its terms is",
    ),
    (
        "UPDATE transactions SET due_at = 1 WHERE no = 9",
        "transactions 9: due_at is",
    ),
    (
        "UPDATE transactions SET due_at = NULL WHERE no = 7",
        "transactions 7: due_at is NULL",
    ),
    (
        "UPDATE transactions SET type = 9 WHERE no = 7",
        "transactions 7: type is 9 is not a type of transaction",
    ),
    (
        "UPDATE transactions SET failure_code = 'x' WHERE no = 10",
        "transactions 10: failure_code is x",
    ),
    (
        "UPDATE transactions SET last_event = 1 WHERE no = 7",
        "transactions 7: last_event is 1",
    ),
    (
        "DELETE FROM transactions WHERE no = 9",
        "transactions 9: no is missing",
    ),
    (
        "DELETE FROM transactions WHERE no = 11",
        "transactions 11: no is missing",
    ),
    (
        "DELETE FROM transactions WHERE no = 3",
        "transactions 3: no is missing",
    ),
    (
        "UPDATE events SET data = '{ }' WHERE seq = 3",
        "events 3: checksum of the row is",
    ),
    (
        "UPDATE events SET type = 'transaction.failed' WHERE seq = 3",
        "events 3: checksum of the row is",
    ),
    (
        "UPDATE events SET prev = 1 WHERE seq = 5",
        "events 5: prev is 1, expected 4",
    ),
    (
        "UPDATE events SET time = 5 WHERE seq = 5",
        "events 5: time is 5",
    ),
    (
        "UPDATE events SET to_status = 7 WHERE seq = 5",
        "events 5: to_status is 7, expected a status that may follow 6",
    ),
    (
        "UPDATE events SET transaction_no = 9 WHERE seq = 3",
        "events 3: transaction_no is 9, expected 1 or less",
    ),
    (
        "UPDATE events SET actor = 'nobody' WHERE seq = 5",
        "events 5: checksum of the row is",
    ),
    (
        "DELETE FROM events WHERE seq = 5",
        "events 6: seq is 6, expected 5",
    ),
    (
        "UPDATE external_ids SET transaction_no = 3",
        "external_ids 9: transaction_no is 3, expected 9",
    ),
    (
        "UPDATE external_ids SET org = 2",
        "external_ids 9: external_id is order-1",
    ),
    (
        "DELETE FROM external_ids",
        "external_ids 9: transaction_no is NULL, expected 9",
    ),
    ("DELETE FROM idempotency", "batches 14: answers is 1"),
    (
        "DELETE FROM idempotency WHERE no = 2",
        "batches 15: answers is 1",
    ),
    (
        "UPDATE batches SET answers = 0 WHERE no = 14",
        "batches 14: answers is 0",
    ),
    (
        "UPDATE idempotency SET event = 999 WHERE event IS NOT NULL",
        "idempotency 1: event is 999",
    ),
    (
        "UPDATE idempotency SET body = NULL WHERE event IS NULL",
        "idempotency 2: event is NULL",
    ),
    (
        "UPDATE idempotency SET org = 2 WHERE no = 1",
        "idempotency 1: event is",
    ),
];

/// The numbers of the rows that a table of flips is about, and of all of which there is one,
/// restored after each.
const TABLES: [&str; 13] = [
    "head",
    "batches",
    "account_changes",
    "transfers",
    "accounts",
    "balances",
    "marks",
    "holds",
    "wallets",
    "transactions",
    "events",
    "external_ids",
    "idempotency",
];

fn back_up(place: &Place) {
    for table in TABLES {
        place.execute(&format!(
            "CREATE TABLE {table}_was AS SELECT * FROM {table}"
        ));
    }
}

fn restore(place: &Place, table: &str) {
    let overriding = match (place.engine(), table) {
        (Engine::Postgres, "idempotency") => "OVERRIDING SYSTEM VALUE",
        _ => "",
    };
    place.execute(&format!(
        "DELETE FROM {table}; INSERT INTO {table} {overriding} SELECT * FROM {table}_was"
    ));
}

#[test]
fn what_the_journal_wrote_is_right_and_summed_up() {
    for engine in engines() {
        let place = filled(engine);
        let report = place.verified();
        assert_eq!(
            (report.batches, report.accounts, report.wallets),
            (22, 5, 2)
        );
        assert_eq!((report.transactions, report.holds), (11, 8));
        assert_eq!(report.head.len(), 64);
        let [usd] = report.currencies.as_slice() else {
            panic!("{report:?}");
        };
        assert_eq!((usd.accounts, usd.pending), (5, 1_500 + 2 * 500 + 70));
    }
}

#[test]
fn an_empty_store_is_right() {
    for engine in engines() {
        let report = Place::new(engine).verified();
        assert_eq!(
            (report.batches, report.transfers, report.accounts),
            (0, 0, 0)
        );
        assert_eq!(report.head, "0".repeat(64));
    }
}

#[test]
fn every_flipped_value_is_named() {
    for engine in engines() {
        let place = filled(engine);
        back_up(&place);
        let mut wrong = Vec::new();
        for (sql, expected) in FLIPS {
            let rows = place.execute(sql);
            let found = match place.verify() {
                Err(error @ VerifyError::Mismatch { .. }) => error.to_string(),
                other => format!("{other:?}"),
            };
            if rows == 0 || !found.starts_with(expected) {
                wrong.push(format!("{sql}\n  said     {found}\n  expected {expected}"));
            }
            let table = sql.split(' ').find(|word| TABLES.contains(word)).unwrap();
            restore(&place, table);
        }
        assert!(wrong.is_empty(), "{engine:?}:\n{}", wrong.join("\n"));
        place.verified();
    }
}

#[test]
fn every_table_has_flips() {
    for table in TABLES {
        let starts = ["UPDATE", "DELETE FROM", "INSERT INTO"].map(|act| format!("{act} {table}"));
        let flipped = |sql: &str| starts.iter().any(|start| sql.starts_with(start.as_str()));
        assert!(FLIPS.iter().any(|(sql, _)| flipped(sql)), "{table}");
    }
}

#[test]
fn a_store_in_use_is_read_as_it_was_at_one_moment() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = place.start();
        let accounts = vec![
            account(id(1), Flags::default()),
            account(id(2), Flags::default()),
        ];
        journal
            .submit_blocking(system(Operation::OpenAccounts(accounts)))
            .unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 10.. {
                    if done.load(std::sync::atomic::Ordering::SeqCst) {
                        break;
                    }
                    let request = Request::Post(posting(id(number), id(1), id(2), 1));
                    journal
                        .submit_blocking(system(Operation::Post(vec![alone(request)])))
                        .unwrap();
                }
            });
            for _ in 0..10 {
                place.verified();
            }
            done.store(true, std::sync::atomic::Ordering::SeqCst);
        });
    }
}
