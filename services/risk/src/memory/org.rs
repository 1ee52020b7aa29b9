//! An organisation in memory: its policy, its counters with what is on its way, and the breakers of
//! its rules.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use contracts::payments::TransactionId;
use risk_core::breaker::{Breaker, BreakerSettings};
use risk_core::decide::Decided;
use risk_core::rules::{CompiledRule, Mode};
use risk_core::seen::Seen;
use risk_core::velocity::{Bounds, Counters, Event, Full};
use values::{SECOND, Timestamp};

use crate::breakers::Breakers;
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
    breakers: Breakers,
    /// The rules whose breakers have tripped.
    tripped: Vec<String>,
    /// Those of which the database does not know yet.
    unstored: BTreeSet<String>,
}

/// What is asked of an organisation for a decision.
pub(crate) struct Asked {
    /// What it has said.
    pub(crate) policy: Arc<Policy>,
    /// The answers to what its rules ask of the counters.
    pub(crate) velocities: Vec<Seen>,
    /// The rules whose breakers have tripped.
    pub(crate) tripped: Vec<String>,
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
            tripped: policy.trips.keys().cloned().collect(),
            breakers: policy.trips.clone(),
            unstored: BTreeSet::new(),
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

    /// What a decision is made by. The transaction counts as on its way from now on.
    ///
    /// # Errors
    /// [`Full`].
    pub(crate) fn assess(&self, event: &Event, now: Timestamp) -> Result<Asked, Full> {
        let mut state = self.lock();
        let state = &mut *state;
        state.counters.expire(now);
        let expires = now.plus(ON_ITS_WAY);
        let policy = state.policy.clone();
        let seen = state
            .counters
            .assess(event, expires, policy.set.velocities())?;
        Ok(Asked {
            policy,
            velocities: seen,
            tripped: state.tripped.clone(),
        })
    }

    /// Counts which rules of a policy have held a transaction up. Those whose breakers trip by it.
    pub(crate) fn observe(
        &self,
        policy: &Arc<Policy>,
        decided: &Decided,
        at: Timestamp,
        settings: &BreakerSettings,
    ) -> Vec<(String, Breaker)> {
        let mut state = self.lock();
        let state = &mut *state;
        let mut trips = Vec::new();
        if !Arc::ptr_eq(&state.policy, policy) {
            return trips;
        }
        let asked = policy.set.rules().iter();
        let asked = asked
            .filter(|rule| rule.mode() != Mode::Off)
            .zip(&decided.rules);
        for (rule, said) in asked.filter(|(rule, _)| rule.mode() == Mode::Live && rule.may_trip()) {
            let code = rule.code();
            if !state.breakers.contains_key(code) {
                state.breakers.insert(code.to_owned(), Breaker::default());
            }
            let Some(breaker) = state.breakers.get_mut(code) else {
                continue;
            };
            if breaker
                .observe(decided.is_held_by(rule, said), at, settings)
                .is_some()
            {
                state.tripped.push(code.to_owned());
                state.unstored.insert(code.to_owned());
                trips.push((code.to_owned(), breaker.clone()));
            }
        }
        trips
    }

    /// The database knows that the breaker of a rule has tripped.
    pub(crate) fn trip_is_stored(&self, rule: &str) {
        self.lock().unstored.remove(rule);
    }

    /// Its breakers.
    pub(crate) fn breakers(&self) -> Breakers {
        self.lock().breakers.clone()
    }

    /// Goes on with what breakers had counted. What has tripped is in the policy.
    pub(crate) fn go_on_with(&self, breakers: Breakers) {
        let mut state = self.lock();
        let counting = breakers.into_iter();
        let counting = counting.filter(|(_, breaker)| breaker.trip().is_none());
        state.breakers.extend(counting);
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
        state.take_up_trips(&policy);
        state.policy = Arc::new(policy);
    }

    /// Forgets what nobody asks about any more.
    pub(crate) fn sweep(&self, now: Timestamp) {
        let mut state = self.lock();
        state.counters.sweep(now);
        state.counters.expire(now);
    }
}

impl State {
    /// Another policy comes into force. What was counted of a rule that is another now says nothing
    /// of it, and what has tripped on any node has tripped here.
    fn take_up_trips(&mut self, new: &Policy) {
        let old = self.policy.clone();
        let unstored = &self.unstored;
        self.breakers.retain(|code, breaker| {
            let has_tripped = breaker.trip().is_some();
            let is_rearmed = has_tripped && !unstored.contains(code);
            !is_rearmed
                && rule(&old, code).map(CompiledRule::rule)
                    == rule(new, code).map(CompiledRule::rule)
        });
        let breakers = &self.breakers;
        self.unstored.retain(|code| breakers.contains_key(code));
        self.breakers.extend(new.trips.clone());
        let tripped = self.breakers.iter();
        let tripped = tripped.filter(|(_, breaker)| breaker.trip().is_some());
        self.tripped = tripped.map(|(code, _)| code.clone()).collect();
    }
}

fn rule<'p>(policy: &'p Policy, code: &str) -> Option<&'p CompiledRule> {
    policy.set.rules().iter().find(|rule| rule.code() == code)
}
