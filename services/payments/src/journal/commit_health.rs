//! The health of the journal: what became of its last batch, and since when the one at hand is
//! under way. The health checks ask it; it repairs nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::journal::Fault;

/// A batch that takes longer waits for something that is broken: a disk, or a commit whose outcome
/// nobody knows yet.
const LONG: Duration = Duration::from_secs(5);

/// What became of the last batch, and since when the one at hand is under way.
#[derive(Debug, Default)]
pub struct CommitHealth {
    state: Mutex<State>,
    /// Whether there is a fault to forget, so that a good answer need not look.
    has_fault: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    since: Option<Instant>,
}

impl CommitHealth {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn batch_started(&self, now: Instant) {
        self.state().since = Some(now);
    }

    /// Takes note of an answer before it is given, so that health already says the same.
    pub(super) fn answered(&self, fault: Option<Fault>) {
        match fault.filter(|fault| fault.is_of_store()) {
            Some(fault) => {
                self.state().fault = Some(fault);
                self.has_fault.store(true, Ordering::Relaxed);
            }
            None if self.has_fault.load(Ordering::Relaxed) => self.forget_fault(),
            None => {}
        }
    }

    pub(super) fn batch_finished(&self) {
        self.state().since = None;
    }

    /// Why the last batch was not committed, if it was not and nobody has found since that the
    /// store takes writes.
    #[must_use]
    pub fn last_fault(&self) -> Option<Fault> {
        self.state().fault
    }

    /// Forgets the last fault: the store has taken a write since.
    pub fn forget_fault(&self) {
        self.state().fault = None;
        self.has_fault.store(false, Ordering::Relaxed);
    }

    /// Whether the batch at hand takes far longer than any does where all is well.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        let since = self.state().since;
        since.is_some_and(|since| since.elapsed() > LONG)
    }
}
