//! Who has paid whom before, in memory: a hash of each pair. Two that have the same hash are taken
//! for one, which happens once in some 10^13 pairs.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{PoisonError, RwLock};

use uuid::Uuid;

/// Pairs of all organisations.
#[derive(Default)]
pub(crate) struct Pairs {
    hasher: RandomState,
    known: RwLock<HashSet<u64>>,
}

impl Pairs {
    fn hash(&self, pair: (i64, Uuid, Uuid)) -> u64 {
        self.hasher.hash_one(pair)
    }

    /// Somebody of an organisation has paid somebody.
    pub(crate) fn add(&self, pairs: impl IntoIterator<Item = (i64, Uuid, Uuid)>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(pairs.into_iter().map(|pair| self.hash(pair)));
    }

    /// Whether they have paid them before.
    pub(crate) fn has(&self, pair: (i64, Uuid, Uuid)) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.contains(&self.hash(pair))
    }
}
