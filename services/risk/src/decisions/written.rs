//! Decisions that wait to be written.

use std::sync::{Mutex, PoisonError};

use crate::decisions::store::Decided;

/// How many decisions wait at most to be written: the facts of more are not kept.
const MOST_WAITING: usize = 65_536;
/// How many are written at once.
const BATCH: usize = 512;

/// Decisions that wait to be written.
#[derive(Default)]
pub(crate) struct Written(Mutex<Vec<Decided>>);

impl Written {
    /// Has a decision written soon. Where the database is away for long, its facts are lost: the
    /// decision itself is with the transaction.
    pub(crate) fn push(&self, decided: Decided) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_WAITING {
            waiting.push(decided);
        }
    }

    /// The next of them.
    pub(crate) fn take(&self) -> Vec<Decided> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = waiting.len().min(BATCH);
        waiting.drain(..rest).collect()
    }

    /// Those that could not be written wait on.
    pub(crate) fn put_back(&self, mut decided: Vec<Decided>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        decided.append(&mut waiting);
        *waiting = decided;
    }
}
