//! Copies the write-ahead log back into the file on a thread of its own, while the journal goes on
//! committing: done by the journal itself, as SQLite does unless told otherwise, it makes all
//! callers of a batch wait now and then. It writes nothing of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use db::SqliteFiles;
use rusqlite::{Connection, OpenFlags};

use super::super::store::StoreError;

/// When what is done, in pages of the log.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// So many that are not copied yet are worth a copy.
    pub copy: i64,
    /// At so many in the log the journal copies the few that are left itself: the log can begin
    /// anew only when all are copied, and while the journal commits there are always new ones.
    pub length: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            copy: 2_048,
            length: 16_384,
        }
    }
}

/// After about so many pages the thread is told: being woken costs it, and the journal, more than a
/// small commit does.
const TELL: usize = 256;
/// Rows of a page, about.
const ROWS: usize = 32;

/// The thread, told of commits.
#[derive(Debug)]
pub struct Checkpointer {
    files: SqliteFiles,
    /// Pages since it was told.
    pages: usize,
    committed: Option<SyncSender<()>>,
    is_long: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the thread on a file whose tables exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn start(path: &Path, files: SqliteFiles, limits: Limits) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        // Nothing is waited for: what cannot be copied now is copied the next time.
        connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0;")?;
        let (committed, commits) = sync_channel(1);
        let is_long = Arc::new(AtomicBool::new(false));
        let (long, watched) = (is_long.clone(), files.clone());
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || run(&connection, &watched, &commits, limits, &long))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        Ok(Self {
            files,
            pages: 0,
            committed: Some(committed),
            is_long,
            thread: Some(thread),
        })
    }

    /// Tells of a commit of so many rows on `connection`, which is outside a transaction.
    pub fn committed(&mut self, connection: &Connection, rows: usize) {
        if self.is_long.swap(false, Ordering::Relaxed)
            && let Err(error) = copy(connection, &self.files)
        {
            tracing::warn!(%error, "the write-ahead log could not be copied back");
        }
        // A commit has a few pages of its own.
        self.pages += 4 + rows / ROWS;
        if self.pages < TELL {
            return;
        }
        self.pages = 0;
        match self.committed.as_ref().map(|thread| thread.try_send(())) {
            // Told, or told before: one that waits stands for all since.
            None | Some(Ok(()) | Err(TrySendError::Full(()))) => {}
            // Without the thread, every commit makes its own.
            Some(Err(TrySendError::Disconnected(()))) => {
                self.is_long.store(true, Ordering::Relaxed)
            }
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.committed.take());
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join) {
            tracing::error!("the thread of the checkpoints ended in a panic");
        }
    }
}

fn run(
    connection: &Connection,
    files: &SqliteFiles,
    commits: &Receiver<()>,
    limits: Limits,
    is_long: &AtomicBool,
) {
    while commits.recv().is_ok() {
        let known = checkpoint(connection, "NOOP").map_err(|error| error.to_string());
        let copied = known.and_then(|log| {
            if log.length - log.copied < limits.copy {
                return Ok(log);
            }
            copy(connection, files)
        });
        match copied {
            Ok(log) if log.length >= limits.length => is_long.store(true, Ordering::Relaxed),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be copied back"),
        }
    }
}

/// The log, in pages.
struct Log {
    length: i64,
    copied: i64,
}

/// Copies what can be copied at once, into the file that was opened.
fn copy(connection: &Connection, files: &SqliteFiles) -> Result<Log, String> {
    let _under_way = files.checkpoint()?;
    checkpoint(connection, "PASSIVE").map_err(|error| error.to_string())
}

fn checkpoint(connection: &Connection, mode: &str) -> rusqlite::Result<Log> {
    let mut statement = connection.prepare_cached(&format!("PRAGMA wal_checkpoint({mode})"))?;
    statement.query_row([], |row| {
        Ok(Log {
            length: row.get(1)?,
            copied: row.get(2)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(path: &Path) -> SqliteFiles {
        let files = SqliteFiles::at(path).unwrap();
        files.opened(path).unwrap();
        files
    }

    #[test]
    fn the_log_begins_anew_while_commits_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
                 CREATE TABLE numbers (number INTEGER PRIMARY KEY, text TEXT);",
            )
            .unwrap();
        let limits = Limits {
            copy: 20,
            length: 100,
        };
        let mut checkpointer = Checkpointer::start(&path, opened(&path), limits).unwrap();
        let (mut commits, mut longest) = (0, 0);
        loop {
            let sql = "INSERT INTO numbers VALUES (?1, ?2)";
            connection
                .execute(sql, (commits, "x".repeat(3_000)))
                .unwrap();
            commits += 1;
            checkpointer.committed(&connection, 32 * TELL);
            let length = checkpoint(&connection, "NOOP").unwrap().length;
            if length < longest {
                break;
            }
            longest = length;
            assert!(commits < 20_000, "the log has {length} pages");
        }
        assert!(longest >= limits.length);
        assert_eq!(checkpointer.files.check(), Ok(()));
        drop(checkpointer);
        let count = "SELECT COUNT(*) FROM numbers";
        let count: i64 = connection.query_row(count, [], |row| row.get(0)).unwrap();
        assert_eq!(count, commits);
    }

    #[test]
    fn a_store_that_is_closed_ends_the_thread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE numbers (number INTEGER);")
            .unwrap();
        let mut checkpointer =
            Checkpointer::start(&path, opened(&path), Limits::default()).unwrap();
        checkpointer.committed(&connection, 32 * TELL);
        drop(checkpointer);
        connection.close().unwrap();
        assert!(!folder.path().join("store.db-wal").exists());
    }
}
