//! How a batch gathers: callers who were answered together mostly come back together, one after the
//! other. The first of them waits for the others, else it would go alone and they would wait for
//! that whole commit. A caller who is alone waits for nobody. It counts and waits; what is gathered
//! it does not know.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// A batch waits for at most this part of the time that the batch before took.
const MAX_WAIT_PART: u32 = 4;

/// What both sides of the queue see.
#[derive(Debug)]
struct Shared {
    /// Submissions in the queue, or on their last step to it.
    queued: AtomicUsize,
    /// With so many in the queue the writer wants to be woken.
    wake_at: AtomicUsize,
}

/// The side of those who submit.
#[derive(Debug)]
pub(super) struct Arrivals {
    shared: Arc<Shared>,
    writer: Thread,
}

impl Arrivals {
    /// Says that a submission is about to be put into the queue: before it is, so that it is never
    /// taken uncounted.
    pub(super) fn arrives(&self) {
        let queued = self.shared.queued.fetch_add(1, Ordering::SeqCst) + 1;
        if queued >= self.shared.wake_at.load(Ordering::SeqCst) {
            self.writer.unpark();
        }
    }
}

/// The writer's side.
#[derive(Debug)]
pub(super) struct Gathering {
    shared: Arc<Shared>,
    /// How many callers the batch before had.
    expected: usize,
    /// How long this batch may wait for as many.
    max_wait: Duration,
    begun: Instant,
}

impl Gathering {
    /// On the writer's own thread.
    pub(super) fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                queued: AtomicUsize::new(0),
                wake_at: AtomicUsize::new(usize::MAX),
            }),
            expected: 0,
            max_wait: Duration::ZERO,
            begun: Instant::now(),
        }
    }

    /// The other side; the writer is the thread at hand.
    pub(super) fn arrivals(&self) -> Arrivals {
        Arrivals {
            shared: self.shared.clone(),
            writer: std::thread::current(),
        }
    }

    /// A batch begins with its first submission.
    pub(super) fn begin(&mut self) {
        self.begun = Instant::now();
    }

    /// Says that a submission was taken from the queue.
    pub(super) fn taken(&self) {
        self.shared.queued.fetch_sub(1, Ordering::SeqCst);
    }

    /// Called where the queue is empty and a batch has so many callers: waits for more if that is
    /// worth it, and says whether to look again.
    pub(super) fn waits_for_more(&self, callers: usize) -> bool {
        let missing = self.expected.saturating_sub(callers);
        let left = self.max_wait.saturating_sub(self.begun.elapsed());
        if missing == 0 || left.is_zero() {
            return false;
        }
        self.shared.wake_at.store(missing, Ordering::SeqCst);
        // Anyone who arrived before that was set has woken nobody.
        if self.shared.queued.load(Ordering::SeqCst) < missing {
            std::thread::park_timeout(left);
        }
        self.shared.wake_at.store(usize::MAX, Ordering::SeqCst);
        true
    }

    /// A batch of so many callers took so long.
    pub(super) fn served(&mut self, callers: usize, took: Duration) {
        self.expected = callers;
        self.max_wait = took / MAX_WAIT_PART;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3_600);

    #[test]
    fn a_caller_who_is_alone_waits_for_nobody() {
        let mut gathering = Gathering::new();
        gathering.begin();
        assert!(!gathering.waits_for_more(1));
        gathering.served(1, LONG);
        gathering.begin();
        assert!(!gathering.waits_for_more(1));
    }

    #[test]
    fn the_last_one_to_come_back_ends_the_wait() {
        let mut gathering = Gathering::new();
        let arrivals = gathering.arrivals();
        gathering.served(4, LONG);
        gathering.begin();
        std::thread::scope(|scope| {
            scope.spawn(|| (0..3).for_each(|_| arrivals.arrives()));
            let mut callers = 1;
            while callers < 4 {
                assert!(gathering.waits_for_more(callers));
                while gathering.shared.queued.load(Ordering::SeqCst) > 0 {
                    gathering.taken();
                    callers += 1;
                }
            }
            assert!(!gathering.waits_for_more(callers));
        });
    }

    #[test]
    fn a_batch_that_took_no_time_lets_nobody_wait() {
        let mut gathering = Gathering::new();
        gathering.served(64, Duration::ZERO);
        gathering.begin();
        assert!(!gathering.waits_for_more(1));
    }
}
