//! Whether a store takes writes: what became of the last one, so that health can say so. It writes nothing itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::DbError;

/// What became of the last write. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Writes(Arc<AtomicBool>);

impl Writes {
    /// Whether the store refused the last write.
    pub(super) fn are_refused(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Takes note of a commit, or of what stood against it.
    pub(super) fn committed(&self, done: &Result<(), DbError>) {
        match done {
            Ok(()) => self.0.store(false, Ordering::Relaxed),
            Err(error) => self.failed(error),
        }
    }

    /// Takes note of what stands against a write.
    pub(super) fn failed(&self, error: &DbError) {
        if error.is_of_store() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}
