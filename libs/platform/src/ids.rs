//! Ids: UUID version 7 (RFC 9562, section 5.7) made from a clock and a random source. It never
//! decides what an id stands for.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::clock::SharedClock;

/// Where randomness comes from: fills the buffer.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // A machine without random numbers cannot make keys or ids: going on would be worse than
        // stopping.
        assert!(
            getrandom::fill(buffer).is_ok(),
            "the operating system gives no random numbers"
        );
    }
}

/// Makes ids that rise: within one process each id is greater than the one before it,
/// so that unique indexes on ids are nearly appends.
#[derive(Clone)]
pub struct Ids {
    clock: SharedClock,
    entropy: Arc<dyn Entropy>,
    last: Arc<Mutex<Pool>>,
}

/// The last id given out and random bytes fetched ahead: one system call serves many ids.
struct Pool {
    last: u128,
    random: [u8; 512],
    used: usize,
}

const RANDOM_MASK: u128 = 0x0000_0000_0000_0000_3fff_ffff_ffff_ffff;

impl Ids {
    /// Ids from this clock and this random source.
    #[must_use]
    pub fn new(clock: SharedClock, entropy: Arc<dyn Entropy>) -> Self {
        let pool = Pool {
            last: 0,
            random: [0; 512],
            used: 512,
        };
        Self {
            clock,
            entropy,
            last: Arc::new(Mutex::new(pool)),
        }
    }

    /// The next id.
    #[must_use]
    pub fn next(&self) -> Uuid {
        let now = u128::from(self.clock.now().micros().max(0).unsigned_abs());
        let mut pool = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.used + 8 > pool.random.len() {
            self.entropy.fill(&mut pool.random);
            pool.used = 0;
        }
        let mut bytes = [0; 8];
        let used = pool.used;
        bytes.copy_from_slice(&pool.random[used..used + 8]);
        pool.used += 8;
        // 48 bits of milliseconds, version 7, the microseconds within (RFC 9562, section 6.2,
        // method 3), 62 random bits.
        let (millis, fraction) = (now / 1_000, (now % 1_000) * 4);
        let random = u128::from(u64::from_be_bytes(bytes)) & RANDOM_MASK;
        let mut id = (millis << 80) | (7 << 76) | (fraction << 64) | (2 << 62) | random;
        if id <= pool.last {
            id = successor(pool.last);
        }
        pool.last = id;
        Uuid::from_u128(id)
    }

    /// Random bytes, for secrets.
    #[must_use]
    pub fn secret<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

/// The id after `id` with version and variant kept: a clock that stands still or goes back must not
/// repeat an id.
fn successor(id: u128) -> u128 {
    if id & RANDOM_MASK == RANDOM_MASK {
        (((id >> 64) + 1) << 64) | (2 << 62)
    } else {
        id + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use values::Timestamp;

    struct Stopped;
    impl Clock for Stopped {
        fn now(&self) -> Timestamp {
            Timestamp(1_700_000_000_000_123)
        }

        fn steady(&self) -> i64 {
            0
        }
    }

    #[test]
    fn ids_rise_while_the_clock_stands_still() {
        let ids = Ids::new(Arc::new(Stopped), Arc::new(SystemEntropy));
        let made: Vec<_> = (0..1_000).map(|_| ids.next()).collect();
        assert!(made.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_successor_of_a_full_random_part_keeps_the_variant() {
        let full = (7 << 76) | (2 << 62) | RANDOM_MASK;
        let next = Uuid::from_u128(successor(full));
        assert!(next.as_u128() > full);
        assert_eq!(next.get_variant(), uuid::Variant::RFC4122);
    }
}
