//! Where the store lies: SQLite files on a simulated disk, opened as the journal opens them, and
//! copied out to be verified.

use std::path::PathBuf;
use std::sync::OnceLock;

use payments::journal::sqlite::{PRAGMAS, SqliteStore};
use rusqlite::{Connection, OpenFlags};
use simulated_disk::{Disk, Random, VFS};
use tempfile::TempDir;

const FILE: &str = "payments.db";

/// What differs from how the journal's connection is set up, so that little data is enough to see
/// much.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// After how many pages the WAL is copied back.
    pub checkpoint_pages: u32,
    /// How many pages stay in memory; beyond it, what is not committed yet is written.
    pub cached_pages: u32,
    /// FULL, unless a bug is planted.
    pub synchronous: &'static str,
}

fn connect(disk: &Disk, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags_and_vfs(disk.path(FILE), flags, VFS.name())?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    connection.execute_batch(PRAGMAS)?;
    Ok(connection)
}

/// Opens the store; SQLite recovers what a crash has left.
pub fn open(disk: &Disk, settings: Settings) -> rusqlite::Result<SqliteStore> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(disk, flags)?;
    let Settings {
        checkpoint_pages,
        cached_pages,
        synchronous,
    } = settings;
    connection.execute_batch(&format!(
        "PRAGMA wal_autocheckpoint = {checkpoint_pages}; PRAGMA cache_size = {cached_pages}; \
         PRAGMA synchronous = {synchronous}"
    ))?;
    Ok(SqliteStore::over(connection))
}

/// A disk with the empty tables of payments.
pub fn new_disk(random: Random) -> Disk {
    static EMPTY: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    let empty = EMPTY.get_or_init(|| {
        let disk = Disk::new(Random::new(0), &[]);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = connect(&disk, flags).unwrap();
        for migration in payments::migrations() {
            let sql = db::Dialect::Sqlite.text(migration.sql);
            connection.execute_batch(&sql).unwrap();
        }
        connection.close().unwrap();
        disk.files()
    });
    Disk::new(random, empty)
}

/// A copy of a disk's files, on a real one.
pub struct Copy {
    _folder: TempDir,
    pub file: PathBuf,
}

/// Copies the files as they read now.
pub fn copy(disk: &Disk) -> Copy {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in disk.files() {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    Copy {
        file: folder.path().join(FILE),
        _folder: folder,
    }
}
