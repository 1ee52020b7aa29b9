//! Files that cannot be used and disks that are full: the right fault, nothing half done, and on
//! again afterwards.

use std::fs;

use ledger::Flags;
use payments::journal::Fault;
use payments::journal::JournalConfig;
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::{Store, StoreError};
use payments::verify::VerifyError;
use payments_core::command::Operation;
use testkit::Engine;

use crate::journal::harness::{Place, account, id, post, results, system};

/// A file with two accounts and a transfer, closed again.
fn written() -> Place {
    let place = Place::new(Engine::Sqlite);
    let journal = place.start();
    let accounts = vec![
        account(id(1), Flags::default()),
        account(id(2), Flags::default()),
    ];
    journal
        .submit_blocking(system(Operation::OpenAccounts(accounts)))
        .unwrap();
    journal
        .submit_blocking(post(id(10), id(1), id(2), 1))
        .unwrap();
    journal.close();
    // All in one file, so that nothing of it is left elsewhere.
    place.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    place
}

fn is_damaged(opened: Result<SqliteStore, StoreError>) -> bool {
    let found = opened.and_then(|mut store| store.position());
    matches!(found, Err(StoreError::Damaged(_)))
}

#[test]
fn what_is_no_database_is_damaged() {
    let place = written();
    let file = place.file();
    fs::write(&file, "PayFlow keeps its money elsewhere. ".repeat(1_000)).unwrap();
    assert!(is_damaged(SqliteStore::open(&file)));
    let verified = place.verify();
    assert!(matches!(
        verified,
        Err(VerifyError::Store(StoreError::Damaged(_)))
    ));
    fs::remove_file(&file).unwrap();
    assert!(is_damaged(SqliteStore::open(&file)));
    assert!(!file.exists());
}

#[test]
fn a_file_with_torn_pages_is_damaged_and_says_so_to_whoever_asks() {
    let place = written();
    let mut bytes = fs::read(place.file()).unwrap();
    let pages = bytes.len() / 4_096;
    // All but the first page, which holds the names of the tables.
    bytes[4_096..pages * 4_096].fill(0xa5);
    fs::write(place.file(), bytes).unwrap();
    assert!(is_damaged(SqliteStore::open(&place.file())));
}

#[test]
fn a_file_that_may_not_be_written_is_damaged_and_nothing_is_done() {
    let place = written();
    // A write version above 2 makes a file read-only for everybody, the administrator included
    // (SQLite's file format, section 1.3.3).
    let mut bytes = fs::read(place.file()).unwrap();
    bytes[18] = 3;
    fs::write(place.file(), bytes).unwrap();
    let journal = place.start();
    let answer = journal.submit_blocking(post(id(11), id(1), id(2), 1));
    assert_eq!(answer.unwrap_err(), Fault::Damaged);
    journal.close();
    assert_eq!(place.verified().transfers, 1);
}

#[test]
fn a_full_disk_is_full_nothing_is_half_done_and_it_goes_on_when_there_is_room() {
    let place = written();
    let pages = u32::try_from(place.number("PRAGMA page_count")).unwrap();
    let store = SqliteStore::open(&place.file()).unwrap();
    store.limit_pages(pages + 4).unwrap();
    let journal = place.start_with(Box::new(store), JournalConfig::default());
    let mut made = 1;
    let fault = loop {
        let number = 100 + u128::from(made);
        let answer = journal.submit_blocking(post(id(number), id(1), id(2), 1));
        match answer {
            Ok(_) => made += 1,
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault, Fault::Full);
    // It still answers, and what was acknowledged is there, and no more.
    let known = journal.submit_blocking(post(id(10), id(1), id(2), 1));
    assert_eq!(results(&known), ["exists"]);
    journal.close();
    assert_eq!(place.verified().transfers, made);
    let journal = place.start();
    let refused_before = post(id(100 + u128::from(made)), id(1), id(2), 1);
    assert_eq!(results(&journal.submit_blocking(refused_before)), ["made"]);
    journal.close();
    assert_eq!(place.verified().transfers, made + 1);
}
