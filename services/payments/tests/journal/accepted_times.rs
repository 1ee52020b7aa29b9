//! Clocks that are wrong: commits stop where the clock was set, or is behind the last commit; an
//! operator accepts the true time, and from there on it counts for every rule.

use std::sync::Arc;

use contracts::payments::TransactionStatus;
use payments::journal::Fault;
use payments::journal::Journal;
use payments::verify::VerifyError;
use payments_core::command::{Actor, Answer, Command, Movement, Operation};
use payments_core::wallet::Limits;
use platform::clock::Clock;
use testkit::{Engine, engines};
use uuid::Uuid;
use values::{DAY, SECOND};

use crate::journal::harness::{Place, code, command, create, fund, id, json, system, wallet};

const ANN: Uuid = Uuid::from_u128(7);
const MINUTE: i64 = 60 * SECOND;

fn accept() -> Command {
    let reason = "The time server was wrong.".to_owned();
    system(Operation::AcceptClock { reason })
}

/// A journal with two wallets; from the first of them 120 may leave a day.
fn opened(place: &Place) -> Arc<Journal> {
    let journal = place.start();
    let limits = Limits {
        daily: Some(120),
        monthly: None,
    };
    for (number, limits) in [(1, limits), (2, Limits::default())] {
        let open = command(Actor::User(ANN), wallet(id(number), ANN, limits));
        json(journal.submit_blocking(open));
    }
    json(journal.submit_blocking(fund(id(9), id(1), 10_000)));
    journal
}

fn send(journal: &Journal, number: u128, amount: i64) -> Result<Answer, Fault> {
    let what = Movement::Transfer {
        from: id(1),
        to: id(2),
    };
    journal.submit_blocking(command(Actor::User(ANN), create(id(number), what, amount)))
}

fn sent(journal: &Journal, number: u128, amount: i64) -> String {
    let (status, body, _) = json(send(journal, number, amount));
    assert_eq!(status, 201);
    body["created_at"].as_str().unwrap().to_owned()
}

fn stopped(journal: &Journal, number: u128) {
    let answer = send(journal, number, 1);
    assert_eq!(answer, Err(Fault::ClockUntrusted));
    assert!(journal.clock().check().is_err());
}

#[test]
fn a_clock_that_is_set_far_stops_commits_until_it_is_right_again() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = opened(&place);
        for step in [DAY, 10 * MINUTE + 1, -10 * MINUTE - 1, -DAY] {
            place.clock.step(step);
            stopped(&journal, 10);
            place.clock.step(-step);
        }
        // A little is followed; and time that passes is no step, be it an hour's sleep or a year's.
        for (number, step) in [(20, 9 * MINUTE), (21, -9 * MINUTE)] {
            place.clock.step(step);
            sent(&journal, number, 1);
        }
        place.clock.advance(400 * DAY);
        sent(&journal, 23, 1);
        assert_eq!(journal.clock().warning(), None);
        journal.close();
        place.verified();
    }
}

#[test]
fn a_time_that_is_accepted_twice_in_one_batch_says_nothing_of_later_steps() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = opened(&place);
        // The first may be alone in its batch; those that wait for it are together.
        for answer in place.submit_all(&journal, std::iter::repeat_with(accept).take(20)) {
            assert_eq!(json(answer).0, 200);
        }
        place.clock.step(DAY);
        stopped(&journal, 10);
        // It has read the store again: both are known.
        stopped(&journal, 11);
        place.clock.step(-DAY);
        sent(&journal, 12, 1);
        journal.close();
        place.verified();
    }
}

#[test]
fn a_start_with_a_last_commit_in_the_future_commits_nothing_until_the_time_is_accepted() {
    for engine in engines() {
        let place = Place::new(engine);
        let true_time = place.clock.now();
        // A start while the clock is ahead, and one transfer: nobody can know.
        place.clock.step(40 * DAY);
        let ahead = opened(&place);
        let wrong = sent(&ahead, 10, 50);
        ahead.close();
        place.clock.set(true_time);
        let journal = place.start();
        stopped(&journal, 11);
        place.clock.advance(SECOND);
        let (status, body, _) = json(journal.submit_blocking(accept()));
        assert_eq!(status, 200);
        assert_eq!(body["last_commit"], wrong.as_str());
        assert_eq!(body["accepted"], place.clock.now().to_string());
        assert_eq!(sent(&journal, 12, 1), place.clock.now().to_string());
        assert_eq!(journal.clock().check(), Ok(()));
        // Also for anyone who starts later.
        journal.close();
        place.clock.advance(SECOND);
        let journal = place.start();
        assert_eq!(sent(&journal, 13, 1), place.clock.now().to_string());
        journal.close();
        place.verified();
    }
}

