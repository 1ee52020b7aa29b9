//! Time in the hands of a test, and ids made from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use platform::clock::{Clock, SharedClock, Timestamp};
use platform::ids::{Ids, SystemEntropy};

/// When somebody has shown who they are whose proofs never grow old: whatever the clock says, it was just now.
pub const ALWAYS: Timestamp = Timestamp(i64::MAX);

/// A clock that stands still until it is told otherwise. Share it as `Arc<FakeClock>`, which is a [`SharedClock`] too.
#[derive(Debug)]
pub struct FakeClock(AtomicI64);

impl FakeClock {
    /// A clock that stands at this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(time.micros())))
    }

    /// A clock that stands at 2026-01-01T00:00:00Z.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::at(Timestamp(1_767_225_600_000_000))
    }

    /// Moves the clock by microseconds; back with a negative number.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.micros(), Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Ids that carry the time of this clock. Their random part is truly random, so that two services
/// of one test never make the same id.
#[must_use]
pub fn ids(clock: SharedClock) -> Ids {
    Ids::new(clock, Arc::new(SystemEntropy))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_only_when_told() {
        let clock = FakeClock::new();
        let start = clock.now();
        assert_eq!(start.to_string(), "2026-01-01T00:00:00.000000Z");
        assert_eq!(clock.now(), start);
        clock.advance(7);
        assert_eq!(clock.now(), start.plus(7));
        clock.set(Timestamp(5));
        assert_eq!(clock.now(), Timestamp(5));
    }

    #[test]
    fn ids_carry_the_time_of_the_clock() {
        let clock = FakeClock::at(Timestamp(1_700_000_000_000_000));
        let id = ids(clock).next();
        assert_eq!(id.as_u128() >> 80, 1_700_000_000_000);
    }
}
