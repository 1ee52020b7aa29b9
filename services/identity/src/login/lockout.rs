//! How long somebody must wait after failed logins. Pure: decides, stores nothing.
//!
//! A counter's first failures cost nothing; each further one doubles the wait, up to a longest.
//! Nobody is ever locked out for good: waits end, failures are forgotten with time, the right
//! password clears the counter, and a device on which a user has logged in before has a counter of
//! its own, which strangers cannot reach.

use platform::backoff::Backoff;
use values::{SECOND, Timestamp};

/// What a counter counts the failures of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CounterScope {
    /// Failures for one e-mail, whether or not anybody has it: from devices that are not known, or
    /// from one that is.
    Account,
    /// Failures from one network, for whichever account. A success does not clear it: attackers
    /// have accounts, too.
    Network,
}

/// After how many failed logins one must wait, and how long at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockoutPolicy {
    /// Failures of an account that cost nothing.
    pub(crate) account_free: i64,
    /// Failures of a network that cost nothing.
    pub(crate) network_free: i64,
    /// The waits after further ones.
    pub(crate) backoff: Backoff,
}

/// How far the clocks of nodes may lie apart, in microseconds.
pub(crate) const CLOCKS_DIFFER: i64 = 10 * SECOND;

/// A counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) count: i64,
    pub(crate) last: Timestamp,
    pub(crate) locked_until: Timestamp,
}

impl Failures {
    /// Nobody has failed.
    pub(crate) const fn none(now: Timestamp) -> Self {
        Self {
            count: 0,
            last: now,
            locked_until: Timestamp(0),
        }
    }

    /// How long to wait still, in whole seconds. A failure in the future was counted by a clock
    /// that was wrong, and costs nothing.
    pub(crate) fn wait_s(&self, now: Timestamp) -> Option<u32> {
        if self.last.micros().saturating_sub(now.micros()) > CLOCKS_DIFFER {
            return None;
        }
        let left = self.locked_until.micros().saturating_sub(now.micros());
        (left > 0).then(|| u32::try_from((left - 1) / SECOND + 1).unwrap_or(u32::MAX))
    }

    /// The counter after one more failure.
    pub(crate) fn failed(self, scope: CounterScope, policy: LockoutPolicy, now: Timestamp) -> Self {
        let free = match scope {
            CounterScope::Account => policy.account_free,
            CounterScope::Network => policy.network_free,
        };
        let quiet = now.micros().saturating_sub(self.last.micros()).max(0);
        let count = (self.count - quiet / scope.forgets_one_in()).max(0) + 1;
        let wait = policy.backoff.after(count - free);
        Self {
            // No more than what the longest wait needs, so that a counter recovers however long it
            // was attacked.
            count: count.min(free.saturating_add(failures_to_longest(policy.backoff))),
            last: now,
            locked_until: now.plus(wait),
        }
    }
}

impl CounterScope {
    /// In how many microseconds of quiet one failure is forgotten.
    const fn forgets_one_in(self) -> i64 {
        match self {
            Self::Account => 3_600 * SECOND,
            Self::Network => 60 * SECOND,
        }
    }
}

/// The failures beyond the free ones after which the wait is the longest.
fn failures_to_longest(backoff: Backoff) -> i64 {
    (1..33)
        .find(|failures| backoff.after(*failures) >= backoff.longest)
        .unwrap_or(33)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: LockoutPolicy = LockoutPolicy {
        account_free: 3,
        network_free: 20,
        backoff: Backoff {
            first: SECOND,
            longest: 900 * SECOND,
        },
    };

    /// The waits of so many failures, each made as soon as it may be.
    fn waits(scope: CounterScope, failures: usize) -> Vec<u32> {
        let mut now = Timestamp(0);
        let mut counter = Failures::none(now);
        let one = |_| {
            counter = counter.failed(scope, POLICY, now);
            let wait = counter.wait_s(now).unwrap_or_default();
            now = now.plus(i64::from(wait) * SECOND);
            wait
        };
        (0..failures).map(one).collect()
    }

    #[test]
    fn a_wait_that_a_clock_in_the_future_has_set_is_none() {
        let failed = (0..9).fold(Failures::none(Timestamp(0)), |counter, _| {
            counter.failed(CounterScope::Account, POLICY, Timestamp(2_592_000 * SECOND))
        });
        assert_eq!(failed.wait_s(Timestamp(2_592_000 * SECOND)), Some(32));
        assert_eq!(failed.wait_s(Timestamp(2_591_995 * SECOND)), Some(37));
        assert_eq!(failed.wait_s(Timestamp(1_000 * SECOND)), None);
    }

    #[test]
    fn waits_begin_after_the_free_failures_and_double_up_to_the_longest() {
        let expected = [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900];
        assert_eq!(waits(CounterScope::Account, 15), expected);
        let network = waits(CounterScope::Network, 23);
        assert_eq!(network[..20], [0; 20]);
        assert_eq!(network[20..], [1, 2, 4]);
    }

    #[test]
    fn a_wait_ends_to_the_microsecond_and_is_told_in_whole_seconds() {
        let counter = Failures {
            count: 5,
            last: Timestamp(0),
            locked_until: Timestamp(2 * SECOND),
        };
        assert_eq!(counter.wait_s(Timestamp(0)), Some(2));
        assert_eq!(counter.wait_s(Timestamp(1)), Some(2));
        assert_eq!(counter.wait_s(Timestamp(SECOND)), Some(1));
        assert_eq!(counter.wait_s(Timestamp(2 * SECOND - 1)), Some(1));
        assert_eq!(counter.wait_s(Timestamp(2 * SECOND)), None);
    }

    #[test]
    fn failures_are_forgotten_with_time_and_a_clock_that_goes_back_changes_nothing() {
        let after = |count, quiet| {
            let counter = Failures {
                count,
                ..Failures::none(Timestamp(0))
            };
            let counter = counter.failed(CounterScope::Account, POLICY, Timestamp(quiet));
            counter.count
        };
        assert_eq!(after(5, 0), 6);
        assert_eq!(after(5, 3_600 * SECOND - 1), 6);
        assert_eq!(after(5, 3_600 * SECOND), 5);
        assert_eq!(after(5, 1_000 * 3_600 * SECOND), 1);
        assert_eq!(after(5, -SECOND), 6);
        assert_eq!(after(5, i64::MIN), 6);
    }

    #[test]
    fn a_counter_recovers_within_hours_however_long_it_was_attacked() {
        let mut counter = Failures::none(Timestamp(0));
        for _ in 0..10_000 {
            counter = counter.failed(CounterScope::Account, POLICY, Timestamp(0));
        }
        assert_eq!(counter.count, 14);
        assert_eq!(counter.wait_s(Timestamp(0)), Some(900));
    }

    #[test]
    fn with_no_longest_wait_nobody_waits() {
        let policy = LockoutPolicy {
            backoff: Backoff {
                longest: 0,
                ..POLICY.backoff
            },
            ..POLICY
        };
        let mut counter = Failures::none(Timestamp(0));
        for _ in 0..100 {
            counter = counter.failed(CounterScope::Account, policy, Timestamp(0));
            assert_eq!(counter.wait_s(Timestamp(0)), None);
        }
    }
}
