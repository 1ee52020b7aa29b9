//! What a simulated disk keeps and loses, seen through SQLite.
#![cfg(test)]

use rusqlite::{Connection, OpenFlags};
use simulated_disk::{At, Condition, Disk, Random, Trouble, VFS};

/// Files by name.
type Files = Vec<(String, Vec<u8>)>;

fn open(disk: &Disk, synchronous: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags_and_vfs(disk.path("t.db"), flags, VFS.name())?;
    connection.execute_batch(&format!(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; \
         PRAGMA wal_autocheckpoint = 7"
    ))?;
    Ok(connection)
}

/// An empty table, on the disk.
fn table() -> Files {
    let disk = Disk::new(Random::new(1), &[]);
    let connection = open(&disk, "FULL").unwrap();
    connection
        .execute_batch("CREATE TABLE t (n INTEGER, pad BLOB)")
        .unwrap();
    connection.close().unwrap();
    disk.files()
}

fn insert(connection: &Connection, n: i64) -> rusqlite::Result<usize> {
    connection.execute("INSERT INTO t VALUES (?1, randomblob(900))", [n])
}

fn numbers(connection: &Connection) -> Vec<i64> {
    let mut statement = connection.prepare("SELECT n FROM t ORDER BY n").unwrap();
    let found = statement.query_map([], |row| row.get(0)).unwrap();
    found.map(Result::unwrap).collect()
}

/// Inserts until the power goes, at a change that was ordered; what was acknowledged, and what is
/// there afterwards.
fn crashed(files: &Files, seed: u64, synchronous: &str) -> (Vec<i64>, Vec<i64>) {
    let disk = Disk::new(Random::part(seed, 1), files);
    let connection = open(&disk, synchronous).unwrap();
    disk.order(Trouble::Crash, At::Change(seed % 200));
    let acknowledged = (0..100)
        .take_while(|n| insert(&connection, *n).is_ok())
        .collect();
    drop(connection);
    disk.restart();
    let connection = open(&disk, "FULL").unwrap();
    (acknowledged, numbers(&connection))
}

#[test]
fn what_was_acknowledged_survives_a_crash_at_any_change_and_at_most_one_more() {
    let files = table();
    for seed in 0..400 {
        let (acknowledged, found) = crashed(&files, seed, "FULL");
        let all: Vec<i64> = (0..).take(found.len()).collect();
        assert_eq!(found, all, "seed {seed}");
        let more = found.len() - acknowledged.len();
        assert!(more <= 1, "seed {seed}: {more} more than acknowledged");
    }
}

#[test]
fn what_was_not_synced_is_lost_now_and_then() {
    let files = table();
    let is_lost = |seed| {
        let (acknowledged, found) = crashed(&files, seed, "NORMAL");
        found.len() < acknowledged.len()
    };
    assert!((0..50).any(is_lost));
}

#[test]
fn a_full_disk_takes_nothing_new_and_loses_nothing() {
    let disk = Disk::new(Random::new(2), &table());
    let connection = open(&disk, "FULL").unwrap();
    insert(&connection, 0).unwrap();
    disk.set(Condition::Full);
    let refused = insert(&connection, 1).unwrap_err();
    let code = refused.sqlite_error_code();
    assert_eq!(code, Some(rusqlite::ErrorCode::DiskFull));
    disk.set(Condition::Sound);
    insert(&connection, 2).unwrap();
    assert_eq!(numbers(&connection), [0, 2]);
}

#[test]
fn a_read_only_disk_refuses_writes_and_still_reads() {
    let disk = Disk::new(Random::new(3), &table());
    let connection = open(&disk, "FULL").unwrap();
    insert(&connection, 0).unwrap();
    disk.set(Condition::ReadOnly);
    assert!(insert(&connection, 1).is_err());
    assert_eq!(numbers(&connection), [0]);
}

#[test]
fn a_killed_process_loses_nothing_that_it_wrote() {
    let disk = Disk::new(Random::new(4), &table());
    let connection = open(&disk, "OFF").unwrap();
    insert(&connection, 0).unwrap();
    disk.kill();
    assert!(insert(&connection, 1).is_err());
    drop(connection);
    disk.revive();
    assert_eq!(numbers(&open(&disk, "FULL").unwrap()), [0]);
}

#[test]
fn a_file_is_open_once_at_a_time() {
    let disk = Disk::new(Random::new(5), &table());
    let first = open(&disk, "FULL").unwrap();
    assert!(open(&disk, "FULL").is_err());
    drop(first);
    assert!(open(&disk, "FULL").is_ok());
}

#[test]
fn a_slow_disk_takes_time_of_its_own_only() {
    let disk = Disk::new(Random::new(6), &table());
    let connection = open(&disk, "FULL").unwrap();
    assert_eq!(disk.waited(), 0);
    disk.slow_down(1_000_000);
    insert(&connection, 0).unwrap();
    assert!(disk.waited() > 0);
}
