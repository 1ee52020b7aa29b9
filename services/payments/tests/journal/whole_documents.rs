//! A store from the time when each event held its transaction's whole document: it is read, goes on and is verified as one
//! of today.

use payments::journal::documents;
use payments::journal::rows::Cells;
use payments::status_and_text;
use payments_core::batch::Wanted;
use payments_core::command::{Actor, Operation};
use serde_json::{Value, json};
use uuid::Uuid;

use super::harness::{Place, command, json};

const OLD: &str = include_str!("fixtures/whole_documents.sql");

/// The documents that the events left, in order.
fn documents(place: &Place) -> Vec<Value> {
    let connection = rusqlite::Connection::open(place.file()).unwrap();
    let sql = format!(
        "SELECT {} FROM events AS e {} ORDER BY e.seq",
        *documents::COLUMNS,
        documents::BESIDE
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let found = statement.query_map([], |row| {
        let document = documents::document(&mut Cells::of(row)).unwrap().unwrap();
        Ok(serde_json::from_str(&document.text()).unwrap())
    });
    found.unwrap().map(Result::unwrap).collect()
}

/// A column of ids.
fn ids(place: &Place, sql: &str) -> Vec<Uuid> {
    let connection = rusqlite::Connection::open(place.file()).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let found = statement.query_map([], |row| row.get(0).map(Uuid::from_bytes));
    found.unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_its_events_and_answers_say_is_read_as_it_was_written() {
    let place = Place::holding(OLD);
    place.verify().unwrap();
    let text = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let connection = rusqlite::Connection::open(place.file()).unwrap();
    let mut statement = connection
        .prepare("SELECT data FROM events ORDER BY seq")
        .unwrap();
    let written: Vec<Value> = statement
        .query_map([], text)
        .unwrap()
        .map(|data| serde_json::from_str(&data.unwrap()).unwrap())
        .collect();
    assert_eq!(written.len(), 14);
    assert_eq!(documents(&place), written);
    let scopes = ids(&place, "SELECT scope FROM idempotency ORDER BY no");
    let wanted = Wanted {
        scopes: scopes.iter().map(|scope| scope.as_u128()).collect(),
        ..Wanted::default()
    };
    let answers = place.journal_store().load(&wanted).unwrap().answers;
    let of_event = |event: u64| &written[usize::try_from(event).unwrap() - 1];
    assert_eq!(answers.len(), 5);
    for answer in answers {
        let body: Value = serde_json::from_str(&status_and_text(&answer.reply).1).unwrap();
        match answer.event {
            Some(event) => assert_eq!(&body, of_event(event)),
            None => assert_eq!(body["code"], "insufficient_funds"),
        }
    }
}

#[test]
fn its_transactions_go_on_and_their_terms_are_still_checked() {
    let place = Place::holding(OLD);
    // The fifth is the payment of 10.00 of which 4.00 were refunded.
    let [payment, ..] = ids(&place, "SELECT id FROM transactions WHERE no = 5")[..] else {
        panic!("no payment")
    };
    let owners = ids(&place, "SELECT owner FROM wallets ORDER BY account");
    let before = documents(&place);
    let journal = place.start();
    let id = Uuid::from_u128(u128::MAX);
    let refund = |amount| Operation::Refund {
        transaction: payment,
        id,
        amount,
        reason: None,
    };
    let (status, made, _) =
        json(journal.submit_blocking(command(Actor::User(owners[1]), refund(Some(100)))));
    assert_eq!((status, &made["amount"]), (201, &json!("1.00")));
    journal.close();
    let report = place.verify().unwrap();
    assert_eq!((report.transactions, report.events), (8, 16));
    let after = documents(&place);
    assert_eq!(after[..14], before, "what was said stays as it was");
    assert_eq!(after[14]["refunded_amount"], "5.00");
    assert_eq!(after[14]["completed_at"], before[9]["completed_at"]);
    for (no, column, value) in [
        (3, "description", "'boots'"),
        (5, "from_account", "2"),
        (5, "created_by", "zeroblob(16)"),
        (8, "created_by", "zeroblob(16)"),
    ] {
        let was = format!("CREATE TABLE was AS SELECT * FROM transactions WHERE no = {no}");
        place.execute(&was);
        place.execute(&format!(
            "UPDATE transactions SET {column} = {value} WHERE no = {no}"
        ));
        let error = place.verify().unwrap_err().to_string();
        assert!(
            error.contains(&format!("transactions {no}: ")),
            "{column}: {error}"
        );
        place.execute(&format!(
            "UPDATE transactions SET {column} = (SELECT {column} FROM was) WHERE no = {no}; DROP TABLE was"
        ));
    }
    place.verify().unwrap();
}
