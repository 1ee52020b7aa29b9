//! Whether the clock can be trusted with a commit: it is where the last commit left it or later,
//! and nobody has set it since the journal started. The writer asks before each batch; health asks
//! as well. It sets no clock.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use platform::clock::{ClockSteps, SharedClock};
use values::{SECOND, Timestamp};

/// From so far off, in µs, health warns.
const WARNED: i64 = 5 * SECOND;

/// An hour, in µs.
const HOUR: i64 = 3_600 * SECOND;

/// Why the clock cannot be trusted. Times are µs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// The last commit lies in the future.
    #[error(
        "the clock says {now}, and the last commit was at {last}: set the clock right; if it is right, and was ahead \
         before, run `payflow clock accept`, while PayFlow is stopped where the store is a folder"
    )]
    Behind {
        /// What the clock says.
        now: Timestamp,
        /// The time of the last commit.
        last: Timestamp,
    },
    /// Somebody has set it while the journal ran.
    #[error(
        "the clock was set by {by} seconds, to {now}, while PayFlow ran: set it right; if it is right now, restart PayFlow, or \
         on PostgreSQL run `payflow clock accept`"
    )]
    Stepped {
        /// What the clock says.
        now: Timestamp,
        /// By how much, forward or back.
        by: i64,
    },
}

/// The clock under watch.
pub struct ClockGuard {
    /// Since it was trusted last without being compared.
    steps: ClockSteps,
    /// The furthest that the clock may be off, in µs.
    max_step: i64,
    /// The time of the last commit.
    last: AtomicI64,
    /// The steady clock at the start.
    begun: i64,
    /// The time of the first commit that was made or found, less the steady clock then.
    proven: OnceLock<i64>,
}

impl std::fmt::Debug for ClockGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClockGuard")
            .field("max_step", &self.max_step)
            .finish_non_exhaustive()
    }
}

impl ClockGuard {
    /// Begins to watch a clock as it is now.
    pub fn new(clock: SharedClock, max_step: i64) -> Self {
        Self {
            begun: clock.steady(),
            proven: OnceLock::new(),
            steps: ClockSteps::new(clock),
            max_step,
            last: AtomicI64::new(i64::MIN),
        }
    }

    /// The furthest that the clock may be off, in µs.
    pub const fn max_step(&self) -> i64 {
        self.max_step
    }

    /// Trusts the clock as it is now.
    pub fn accept(&self) {
        self.steps.accept();
    }

    /// What the clock says, whether it can be trusted or not.
    pub fn unchecked(&self) -> Timestamp {
        self.steps.clock().now()
    }

    /// A commit was made, or found, at this time.
    pub fn committed(&self, at: i64) {
        if at > 0 {
            self.proven.get_or_init(|| at - self.steps.clock().steady());
        }
        self.last.store(at, Ordering::Relaxed);
    }

    /// What the clock says, where it can be trusted after a last commit at this time.
    ///
    /// # Errors
    /// [`Untrusted`].
    pub fn now(&self, last: i64) -> Result<Timestamp, Untrusted> {
        self.compared(last, self.max_step)
    }

    /// Whether commits can be made now.
    ///
    /// # Errors
    /// [`Untrusted`].
    pub fn check(&self) -> Result<(), Untrusted> {
        self.now(self.last.load(Ordering::Relaxed)).map(|_| ())
    }

    /// A time that has passed for certain: that of the last commit when this process started, and
    /// what the steady clock has measured since. None in the first hour, and while the clock cannot
    /// be trusted. A clock that is wrong at a start says nothing against itself; what is deleted on
    /// its word is gone when it is set right.
    pub fn proven(&self) -> Option<Timestamp> {
        let steady = self.steps.clock().steady();
        if steady - self.begun < HOUR || self.check().is_err() {
            return None;
        }
        let proven = self.proven.get()?.saturating_add(steady);
        Some(Timestamp(proven).min(self.unchecked()))
    }