#[test]
fn limits_count_what_left_on_the_true_day() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = opened(&place);
        sent(&journal, 10, 60);
        journal.close();
        place.clock.step(40 * DAY);
        let ahead = place.start();
        // On another day, as the clock says.
        sent(&ahead, 11, 100);
        let what = Movement::Payment {
            from: id(1),
            to: id(2),
            hold_for: Some(90 * DAY),
        };
        let hold = command(Actor::User(ANN), create(id(12), what, 15));
        json(ahead.submit_blocking(hold));
        ahead.close();
        place.clock.step(-40 * DAY);
        let journal = place.start();
        json(journal.submit_blocking(accept()));
        // All 175 left today.
        assert_eq!(code(&send(&journal, 13, 1)), "limit_exceeded");
        let cancel = Operation::Cancel {
            transaction: id(12),
            id: id(14),
        };
        json(journal.submit_blocking(command(Actor::Operator(ANN), cancel)));
        let used = "SELECT day_used FROM wallets ORDER BY account LIMIT 1";
        assert_eq!(place.number(used), 160);
        assert_eq!(code(&send(&journal, 15, 1)), "limit_exceeded");
        place.clock.advance(DAY);
        sent(&journal, 16, 120);
        assert_eq!(code(&send(&journal, 17, 1)), "limit_exceeded");
        // A day later nothing of before is given back to it.
        journal.close();
        place.verified();
    }
}

#[test]
fn deadlines_are_those_of_the_true_time_once_it_is_accepted() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = opened(&place);
        journal.close();
        place.clock.step(40 * DAY);
        let ahead = place.start();
        sent(&ahead, 10, 1);
        ahead.close();
        place.clock.step(-40 * DAY);
        let journal = place.start();
        json(journal.submit_blocking(accept()));
        let what = Movement::Payment {
            from: id(1),
            to: id(2),
            hold_for: Some(DAY),
        };
        let hold = command(Actor::User(ANN), create(id(11), what, 15));
        let (_, body, _) = json(journal.submit_blocking(hold));
        let deadline = place.clock.now().plus(DAY);
        assert_eq!(body["expires_at"], deadline.to_string());
        place.clock.advance(DAY);
        let expire = Operation::Expire {
            transaction: id(11),
            id: id(12),
        };
        let (_, body, _) = json(journal.submit_blocking(system(expire)));
        assert_eq!(body["status"], TransactionStatus::Expired.as_str());
        journal.close();
        place.verified();
    }
}

#[test]
fn other_nodes_hear_that_the_time_was_accepted() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let place = Place::new(Engine::Postgres);
    let (one, other) = (opened(&place), place.start());
    sent(&other, 10, 1);
    sent(&one, 11, 1);
    place.clock.step(DAY);
    stopped(&one, 12);
    stopped(&other, 12);
    json(one.submit_blocking(accept()));
    sent(&one, 13, 1);
    sent(&other, 14, 1);
    assert_eq!(other.clock().check(), Ok(()));
    drop((one, other));
    place.verified();
}

#[test]
fn an_accepted_time_that_was_changed_is_found() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = opened(&place);
        place.clock.advance(DAY);
        json(journal.submit_blocking(accept()));
        sent(&journal, 10, 1);
        journal.close();
        place.verified();
        for (sql, table) in [
            ("UPDATE events SET data = '{}'", "events"),
            ("UPDATE events SET type = 'clock.set'", "events"),
            ("UPDATE events SET time = time - 1", "events"),
        ] {
            let of_nobody = "WHERE transaction_no IS NULL AND account IS NULL";
            place.execute(&format!(
                "CREATE TABLE kept AS SELECT * FROM events {of_nobody}; {sql} {of_nobody}"
            ));
            let Err(VerifyError::Mismatch { table: found, .. }) = place.verify() else {
                panic!("{sql} is not found");
            };
            assert_eq!(found, table, "{sql}");
            place.execute(&format!(
                "DELETE FROM events {of_nobody}; INSERT INTO events SELECT * FROM kept; DROP TABLE kept"
            ));
            place.verified();
        }
    }
}
