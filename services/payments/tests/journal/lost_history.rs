//! Another database in the place of the one that was committed to: a node that remembers more than
//! it finds says so and commits nothing, until what it remembers is back.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use ledger::Flags;
use payments::journal::Fault;
use payments::journal::Journal;
use payments_core::command::{Answer, Operation};
use testkit::{Engine, engines};

use crate::journal::harness::{Place, account, id, post, results, system};

fn opened(place: &Place) -> Arc<Journal> {
    let journal = place.start();
    let accounts = vec![
        account(id(1), Flags::default()),
        account(id(2), Flags::default()),
    ];
    journal
        .submit_blocking(system(Operation::OpenAccounts(accounts)))
        .unwrap();
    journal
}

fn transfer(journal: &Journal, number: u128) -> Result<Answer, Fault> {
    journal.submit_blocking(post(id(number), id(1), id(2), 1))
}

fn made(journal: &Journal, number: u128) {
    assert_eq!(results(&transfer(journal, number)), ["made"]);
    assert_eq!(journal.check(), Ok(()));
}

fn is_lost(journal: &Journal, number: u128) {
    assert_eq!(transfer(journal, number).unwrap_err(), Fault::HistoryLost);
    let told = journal.check().unwrap_err();
    assert!(told.contains("history is gone"), "{told}");
}

/// A file of a SQLite store, or what SQLite keeps beside it.
fn beside(place: &Place, ending: &str) -> PathBuf {
    let mut name = place.file().into_os_string();
    name.push(ending);
    name.into()
}

#[test]
fn an_older_state_of_the_store_is_noticed_by_every_node_that_has_seen_a_later_one() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = opened(&place);
        made(&journal, 10);
        // A node that writes elsewhere has seen it, and has written nothing since.
        let other = (engine == Engine::Postgres).then(|| place.start());
        place.execute("CREATE TABLE older AS SELECT * FROM head");
        for number in 11..16 {
            made(&journal, number);
        }
        if let Some(other) = &other {
            assert_eq!(results(&transfer(other, 15)), ["exists"]);
        }
        let go_back = "DELETE FROM transfers WHERE seq > (SELECT seq FROM older); \
            DELETE FROM batches WHERE no > (SELECT batch FROM older); \
            CREATE TABLE later AS SELECT * FROM head; \
            DELETE FROM head; INSERT INTO head SELECT * FROM older;";
        place.execute(go_back);
        for journal in [Some(&journal), other.as_ref()].into_iter().flatten() {
            is_lost(journal, 20);
            is_lost(journal, 21);
        }
        assert_eq!(place.number("SELECT COUNT(*) FROM transfers"), 1);
        // Anyone who starts now has seen nothing else.
        drop((journal, other));
        let sums = "UPDATE balances SET last_seq = 3, entries = 1, debits_posted = debits_posted / 6, \
            credits_posted = credits_posted / 6";
        place.execute(sums);
        made(&place.start(), 20);
        place.verified();
    }
}

#[test]
fn another_history_of_the_same_length_is_noticed() {
    for engine in engines() {
        let place = Place::new(engine);
        let journal = opened(&place);
        made(&journal, 10);
        let digit = |text: &str| match engine {
            Engine::Sqlite => format!("x'{}'", text.repeat(64)),
            Engine::Postgres => format!("'\\x{}'", text.repeat(64)),
        };
        place.execute("CREATE TABLE kept AS SELECT hash FROM head");
        place.execute(&format!("UPDATE head SET hash = {}", digit("7")));
        is_lost(&journal, 11);
        place.execute("UPDATE head SET hash = (SELECT hash FROM kept)");
        made(&journal, 11);
        // Further on, and not from there.
        place.execute("UPDATE head SET batch = batch + 1");
        let other = format!(
            "INSERT INTO batches (no, seq, event, time, hash, checksums) SELECT batch, seq, events, time, {}, hash FROM head; \
             UPDATE batches SET hash = {} WHERE no = (SELECT batch - 1 FROM head)",
            digit("8"),
            digit("9")
        );
        place.execute(&other);
        is_lost(&journal, 12);
    }
}

#[test]
fn a_file_that_was_replaced_or_deleted_is_noticed_and_goes_on_when_it_is_back() {
    for ending in ["", "-wal"] {
        for is_replaced in [false, true] {
            let place = Place::new(Engine::Sqlite);
            let journal = opened(&place);
            made(&journal, 10);
            let (file, aside) = (beside(&place, ending), beside(&place, ".aside"));
            fs::rename(&file, &aside).unwrap();
            if is_replaced {
                fs::copy(&aside, &file).unwrap();
            }
            // The log is not looked at for each commit.
            let refused = (11..).find_map(|number| transfer(&journal, number).err());
            assert_eq!(refused, Some(Fault::HistoryLost));
            is_lost(&journal, 10);
            fs::rename(&aside, &file).unwrap();
            let known = transfer(&journal, 10);
            assert_eq!(results(&known), ["exists"], "{ending} {is_replaced}");
            made(&journal, 9);
            journal.close();
            place.verified();
        }
    }
}

#[test]
fn nothing_is_acknowledged_after_the_file_was_replaced() {
    let place = Place::new(Engine::Sqlite);
    let journal = opened(&place);
    made(&journal, 10);
    let (file, copy) = (place.file(), beside(&place, ".copy"));
    fs::copy(&file, &copy).unwrap();
    fs::rename(&copy, &file).unwrap();
    is_lost(&journal, 11);
    is_lost(&journal, 12);
}

/// What somebody writes over a file, of which this is an older copy.
type Overwrite = fn(Vec<u8>) -> Vec<u8>;

#[test]
fn nothing_is_acknowledged_after_a_file_was_overwritten_in_its_place() {
    let older: Overwrite = |copy| copy;
    let nothing: Overwrite = |_| vec![];
    // Of another log of this file: it began at another time.
    let other: Overwrite = |mut log| {
        log[16..20].copy_from_slice(&[0x12, 0x34, 0x56, 0x78]);
        log
    };
    let cases = [
        ("", older),
        ("", nothing),
        ("-wal", older),
        ("-wal", nothing),
        ("-wal", other),
    ];
    for (ending, overwrite) in cases {
        let place = Place::new(Engine::Sqlite);
        let journal = opened(&place);
        made(&journal, 10);
        let file = beside(&place, ending);
        let copy = fs::read(&file).unwrap();
        made(&journal, 11);
        fs::write(&file, overwrite(copy)).unwrap();
        is_lost(&journal, 12);
        is_lost(&journal, 13);
    }
}
