//! How much was done in the last minutes, and how long it took: a histogram that forgets. Its
//! memory is bounded; noting something adds to two counters, and takes a lock once in ten seconds.
//! It never knows what was done.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far back it looks.
pub const WINDOW: Duration = Duration::from_secs(300);

/// How often the counters are copied, to be compared with later.
const STEP: Duration = Duration::from_secs(10);

/// Copies that are kept: those of a window, and the one before it.
const COPIES: usize = 32;

/// Eight buckets for each power of two of microseconds, up to 67 s: what is read is at most an
/// eighth too long, never too short.
const BUCKETS: usize = 192;

/// The longest that is told apart, in microseconds.
const LONGEST: u64 = (1 << 26) - 1;

/// What was done of late.
#[derive(Debug)]
pub struct Recent {
    began: Instant,
    /// Counted since it began.
    buckets: [AtomicU64; BUCKETS],
    failed: AtomicU64,
    /// When the next copy is due, in milliseconds since it began.
    due: AtomicU64,
    copies: Mutex<VecDeque<Copy>>,
}

/// The counters at a time.
#[derive(Debug, Clone)]
struct Copy {
    at: Duration,
    buckets: [u64; BUCKETS],
    failed: u64,
}

/// What there is to say of the last minutes.
#[derive(Debug, Clone)]
pub struct Figures {
    /// How far back it goes: [`WINDOW`], or less where it began later.
    pub window: Duration,
    /// How much was done.
    pub count: u64,
    /// How much of that failed.
    pub failed: u64,
    buckets: Vec<u64>,
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
            failed: AtomicU64::new(0),
            due: AtomicU64::new(0),
            copies: Mutex::default(),
        }
    }
}

impl Recent {
    /// Counts something that was done now.
    pub fn note(&self, took: Duration, failed: bool) {
        self.note_at(self.began.elapsed(), took, failed);
    }

    /// What there is to say now.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.figures_at(self.began.elapsed())
    }

    fn note_at(&self, now: Duration, took: Duration, failed: bool) {
        self.copy_where_due(now);
        if let Some(bucket) = self.buckets.get(bucket_of(took)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        if failed {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The first that comes in a step copies what was counted before it; all others go on.
    fn copy_where_due(&self, now: Duration) {
        let due = self.due.load(Ordering::Relaxed);
        let next = millis(now + STEP);
        if millis(now) < due
            || self
                .due
                .compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed)
                .is_err()
        {
            return;
        }
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        copies.push_back(self.copy(now));
        while copies.len() > COPIES {
            copies.pop_front();
        }
    }

    fn copy(&self, at: Duration) -> Copy {
        let mut buckets = [0; BUCKETS];
        for (copy, bucket) in buckets.iter_mut().zip(&self.buckets) {
            *copy = bucket.load(Ordering::Relaxed);
        }
        Copy {
            at,
            buckets,
            failed: self.failed.load(Ordering::Relaxed),
        }
    }

    fn figures_at(&self, now: Duration) -> Figures {
        self.copy_where_due(now);
        let start = now.saturating_sub(WINDOW);
        let copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        let first = copies.iter().position(|copy| copy.at >= start);
        // What stands between a copy and the next was done within a step of the first: where that
        // ended before the window begins, nothing was done from then until the next copy.
        let idle = first.is_some_and(|first| {
            let before = first.checked_sub(1).and_then(|at| copies.get(at));
            before.is_some_and(|before| before.at + STEP <= start)
        });
        let then = first.and_then(|first| copies.get(first)).cloned();
        drop(copies);
        let then = then.unwrap_or_else(|| self.copy(now));
        let counted = self.copy(now);
        let buckets: Vec<u64> = counted
            .buckets
            .iter()
            .zip(&then.buckets)
            .map(|(now, then)| now.saturating_sub(*then))
            .collect();
        Figures {
            window: now.saturating_sub(if idle { start } else { then.at }),
            count: buckets.iter().sum(),
            failed: counted.failed.saturating_sub(then.failed),
            buckets,
        }
    }
}

impl Figures {
    /// How long the fastest so many of a hundred took, at most; none where nothing was done.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<Duration> {
        let rank = self.count.saturating_mul(percent).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.buckets.iter().position(|count| {
            seen += count;
            seen >= rank
        });
        found.map(end_of)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The bucket of a duration: its microseconds below 8, then three binary digits after the first.
fn bucket_of(took: Duration) -> usize {
    let micros = u64::try_from(took.as_micros()).map_or(LONGEST, |micros| micros.min(LONGEST));
    let shift = micros.max(8).ilog2() - 3;
    let bucket = u64::from(shift) * 8 + (micros >> shift);
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// Where a bucket ends.
fn end_of(bucket: usize) -> Duration {
    let shift = (bucket / 8).saturating_sub(1);
    let digits = bucket - shift * 8;
    let micros = u64::try_from(digits + 1).unwrap_or(u64::MAX) << shift;
    Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_duration_is_at_most_an_eighth_below_the_end_of_its_bucket() {
        for micros in (0..5_000).chain([65_535, 65_536, 1_000_000, LONGEST]) {
            let bucket = bucket_of(Duration::from_micros(micros));
            let end = u64::try_from(end_of(bucket).as_micros()).unwrap();
            assert!(micros < end && end - micros <= micros / 8 + 1, "{micros}");
        }
        assert_eq!(bucket_of(s(3_600)), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_of_what_was_counted() {
        let recent = Recent::default();
        assert_eq!(recent.figures_at(s(1)).percentile(50), None);
        for took in 1..=100 {
            recent.note_at(s(2), Duration::from_millis(took), took > 98);
        }
        let figures = recent.figures_at(s(12));
        assert_eq!((figures.count, figures.failed), (100, 2));
        for percent in [50, 95, 99, 100] {
            let exact = Duration::from_millis(percent);
            let found = figures.percentile(percent).unwrap();
            assert!(exact <= found && found <= exact * 9 / 8 + Duration::from_micros(1));
        }
    }

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let recent = Recent::default();
        for second in 0..600 {
            recent.note_at(s(second), s(1), second < 300);
        }
        let figures = recent.figures_at(s(600));
        assert_eq!(figures.window, WINDOW);
        assert_eq!((figures.count, figures.failed), (300, 0));
        assert_eq!(recent.figures_at(s(2_000)).count, 0);
        assert!(recent.copies.lock().unwrap().len() <= COPIES);
    }

    #[test]
    fn the_window_is_what_was_looked_at_also_after_nothing_was_done_for_long() {
        let recent = Recent::default();
        recent.note_at(s(0), s(1), false);
        assert_eq!(recent.figures_at(s(20)).window, s(20));
        recent.note_at(s(1_000), s(1), false);
        let figures = recent.figures_at(s(1_004));
        assert_eq!((figures.count, figures.window), (1, WINDOW));
    }
}
