//! Decisions that wait to be written.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use contracts::identity::OrgId;
use contracts::payments::TransactionId;
use contracts::risk::RiskDecision;
use risk_core::decide::{Decided, Inputs};

/// How many decisions wait at most to be written: the facts of more are not kept.
const MOST_WAITING: usize = 65_536;
/// How many are written at once.
const BATCH: usize = 512;

/// A decision that was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) org: OrgId,
    pub(crate) transaction: TransactionId,
    pub(crate) decision: RiskDecision,
    /// What it was made of.
    pub(crate) inputs: Inputs,
    /// What each rule said.
    pub(crate) decided: Decided,
}

/// Decisions that wait to be written.
#[derive(Default)]
pub(crate) struct Written {
    waiting: Mutex<Vec<Made>>,
    is_failing: AtomicBool,
}

impl Written {
    /// Has a decision written soon. Where the database is away for long, its facts are lost: the
    /// decision itself is with the transaction.
    pub(crate) fn push(&self, made: Made) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST_WAITING {
            waiting.push(made);
        }
    }

    /// The next of them.
    pub(crate) fn take(&self) -> Vec<Made> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let next = waiting.len().min(BATCH);
        waiting.drain(..next).collect()
    }

    /// Those that could not be written wait on.
    pub(crate) fn put_back(&self, mut made: Vec<Made>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        made.append(&mut waiting);
        *waiting = made;
        self.is_failing.store(true, Ordering::Relaxed);
    }

    /// All that waited is written.
    pub(crate) fn all_are(&self) {
        self.is_failing.store(false, Ordering::Relaxed);
    }

    /// How many wait, where they could not be written the last time.
    pub(crate) fn stuck(&self) -> Option<usize> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_failing = self.is_failing.load(Ordering::Relaxed);
        is_failing.then_some(waiting.len())
    }
}
