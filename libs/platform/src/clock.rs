//! Time as an argument: the clock that services are handed. It never reads the machine's clock
//! except in [`SystemClock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use values::{SECOND, Timestamp};

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The time now, as the machine's clock shows it: somebody may set that.
    fn now(&self) -> Timestamp;

    /// Microseconds since some moment of the past, by a clock that nobody sets. It goes on while
    /// the machine is suspended, so that it leaves [`Clock::now`] only where that was set.
    fn steady(&self) -> i64;
}

/// A clock that is handed around.
pub type SharedClock = Arc<dyn Clock>;

/// How far a clock was set, by comparison with the steady one.
pub struct ClockSteps {
    clock: SharedClock,
    /// The clock less the steady one, when it was taken as right.
    agreed: AtomicI64,
}

impl ClockSteps {
    /// Takes a clock as right as it is now.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        let steps = Self {
            clock,
            agreed: AtomicI64::new(0),
        };
        steps.accept();
        steps
    }

    /// The clock.
    #[must_use]
    pub const fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// Takes the clock as right as it is now.
    pub fn accept(&self) {
        let off = self.off(self.clock.now());
        self.agreed.store(off, Ordering::Relaxed);
    }

    /// By how many µs the clock, which says `now`, was set since then, forward or back.
    #[must_use]
    pub fn stepped(&self, now: Timestamp) -> i64 {
        let agreed = self.agreed.load(Ordering::Relaxed);
        self.off(now).saturating_sub(agreed)
    }

    fn off(&self, now: Timestamp) -> i64 {
        now.micros().saturating_sub(self.clock.steady())
    }
}

/// The machine's clock: the only reader of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    /// Linux: `CLOCK_BOOTTIME`. Elsewhere the clock of [`std::time::Instant`], which may stand
    /// still during a suspension.
    fn steady(&self) -> i64 {
        #[cfg(target_os = "linux")]
        {
            let at = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
            at.tv_sec
                .saturating_mul(SECOND)
                .saturating_add(at.tv_nsec / 1_000)
        }
        #[cfg(not(target_os = "linux"))]
        {
            static BEGUN: std::sync::LazyLock<std::time::Instant> =
                std::sync::LazyLock::new(std::time::Instant::now);
            i64::try_from(BEGUN.elapsed().as_micros()).unwrap_or(i64::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steady_clock_never_goes_back() {
        let first = SystemClock.steady();
        assert!(SystemClock.steady() >= first);
    }
}
