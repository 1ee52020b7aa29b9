//! The newest batch that this process has seen committed, by itself or by others, also where it has
//! only read since: its hash must be in the chain of every store that it writes. It reads nothing
//! itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A batch and its hash, which covers those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Its number.
    pub batch: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Where a head row was found, and beside it the hash of the batch that was seen.
#[derive(Debug, sqlx::FromRow)]
pub struct FoundHead {
    batch: i64,
    hash: Vec<u8>,
    hash_of_seen: Option<Vec<u8>>,
}

impl FoundHead {
    /// Whether the batch that was asked for is in the chain, with this hash.
    pub fn has(&self, hash: &[u8]) -> bool {
        self.hash_of_seen.as_deref() == Some(hash)
    }

    /// Whether nothing was ever committed.
    pub const fn is_at_the_beginning(&self) -> bool {
        self.batch == 0
    }
}

/// What was seen, and whether it was found to be gone.
#[derive(Debug, Default)]
pub struct SeenHead {
    newest: Mutex<Seen>,
    is_lost: AtomicBool,
}

impl SeenHead {
    fn locked(&self) -> MutexGuard<'_, Seen> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest batch.
    pub fn newest(&self) -> Seen {
        *self.locked()
    }

    /// Takes note of a batch that is committed.
    pub fn see(&self, batch: u64, hash: [u8; 32]) {
        let mut newest = self.locked();
        if batch > newest.batch {
            *newest = Seen { batch, hash };
        }
    }

    /// Takes note of a head row that was read together with the hash of this batch, which was the
    /// newest before.
    pub fn look(&self, seen: Seen, found: &FoundHead) {
        let (batch, hash) = (found.batch.cast_unsigned(), &*found.hash);
        let is_there = seen.batch == 0
            || batch == seen.batch && hash == seen.hash
            || batch > seen.batch && found.hash_of_seen.as_deref() == Some(&seen.hash[..]);
        if !is_there && !self.is_lost() {
            tracing::error!(
                seen = seen.batch,
                found = batch,
                "a batch was committed and is not in the store"
            );
        }
        self.set_lost(!is_there);
        if let (true, Ok(hash)) = (is_there, hash.try_into()) {
            self.see(batch, hash);
        }
    }

    /// Whether what was seen is gone, as far as anybody has noticed.
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Takes note of whether what was seen is gone.
    pub fn set_lost(&self, is_lost: bool) {
        self.is_lost.store(is_lost, Ordering::Relaxed);
    }
}
