//! Whether a store takes writes: what became of the last one, so that health can say so, and what has been seen of its history. It
//! writes nothing itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{DbError, History};

/// What became of the last write. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Writes {
    refused: Arc<AtomicBool>,
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

    /// Takes note of what stands against a write.
    pub(super) fn failed(&self, error: &DbError) {
        if error.is_of_store() {
            self.refused.store(true, Ordering::Relaxed);
        }
    }
}
