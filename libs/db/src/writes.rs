//! Whether a store takes writes: what became of the last one, so that health can say so, and what
//! has been seen of its history and its tables. It writes nothing itself.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use super::tables::Tables;
use super::{DbError, History};

/// So many commits of a few pages each make as long a log as SQLite would let grow.
const MANY: u32 = 128;

/// What became of the last write. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Writes {
    refused: Arc<AtomicBool>,
    /// Whether anything that was read turned out to be no page of a database.
    malformed: Arc<AtomicBool>,
    count: Arc<AtomicU32>,
    /// Whether commits are counted in the database.
    counts_commits: Arc<AtomicBool>,
    tables: Arc<OnceLock<Tables>>,
    history: History,
}

impl Writes {
    /// To a database of which this was seen.
    pub(super) fn to(history: History) -> Self {
        Self {
            history,
            ..Self::default()
        }
    }

    /// What has been seen of the database.
    pub(super) const fn history(&self) -> &History {
        &self.history
    }

    /// Takes note of the tables that there must be.
    pub(super) fn has_tables(&self, tables: Tables) {
        self.tables.get_or_init(|| tables);
    }

    /// The tables that there must be; none are known where it was opened to be read only.
    pub(super) fn tables(&self) -> Option<&Tables> {
        self.tables.get()
    }

    /// Whether the store refused the last write.
    pub(super) fn are_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// Takes note of a commit, or of what stood against it.
    pub(super) fn committed(&self, done: &Result<(), DbError>) {
        match done {
            Ok(()) => self.refused.store(false, Ordering::Relaxed),
            Err(error) => self.failed(error),
        }
    }

    /// Has commits counted in the database from now on.
    pub(super) fn count_commits(&self) {
        self.counts_commits.store(true, Ordering::Relaxed);
    }

    /// Whether commits are counted in the database.
    pub(super) fn counts_commits(&self) -> bool {
        self.counts_commits.load(Ordering::Relaxed)
    }

    /// Counts a write that begins: whether so many have been since it last said so that the log is
    /// worth copying back.
    pub(super) fn are_many(&self) -> bool {
        self.count.fetch_add(1, Ordering::Relaxed) % MANY == MANY - 1
    }

    /// Whether all that was read could be read. Damage does not go away by itself, and what is
    /// damaged is not read by every query.
    ///
    /// # Errors
    /// [`DbError::Damaged`].
    pub(super) fn check_reads(&self) -> Result<(), DbError> {
        if self.malformed.load(Ordering::Relaxed) {
            let what = "a page could not be read: stop PayFlow and run `payflow verify`";
            return Err(DbError::Damaged(io::Error::other(what).into()));
        }
        Ok(())
    }

    /// Takes note of what stands against a read.
    pub(super) fn read(&self, error: &DbError) {
        if error.is_malformed() {
            self.malformed.store(true, Ordering::Relaxed);
        }
    }

    /// Takes note of what stands against a write.
    pub(super) fn failed(&self, error: &DbError) {
        self.read(error);
        if error.is_of_store() {
            self.refused.store(true, Ordering::Relaxed);
        }
    }
}
