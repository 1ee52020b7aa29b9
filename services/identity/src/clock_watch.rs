//! How far the clock is believed: nothing is deleted by a time that may be wrong. It sets no clock,
//! and asks no other node for its time.

use std::sync::{Mutex, PoisonError};

use platform::clock::{ClockSteps, SharedClock};
use values::{SECOND, Timestamp};

/// How far in the future something may say that it was made: by another node whose clock is ahead.
/// What was made later was made by a clock that was wrong, and is not good. Statements have it as
/// `made_by!`.
const MADE_AHEAD: i64 = 600 * SECOND;

/// The latest time at which what is good now may have been made.
pub(crate) const fn latest_made(now: Timestamp) -> Timestamp {
    now.plus(MADE_AHEAD)
}

/// When accepted times were looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// Up to which entry of the audit trail.
    pub(crate) after: i64,
    /// How long ago, in µs.
    ago: i64,
}

/// The clock, compared with the steady one since the start.
pub(crate) struct ClockWatch {
    steps: ClockSteps,
    /// The furthest that it may have been set since the start, in µs.
    max_step: i64,
    /// What the clock said when it was last asked what has expired, and was believed.
    asked_at: Mutex<Option<Timestamp>>,
    /// The entry of the audit trail up to which accepted times were looked for, and when, by the
    /// steady clock.
    looked: Mutex<Option<(i64, i64)>>,
}

impl ClockWatch {
    /// Begins to watch a clock as it is now.
    pub(crate) fn new(clock: SharedClock, max_step: i64) -> Self {
        Self {
            steps: ClockSteps::new(clock),
            max_step,
            asked_at: Mutex::new(None),
            looked: Mutex::new(None),
        }
    }

    /// Notes that accepted times were looked for up to this entry of the audit trail. Up to which
    /// the last time, if ever.
    pub(crate) fn look(&self, no: i64) -> Option<Look> {
        let steady = self.steps.clock().steady();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let (after, last) = looked.replace((no, steady))?;
        let ago = steady.saturating_sub(last);
        Some(Look { after, ago })
    }

    /// Takes the clock as right as it is now, where an operator has accepted this time, on whatever
    /// node, since a look, and this clock agrees with it.
    pub(crate) fn accept(&self, accepted: Timestamp, look: Look) {
        let now = self.steps.clock().now();
        let latest = accepted.plus(look.ago.saturating_add(self.max_step));
        if (accepted.plus(-self.max_step)..=latest).contains(&now) {
            self.steps.accept();
        }
    }

    /// The furthest that it may have been set, in µs.
    pub(crate) const fn max_step(&self) -> i64 {
        self.max_step
    }

    /// By how many µs it was set since the start, forward or back.
    pub(crate) fn stepped(&self) -> i64 {
        self.steps.stepped(self.steps.clock().now())
    }

    /// Up to which time what has expired may be deleted: what the clock said when this was last
    /// asked. None where it was not asked since the start, or the clock was set too far since then:
    /// a wrong clock has to go unnoticed from one time to the next before it deletes anything.
    pub(crate) fn expired_before(&self) -> Option<Timestamp> {
        let mut asked_at = self.asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let trusted = self.stepped().saturating_abs() <= self.max_step;
        std::mem::replace(&mut *asked_at, trusted.then(|| self.steps.clock().now()))
            .filter(|_| trusted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::clock::Clock;
    use testkit::FakeClock;
    use values::DAY;

    const HOUR: i64 = 3_600 * SECOND;
    const MOST: i64 = 600 * SECOND;

    #[test]
    fn only_what_had_expired_the_last_time_is_deleted() {
        let clock = FakeClock::new();
        let watch = ClockWatch::new(clock.clone(), MOST);
        let start = clock.now();
        assert_eq!(watch.expired_before(), None, "just started");
        clock.advance(HOUR);
        assert_eq!(watch.expired_before(), Some(start));
        clock.advance(HOUR);
        assert_eq!(watch.expired_before(), Some(start.plus(HOUR)));
    }

    #[test]
    fn nothing_is_deleted_by_a_clock_that_was_set() {
        for step in [8 * DAY, MOST + 1, -MOST - 1] {
            let clock = FakeClock::new();
            let watch = ClockWatch::new(clock.clone(), MOST);
            watch.expired_before();
            clock.step(step);
            for _ in 0..3 {
                clock.advance(HOUR);
                assert_eq!(watch.expired_before(), None, "{step}");
            }
            clock.step(-step);
            assert_eq!(watch.expired_before(), None, "nor by what it said before");
            let right = clock.now();
            clock.advance(HOUR);
            assert_eq!(watch.expired_before(), Some(right));
        }
    }

    #[test]
    fn an_accepted_time_is_believed_where_the_clock_agrees_with_it() {
        for (step, agrees) in [(-8 * DAY, true), (8 * DAY, true), (9 * DAY, false)] {
            let clock = FakeClock::new();
            let watch = ClockWatch::new(clock.clone(), MOST);
            assert!(watch.look(1).is_none(), "just started");
            let accepted = clock.now().plus(step.clamp(-8 * DAY, 8 * DAY));
            clock.step(step);
            clock.advance(HOUR);
            let look = watch.look(7).unwrap();
            assert_eq!((look.after, look.ago), (1, HOUR));
            watch.accept(accepted, look);
            assert_eq!(watch.stepped() == 0, agrees, "{step}");
            assert_eq!(watch.expired_before(), None, "it begins anew");
            clock.advance(HOUR);
            assert_eq!(watch.expired_before().is_some(), agrees, "{step}");
        }
    }

    #[test]
    fn a_small_step_and_time_that_passes_are_followed() {
        let clock = FakeClock::new();
        let watch = ClockWatch::new(clock.clone(), MOST);
        watch.expired_before();
        clock.step(MOST);
        clock.advance(400 * DAY);
        assert_eq!(watch.stepped(), MOST);
        assert!(watch.expired_before().is_some());
    }
}
