//! Time in the hands of a test, and ids made from it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use platform::clock::{Clock, SharedClock};
use platform::ids::{Ids, SystemEntropy};
use values::Timestamp;

/// When somebody has shown who they are whose proofs never grow old: whatever the clock says, it
/// was just now.
pub const ALWAYS: Timestamp = Timestamp(i64::MAX);

/// A clock that stands still until it is told otherwise. Share it as `Arc<FakeClock>`, which is a
/// [`SharedClock`] too.
#[derive(Debug)]
pub struct FakeClock {
    now: AtomicI64,
    /// How much of that somebody has set, and did not pass.
    stepped: AtomicI64,
}

impl FakeClock {
    /// A clock that stands at this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            now: AtomicI64::new(time.micros()),
            stepped: AtomicI64::new(0),
        })
    }

    /// A clock that stands at 2026-01-01T00:00:00Z.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::at(Timestamp(1_767_225_600_000_000))
    }

    /// Lets so many microseconds pass; a negative number sets the clock back.
    pub fn advance(&self, micros: i64) {
        if micros < 0 {
            self.step(micros);
        } else {
            self.now.fetch_add(micros, Ordering::SeqCst);
        }
    }

    /// Sets the clock forward or back by so many microseconds, while no time passes.
    pub fn step(&self, micros: i64) {
        self.stepped.fetch_add(micros, Ordering::SeqCst);
        self.now.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the clock to a time, while no time passes.
    pub fn set(&self, time: Timestamp) {
        self.step(time.micros() - self.now().micros());
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn steady(&self) -> i64 {
        self.now.load(Ordering::SeqCst) - self.stepped.load(Ordering::SeqCst)
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
        let steady = clock.steady();
        clock.set(Timestamp(5));
        assert_eq!(clock.now(), Timestamp(5));
        assert_eq!(clock.steady(), steady);
        clock.advance(7);
        assert_eq!(clock.steady(), steady + 7);
    }

    #[test]
    fn ids_carry_the_time_of_the_clock() {
        let clock = FakeClock::at(Timestamp(1_700_000_000_000_000));
        let id = ids(clock).next();
        assert_eq!(id.as_u128() >> 80, 1_700_000_000_000);
    }
}
