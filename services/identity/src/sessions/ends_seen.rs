//! How far a process has read which sessions have ended, and when. Only a memory: it starts anew
//! with the process.

use std::sync::atomic::{AtomicI64, Ordering};

use platform::clock::SharedClock;
use values::SECOND;

/// How far this process has read which sessions have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndsSeen {
    /// The entry of the audit trail up to which it has.
    pub(crate) no: i64,
    /// By how much the clock was set when all were read.
    pub(crate) stepped: i64,
}

/// When the background has read last which sessions have ended and which keys there are.
pub(crate) struct EndsRead {
    clock: SharedClock,
    /// By the steady clock.
    at: AtomicI64,
    /// How long what was read counts, in µs.
    max_age: i64,
}

impl EndsRead {
    /// They are read now.
    pub(crate) fn new(clock: SharedClock, max_age_s: u32) -> Self {
        Self {
            at: AtomicI64::new(clock.steady()),
            max_age: i64::from(max_age_s) * SECOND,
            clock,
        }
    }

    /// They were read, beginning at this steady time.
    pub(crate) fn note(&self, steady: i64) {
        self.at.store(steady, Ordering::Relaxed);
    }

    /// Whether what was read last still counts.
    ///
    /// # Errors
    /// What an operator should know, where it was too long ago.
    pub(crate) fn check(&self) -> Result<(), String> {
        let ago = self.clock.steady() - self.at.load(Ordering::Relaxed);
        if ago <= self.max_age {
            return Ok(());
        }
        Err(format!(
            "which sessions have ended was last read {} s ago: until it is read again, each request asks the database, and is \
             answered with 503 where that cannot be reached",
            ago / SECOND
        ))
    }
}
