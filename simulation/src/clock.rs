//! The clock of a simulation: it stands still but for what the simulation and the slow disk make pass.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use platform::clock::{Clock, Timestamp};
use simulated_disk::Disk;

use crate::store::{Attempt, held};

/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000_000;

/// Simulated time. Whenever a writer asks for it, the attempt that is under way remembers the answer.
pub struct SimulatedClock {
    moved: AtomicI64,
    disk: Arc<Disk>,
    attempts: Arc<Mutex<Vec<Attempt>>>,
}

impl SimulatedClock {
    pub fn new(disk: Arc<Disk>, attempts: Arc<Mutex<Vec<Attempt>>>) -> Self {
        Self {
            moved: AtomicI64::new(START),
            disk,
            attempts,
        }
    }

    /// Makes it jump, also back.
    pub fn jump(&self, micros: i64) {
        self.moved.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn time(&self) -> Timestamp {
        Timestamp(self.moved.load(Ordering::Relaxed)).plus(self.disk.waited())
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        let now = self.time();
        if let Some(attempt) = held(&self.attempts).last_mut() {
            attempt.now = Some(now);
        }
        now
    }
}
