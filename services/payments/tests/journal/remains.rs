//! What a commit that broke, or a process that was killed, left in the WAL of SQLite: on a
//! simulated disk, because a real one cannot be made to fail at will.

use payments::journal::Fault;
use payments::journal::JournalConfig;
use payments::journal::sqlite::{PRAGMAS, SqliteStore};
use payments::journal::store::{Store, StoreError};
use payments::journal::writer::{RetryPolicy, Writer};
use payments_core::batch::Position;
use payments_core::command::{Answer, Operation};
use rusqlite::{Connection, OpenFlags};
use simulated_disk::{At, Condition, Disk, Random, Trouble, VFS};
use testkit::{Engine, FakeClock};

use crate::journal::harness::{Place, account, id, system};

/// A file with the tables of payments.
fn tables() -> Vec<(String, Vec<u8>)> {
    let place = Place::new(Engine::Sqlite);
    place.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    let bytes = std::fs::read(place.file()).unwrap();
    vec![("payments.db".to_owned(), bytes)]
}

fn store(disk: &Disk) -> SqliteStore {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let path = disk.path("payments.db");
    let connection = Connection::open_with_flags_and_vfs(path, flags, VFS.name()).unwrap();
    connection
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE")
        .unwrap();
    connection.execute_batch(PRAGMAS).unwrap();
    SqliteStore::over(connection)
}

fn head(disk: &Disk) -> Result<Position, StoreError> {
    store(disk).position()
}

/// Opens two accounts while the disk has this trouble at a sync, then kills the process.
fn open_accounts(disk: &Disk, trouble: Trouble, sync: u64) -> Result<Answer, Fault> {
    let retry_policy = RetryPolicy {
        max_attempts: 1,
        ..RetryPolicy::default()
    };
    let store = Box::new(store(disk));
    let mut writer = Writer::new(store, FakeClock::new(), JournalConfig::default())
        .unwrap()
        .with_retry_policy(retry_policy);
    let accounts = [1, 2].map(|number| account(id(number), ledger::Flags::default()));
    disk.order(trouble, At::Sync(sync));
    let mut answers = Vec::new();
    let command = system(Operation::OpenAccounts(accounts.to_vec()));
    writer.serve(&[command], &mut |answer| answers.push(answer));
    disk.kill();
    answers.remove(0)
}

/// Each seed with trouble at the first sync and at the second: one of them is that of the commit.
fn disks() -> impl Iterator<Item = (Disk, u64)> {
    let tables = tables();
    (0..20).flat_map(move |seed| {
        let disk = |sync| (Disk::new(Random::part(seed, sync), &tables), sync);
        [disk(0), disk(1)]
    })
}

#[test]
fn what_was_called_undone_does_not_come_back_when_the_process_is_killed() {
    let mut undone = 0;
    for (disk, sync) in disks() {
        let answer = open_accounts(&disk, Trouble::Error, sync);
        disk.revive();
        let done = head(&disk).unwrap().batch;
        match answer {
            Ok(_) => assert_eq!(done, 1),
            Err(fault) => {
                assert_eq!((fault, done), (Fault::Unavailable, 0));
                undone += 1;
            }
        }
    }
    assert!(undone > 0, "no commit broke");
}

#[test]
fn what_a_killed_process_left_is_on_the_disk_before_anybody_is_answered_by_it() {
    let mut left = 0;
    for (disk, sync) in disks() {
        let answer = open_accounts(&disk, Trouble::Crash, sync);
        disk.revive();
        let mut store = store(&disk);
        let found = store.position().unwrap();
        if answer == Err(Fault::OutcomeUnknown) {
            left += found.batch;
        }
        disk.kill();
        drop(store);
        disk.restart();
        assert_eq!(head(&disk).unwrap(), found);
    }
    assert!(left > 0, "no process left anything");
}

#[test]
fn a_store_on_a_full_disk_can_be_read_and_takes_commands_when_there_is_room_again() {
    let disk = Disk::new(Random::part(1, 1), &tables());
    let store = store(&disk);
    disk.set(Condition::Full);
    let mut writer =
        Writer::new(Box::new(store), FakeClock::new(), JournalConfig::default()).unwrap();
    let accounts = [1, 2].map(|number| account(id(number), ledger::Flags::default()));
    let command = system(Operation::OpenAccounts(accounts.to_vec()));
    let mut answers = Vec::new();
    for condition in [Condition::Full, Condition::Sound] {
        disk.set(condition);
        writer.serve(std::slice::from_ref(&command), &mut |answer| {
            answers.push(answer);
        });
    }
    assert_eq!(answers[0], Err(Fault::Full));
    assert!(matches!(answers[1], Ok(Answer::Accounts(_))));
}
