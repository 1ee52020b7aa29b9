//! What the store holds, against what the model holds: every balance, hold, transfer, transaction,
//! event and stored answer. It reads a copy, and what it reads was verified before.

use std::fmt::Debug;

use contracts::payments::{TransactionId, TransactionStatus, WalletId};
use ledger::{HoldState, TransferId};
use payments::journal::documents;
use payments::journal::rows::Cells;
use payments::journal::sqlite::PRAGMAS;
use payments::status_and_text;
use payments::verify::{Source, verify};
use rusqlite::{Connection, Row};
use serde_json::Value;
use simulated_disk::Disk;
use uuid::Uuid;

use crate::model::{Model, without_words};
use crate::site;

/// Says what differs.
fn same<T: PartialEq + Debug>(
    what: impl FnOnce() -> String,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    let what = what();
    Err(format!(
        "{what} differs\n  store: {found:?}\n  model: {expected:?}"
    ))
}

/// Verifies a copy of the store, and compares everything in it with the model.
pub fn check(disk: &Disk, model: &Model) -> Result<(), String> {
    let copy = site::copy(disk);
    let report = verify(Source::Sqlite(&copy.file), &mut |_, _| {})
        .map_err(|error| format!("verify: {error}"))?;
    let connection = Connection::open(&copy.file).and_then(|connection| {
        connection.execute_batch(PRAGMAS)?;
        Ok(connection)
    });
    let content = Content(connection.map_err(|error| format!("a copy does not open: {error}"))?);
    let counts = [report.accounts, report.holds, report.transactions];
    let expected = [
        model.ledger.accounts().count(),
        model.ledger.hold_count(),
        model.transactions.len(),
    ]
    .map(|count| count as u64);
    same(
        || "the number of accounts, holds and transactions".to_owned(),
        &counts,
        &expected,
    )?;
    content.accounts(model)?;
    content.holds(model)?;
    content.transfers(model)?;
    content.transactions(model)?;
    content.events(model)?;
    content.answers(model)
}

struct Content(Connection);

fn uuid(row: &Row<'_>, at: usize) -> Uuid {
    Uuid::from_bytes(row.get(at).unwrap())
}

fn json(text: &str) -> Value {
    without_words(serde_json::from_str(text).unwrap())
}

impl Content {
    /// Gives each row of a query to a check; how many there were.
    fn each(
        &self,
        sql: &str,
        mut check: impl FnMut(&Row<'_>) -> Result<(), String>,
    ) -> Result<usize, String> {
        let mut statement = self.0.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut count = 0;
        while let Some(row) = rows.next().unwrap() {
            check(row)?;
            count += 1;
        }
        Ok(count)
    }

    fn accounts(&self, model: &Model) -> Result<(), String> {
        let sql = "SELECT id, debits_posted, credits_posted, debits_pending, credits_pending, flags \
            FROM accounts JOIN balances ON account = no";
        self.each(sql, |row| {
            let id = uuid(row, 0);
            let sums: Vec<i64> = (1..6).map(|at| row.get(at).unwrap()).collect();
            let expected = model.account(id).map(|it| {
                vec![
                    it.debits_posted,
                    it.credits_posted,
                    it.debits_pending,
                    it.credits_pending,
                    it.terms.flags.0.into(),
                ]
            });
            same(|| format!("account {id}"), &Some(sums), &expected)
        })?;
        Ok(())
    }

    fn holds(&self, model: &Model) -> Result<(), String> {
        self.each("SELECT id, remaining, state FROM holds", |row| {
            let id = uuid(row, 0);
            let found = (
                row.get::<_, i64>(1).unwrap(),
                HoldState::from_number(row.get(2).unwrap()),
            );
            let expected = model.ledger.hold(TransferId(id.as_u128()));
            let expected = expected.map(|hold| (hold.remaining, Some(hold.state)));
            same(|| format!("hold {id}"), &Some(found), &expected)
        })?;
        Ok(())
    }

    fn transfers(&self, model: &Model) -> Result<(), String> {
        let sql = "SELECT id, seq, amount, debit_balance, debit_held, credit_balance, credit_held FROM transfers";
        let count = self.each(sql, |row| {
            let id = uuid(row, 0);
            let numbers: Vec<i64> = (1..7).map(|at| row.get(at).unwrap()).collect();
            let expected = model.ledger.transfer(TransferId(id.as_u128())).map(|row| {
                vec![
                    row.seq.cast_signed(),
                    row.amount,
                    row.debit_balance,
                    row.debit_held,
                    row.credit_balance,
                    row.credit_held,
                ]
            });
            same(|| format!("transfer {id}"), &Some(numbers), &expected)
        })?;
        same(
            || "the number of transfers".to_owned(),
            &count,
            &model.ledger.transfer_count(),
        )
    }

    fn transactions(&self, model: &Model) -> Result<(), String> {
        let sql = "SELECT id, status, captured, refunded FROM transactions";
        self.each(sql, |row| {
            let id = uuid(row, 0);
            let status = TransactionStatus::from_number(row.get(1).unwrap());
            let status = status.map(|status| status.to_string());
            let found = (
                status.unwrap_or_default(),
                row.get::<_, i64>(2).unwrap(),
                row.get::<_, i64>(3).unwrap(),
            );
            let expected = model.transactions.get(&id);
            let expected = expected.map(|it| (it.status.to_owned(), it.captured, it.refunded));
            same(|| format!("transaction {id}"), &Some(found), &expected)
        })?;
        Ok(())
    }

    fn events(&self, model: &Model) -> Result<(), String> {
        let mut expected = model.events.iter();
        let sql = format!(
            "SELECT {}, e.seq AS of FROM events AS e {} ORDER BY e.seq",
            *documents::COLUMNS,
            documents::BESIDE
        );
        let count = self.each(&sql, |row| {
            let found = documents::document(&mut Cells::of(row));
            let found = json(&found.unwrap().unwrap().text());
            let of = |(id, body): &(Uuid, Value)| {
                let known = [TransactionId(*id).to_string(), WalletId(*id).to_string()];
                debug_assert!(id.is_nil() || known.iter().any(|id| body["id"] == id.as_str()));
                body.clone()
            };
            let expected = expected.next().map(of);
            let seq: i64 = row.get("of").unwrap();
            same(|| format!("event {seq}"), &Some(found), &expected)
        })?;
        same(
            || "the number of events".to_owned(),
            &count,
            &model.events.len(),
        )
    }

    fn answers(&self, model: &Model) -> Result<(), String> {
        let sql = format!("{} IS NOT NULL", *documents::SELECT_ANSWERS);
        let count = self.each(&sql, |row| {
            let answer = documents::answer(&mut Cells::of(row)).unwrap();
            let scope = answer.scope;
            let (status, text) = status_and_text(&answer.reply);
            let found = (answer.body_hash, status, json(&text));
            let expected = model.kept.get(&scope);
            let expected = expected.map(|it| (it.body_hash, it.status, it.body.clone()));
            same(
                || format!("the answer stored under {scope:x}"),
                &Some(found),
                &expected,
            )
        })?;
        same(
            || "the number of stored answers".to_owned(),
            &count,
            &model.kept.len(),
        )
    }
}
