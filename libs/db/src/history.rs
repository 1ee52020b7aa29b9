//! What this process has seen committed, so that another database in the place of that one, or an
//! older state of it, is noticed: the files that were opened, and how far a log goes that only
//! grows. Anyone who keeps such a log says what of it was seen and whether it is still there; this
//! reads nothing of it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::DbError;
use super::sqlite_files::SqliteFiles;

/// What was seen of a database. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct History(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    files: Option<SqliteFiles>,
    end: Mutex<Option<Position>>,
    /// The number of the end, for those who wait for it.
    newest: watch::Sender<i64>,
    lost: Mutex<Option<String>>,
}

/// How far a log goes: the number of its last entry, and the hash of it, which covers those before;
/// or a count of commits, without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The number.
    pub no: i64,
    /// The hash.
    pub hash: Vec<u8>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl History {
    /// Of a database in files that were opened just now.
    pub(super) fn in_files(files: SqliteFiles) -> Self {
        Self(Arc::new(Seen {
            files: Some(files),
            ..Seen::default()
        }))
    }

    /// The end of the log that was seen committed last, here or by another node.
    #[must_use]
    pub fn seen(&self) -> Option<Position> {
        locked(&self.0.end).clone()
    }

    /// The number of the newest entry that was seen committed; changes wake its readers.
    #[must_use]
    pub fn newest(&self) -> watch::Receiver<i64> {
        self.0.newest.subscribe()
    }

    /// Takes note of an entry that is committed.
    pub fn see(&self, position: Position) {
        let mut end = locked(&self.0.end);
        if end.as_ref().is_none_or(|end| end.no < position.no) {
            self.0.newest.send_replace(position.no);
            *end = Some(position);
        }
    }

    /// Takes note of an entry that this process has committed, and that is on the disk; of one in
    /// files, beside them, too.
    pub(super) fn committed(&self, position: Position) {
        if let Some(files) = &self.0.files {
            files.note_head(position.no, &position.hash);
        }
        self.see(position);
    }

    /// Refuses all writes until what was seen is found again; says so for the write at hand.
    pub fn lose(&self, what: String) -> DbError {
        *locked(&self.0.lost) = Some(what.clone());
        lost(what)
    }

    /// What was seen is there.
    pub fn find(&self) {
        *locked(&self.0.lost) = None;
    }

    /// The files of a database on SQLite that this process writes.
    #[must_use]
    pub fn files(&self) -> Option<&SqliteFiles> {
        self.0.files.as_ref()
    }

    /// Whether the files are those that were opened, as this process left them. Nothing else is
    /// asked.
    ///
    /// # Errors
    /// [`DbError::HistoryLost`].
    pub fn check_file(&self) -> Result<(), DbError> {
        match &self.0.files {
            Some(files) => files.check().map_err(lost),
            None => Ok(()),
        }
    }

    /// Whether this is the database that was committed to, as far as anybody has noticed.
    ///
    /// # Errors
    /// [`DbError::HistoryLost`].
    pub fn check(&self) -> Result<(), DbError> {
        self.check_file()?;
        match locked(&self.0.lost).clone() {
            Some(what) => Err(lost(what)),
            None => Ok(()),
        }
    }
}

fn lost(what: String) -> DbError {
    DbError::HistoryLost(io::Error::other(what))
}
