//! Counters in this process, a bounded number of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Key, Quota, Verdict};
use values::Timestamp;

/// The most counters: some 10 MB.
const MOST: usize = 100_000;

/// When each counter will be empty again.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<Key, i64>>);

impl Memory {
    pub(super) fn take(&self, key: Key, quota: Quota, now: Timestamp) -> Verdict {
        let now = now.micros();
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = counters.get(&key).map_or(0, |empty_at| empty_at - now);
        // A clock that was set back would leave a counter that is full for long: it is full as of
        // now instead.
        let used = used.clamp(0, quota.window());
        if used + quota.step() > quota.window() {
            counters.insert(key, now + used);
            return quota.verdict(false, used);
        }
        if counters.len() >= MOST && !counters.contains_key(&key) {
            make_room(&mut counters, now);
        }
        let used = used + quota.step();
        counters.insert(key, now + used);
        quota.verdict(true, used)
    }

    pub(super) fn give_back(&self, key: Key, quota: Quota) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(empty_at) = counters.get_mut(&key) {
            *empty_at -= quota.step();
        }
    }
}

/// Forgets the counters that are empty; where that is not enough, those that are empty soonest,
/// half of all.
fn make_room(counters: &mut HashMap<Key, i64>, now: i64) {
    counters.retain(|_, empty_at| *empty_at > now);
    if counters.len() < MOST / 2 {
        return;
    }
    let mut times: Vec<_> = counters.values().copied().collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    counters.retain(|_, empty_at| *empty_at > median);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate_limit::Who;
    use uuid::Uuid;
    use values::SECOND;

    const QUOTA: Quota = Quota {
        limit: 6,
        window_s: 60,
    };

    fn key(number: u128) -> Key {
        Key {
            class: "test",
            who: Who::Account(Uuid::from_u128(number)),
        }
    }

    #[test]
    fn so_many_may_be_done_at_once_and_then_one_each_step() {
        let memory = Memory::default();
        let at = |seconds: i64| memory.take(key(1), QUOTA, Timestamp(seconds * SECOND));
        let allowed = |verdict: Verdict| verdict.allowed;
        for left in (0..6).rev() {
            assert_eq!(at(0).remaining, left);
        }
        assert_eq!((at(0).allowed, at(0).retry_after_s), (false, 10));
        assert!(!allowed(at(9)));
        assert_eq!(at(9).retry_after_s, 1);
        assert!(allowed(at(10)) && !allowed(at(10)));
        assert!(allowed(at(20)) && !allowed(at(20)));
        assert!((0..6).all(|_| allowed(at(80))) && !allowed(at(80)));
    }

    #[test]
    fn a_window_may_be_longer_than_a_minute() {
        let memory = Memory::default();
        let quota: Quota = "100/15min".parse().unwrap();
        let at = |seconds: i64| memory.take(key(1), quota, Timestamp(seconds * SECOND));
        assert!((0..100).all(|_| at(0).allowed));
        assert_eq!(
            (at(0).allowed, at(0).retry_after_s, at(0).reset_s),
            (false, 9, 900)
        );
        assert!(!at(8).allowed);
        assert!(at(9).allowed && !at(9).allowed);
        assert!((0..100).all(|_| at(909).allowed) && !at(909).allowed);
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let memory = Memory::default();
        let now = Timestamp(0);
        memory.give_back(key(1), QUOTA);
        while memory.take(key(1), QUOTA, now).allowed {}
        memory.give_back(key(1), QUOTA);
        assert!(memory.take(key(1), QUOTA, now).allowed);
        assert!(!memory.take(key(1), QUOTA, now).allowed);
    }

    #[test]
    fn keys_are_counted_apart() {
        let memory = Memory::default();
        let now = Timestamp(0);
        while memory.take(key(1), QUOTA, now).allowed {}
        assert!(memory.take(key(2), QUOTA, now).allowed);
        let other = Key {
            class: "other",
            ..key(1)
        };
        assert!(memory.take(other, QUOTA, now).allowed);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out_for_longer_than_the_window() {
        let memory = Memory::default();
        while memory
            .take(key(1), QUOTA, Timestamp(1_000_000 * SECOND))
            .allowed
        {}
        let back = memory.take(key(1), QUOTA, Timestamp(0));
        assert!(!back.allowed && back.retry_after_s <= 60);
        while memory.take(key(1), QUOTA, Timestamp(0)).allowed {}
    }

    #[test]
    fn memory_is_bounded_and_those_who_did_most_are_remembered_longest() {
        let memory = Memory::default();
        let now = Timestamp(0);
        while memory.take(key(0), QUOTA, now).allowed {}
        for number in 1..250_000 {
            memory.take(key(number), QUOTA, now);
            assert!(memory.0.lock().unwrap().len() <= MOST);
        }
        assert!(!memory.take(key(0), QUOTA, now).allowed);
    }
}
