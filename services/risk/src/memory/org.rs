//! An organisation in memory: its policy, and its counters with what is on its way.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::payments::TransactionId;
use risk_core::seen::Seen;
use risk_core::velocity::{Bounds, Counters, Event, Full};
use values::{SECOND, Timestamp};

use crate::memory::policy::Policy;

/// How long what was asked about counts as on its way where nothing is heard of it.
const ON_ITS_WAY: i64 = 60 * SECOND;
/// So many transactions that were counted last are known by their ids.
const LAST_COUNTED: usize = 1_024;

/// An organisation.
#[derive(Debug)]
pub(crate) struct Org(Mutex<State>);

#[derive(Debug)]
struct State {
    policy: Arc<Policy>,
    counters: Counters,
    counted: VecDeque<TransactionId>,
}

/// Counters of what a policy asks, of what was since then.
pub(crate) fn counters(policy: &Policy, since: Timestamp) -> Counters {
    Counters::new(policy.set.velocities(), since, Bounds::default())
}

impl Org {
    /// An organisation with counters for its policy.
    pub(crate) fn new(policy: Policy, counters: Counters) -> Self {
        Self(Mutex::new(State {
            counters,
            policy: Arc::new(policy),
            counted: VecDeque::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it has said.
    pub(crate) fn policy(&self) -> Arc<Policy> {
        self.lock().policy.clone()
    }

    /// The policy, and the answers to what its rules ask of the counters. The transaction counts as
    /// on its way from now on.
    ///
    /// # Errors
    /// [`Full`].
    pub(crate) fn assess(
        &self,
        event: &Event,
        now: Timestamp,
    ) -> Result<(Arc<Policy>, Vec<Seen>), Full> {
        let mut state = self.lock();
        let state = &mut *state;
        state.counters.expire(now);
        let expires = now.plus(ON_ITS_WAY);
        let policy = state.policy.clone();
        let seen = state
            .counters
            .assess(event, expires, policy.set.velocities())?;
        Ok((policy, seen))
    }

    /// The feed tells that a transaction was made.
    pub(crate) fn count(&self, sequence: i64, event: &Event) {
        let mut state = self.lock();
        if state.counted.contains(&event.transaction) {
            return;
        }
        if !state.counters.confirm(sequence, event) {
            // Counters that were built anew have counted it already.
            state.counters.drop_in_flight(event.transaction);
        }
        if state.counted.len() >= LAST_COUNTED {
            state.counted.pop_front();
        }
        state.counted.push_back(event.transaction);
    }

    /// A transaction was not made.
    pub(crate) fn dropped(&self, transaction: TransactionId) {
        let mut state = self.lock();
        state.counters.drop_in_flight(transaction);
    }

    /// Whether its counters answer what another policy asks.
    pub(crate) fn covers(&self, policy: &Policy) -> bool {
        let state = self.lock();
        let same_base = state.policy.set.base() == policy.set.base();
        same_base && state.counters.covers(policy.set.velocities())
    }

    /// Another policy is in force, with counters of its own where those there do not answer what
    /// it asks. What is on its way goes on.
    pub(crate) fn put(&self, policy: Policy, anew: Option<Counters>) {
        let mut state = self.lock();
        let state = &mut *state;
        if let Some(mut anew) = anew {
            anew.adopt_in_flight(&state.counters);
            state.counters = anew;
        }
        state.policy = Arc::new(policy);
    }

    /// Forgets what nobody asks about any more.
    pub(crate) fn sweep(&self, now: Timestamp) {
        let mut state = self.lock();
        state.counters.sweep(now);
        state.counters.expire(now);
    }
}