    /// What an operator should know before commits stop.
    pub fn warning(&self) -> Option<Untrusted> {
        let last = self.last.load(Ordering::Relaxed);
        self.compared(last, WARNED.min(self.max_step)).err()
    }

    fn compared(&self, last: i64, most: i64) -> Result<Timestamp, Untrusted> {
        let now = self.unchecked();
        let stepped = self.steps.stepped(now);
        if stepped.saturating_abs() > most {
            return Err(Untrusted::Stepped {
                now,
                by: stepped / SECOND,
            });
        }
        if last.saturating_sub(now.micros()) > most {
            return Err(Untrusted::Behind {
                now,
                last: Timestamp(last),
            });
        }
        Ok(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::clock::Clock;
    use testkit::FakeClock;
    use values::DAY;

    const MOST: i64 = 600 * SECOND;

    fn watched() -> (std::sync::Arc<FakeClock>, ClockGuard) {
        let clock = FakeClock::new();
        let watch = ClockGuard::new(clock.clone(), MOST);
        watch.committed(clock.now().micros());
        (clock, watch)
    }

    #[test]
    fn a_step_up_to_the_longest_is_followed_and_warned_of() {
        for step in [MOST, -MOST] {
            let (clock, watch) = watched();
            assert_eq!(watch.warning(), None);
            clock.step(step.signum() * WARNED);
            assert_eq!(watch.warning(), None);
            clock.step(step.signum());
            assert!(watch.warning().is_some() && watch.check().is_ok());
            clock.step(step - step.signum() * (WARNED + 1));
            assert!(watch.check().is_ok());
            clock.step(step.signum());
            assert!(matches!(watch.check(), Err(Untrusted::Stepped { .. })));
            clock.step(-step.signum());
            assert!(watch.check().is_ok());
        }
    }

    #[test]
    fn time_that_passes_is_no_step_however_long() {
        let (clock, watch) = watched();
        clock.advance(400 * DAY);
        assert_eq!((watch.check(), watch.warning()), (Ok(()), None));
    }

    #[test]
    fn many_small_steps_are_one_long_one() {
        let (clock, watch) = watched();
        for _ in 0..10 {
            clock.step(MOST / 10);
            clock.advance(DAY);
        }
        assert!(watch.check().is_ok());
        clock.step(1);
        assert!(watch.check().is_err());
        watch.accept();
        assert!(watch.check().is_ok());
    }

    #[test]
    fn a_time_is_proven_by_the_last_commit_and_what_was_measured_since() {
        let clock = FakeClock::new();
        let watch = ClockGuard::new(clock.clone(), MOST);
        let last = clock.now();
        // It is started eight days later, or by a clock that is eight days ahead.
        clock.advance(8 * DAY);
        let watch_later = ClockGuard::new(clock.clone(), MOST);
        watch_later.committed(last.micros());
        // A commit at the clock's time proves nothing.
        watch_later.committed(clock.now().micros());
        assert_eq!((watch.proven(), watch_later.proven()), (None, None));
        clock.advance(HOUR);
        assert_eq!(watch.proven(), None, "nothing was ever committed");
        assert_eq!(watch_later.proven(), Some(last.plus(HOUR)));
        clock.step(-MOST);
        assert_eq!(watch_later.proven(), Some(last.plus(HOUR)));
        clock.step(-1);
        assert_eq!(watch_later.proven(), None);
    }

    #[test]
    fn a_last_commit_in_the_future_is_told_with_what_to_do() {
        let (clock, watch) = watched();
        watch.committed(clock.now().plus(MOST + 1).micros());
        let told = watch.check().unwrap_err().to_string();
        assert!(
            told.contains("2026-01-01T00:00:00.000000Z, and the last commit was at 2026-01-01T00:10:00.000001Z")
                && told.contains("payflow clock accept"),
            "{told}"
        );
    }
}
