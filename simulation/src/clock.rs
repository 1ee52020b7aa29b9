//! The clock of a simulation: it stands still but for what the simulation and the slow disk make
//! pass, and is set now and then.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use platform::clock::Clock;
use simulated_disk::Disk;
use values::Timestamp;

use crate::store::{Attempt, held};

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000_000;

/// Simulated time. When a writer first asks for it, the attempt that is under way remembers the
/// answer.
pub struct SimulatedClock {
    passed: AtomicI64,
    /// By how much it was set: it is so far ahead of the true time.
    set: AtomicI64,
    disk: Arc<Disk>,
    attempts: Arc<Mutex<Vec<Attempt>>>,
}

impl SimulatedClock {
    pub fn new(disk: Arc<Disk>, attempts: Arc<Mutex<Vec<Attempt>>>) -> Self {
        Self {
            passed: AtomicI64::new(START),
            set: AtomicI64::new(0),
            disk,
            attempts,
        }
    }

    /// Lets time pass.
    pub fn pass(&self, micros: i64) {
        self.passed.fetch_add(micros, Ordering::Relaxed);
    }

    /// Sets it forward or back.
    pub fn step(&self, micros: i64) {
        self.set.fetch_add(micros, Ordering::Relaxed);
    }

    /// By how much it was set in all.
    pub fn ahead(&self) -> i64 {
        self.set.load(Ordering::Relaxed)
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let (true_time, ahead) = (Timestamp(self.steady()), self.ahead());
        let now = true_time.plus(ahead);
        if let Some(attempt) = held(&self.attempts).last_mut()
            && attempt.now.is_none()
        {
            attempt.now = Some(now);
            attempt.ahead = ahead;
        }
        now
    }

    fn steady(&self) -> i64 {
        self.passed.load(Ordering::Relaxed) + self.disk.waited()
    }
}
