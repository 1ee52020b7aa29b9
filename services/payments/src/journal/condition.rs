//! How the journal fares: what became of its last batch, and since when the one at hand is under way. Health asks it; it mends
//! nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::journal::Fault;

/// A batch that takes longer waits for something that is broken: a disk, or a commit whose outcome nobody knows yet.
const LONG: Duration = Duration::from_secs(5);

/// What became of the last batch, and since when the one at hand is under way.
#[derive(Debug, Default)]
pub struct CommitHealth {
    state: Mutex<State>,
    /// Whether there is a fault to forget, so that whoever is answered well need not look.
    is_ill: AtomicBool,
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

    pub(super) fn begins(&self, now: Instant) {
        self.state().since = Some(now);
    }

    /// Takes note of an answer before it is given, so that whoever has it finds health in agreement.
    pub(super) fn answers(&self, fault: Option<Fault>) {
        match fault.filter(|fault| fault.is_of_store()) {
            Some(fault) => {
                self.state().fault = Some(fault);
                self.is_ill.store(true, Ordering::Relaxed);
            }
            None if self.is_ill.load(Ordering::Relaxed) => self.forget_fault(),
            None => {}
        }
    }

    pub(super) fn ends(&self) {
        self.state().since = None;
    }

    /// Why the last batch was not committed, if it was not and nobody has found since that the store takes writes.
    #[must_use]
    pub fn last_fault(&self) -> Option<Fault> {
        self.state().fault
    }

    /// Forgets the last fault: the store has taken a write since.
    pub fn forget_fault(&self) {
        self.state().fault = None;
        self.is_ill.store(false, Ordering::Relaxed);
    }

    /// Whether the batch at hand takes far longer than any does where all is well.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        let since = self.state().since;
        since.is_some_and(|since| since.elapsed() > LONG)
    }
}
