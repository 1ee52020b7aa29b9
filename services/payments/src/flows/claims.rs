//! What is at work in this process, by key: claimed once at a time and free again when the claim is
//! dropped. It says nothing about other processes.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// The keys at work.
#[derive(Debug, Clone)]
pub struct Claims<K: Copy + Eq + Hash>(Arc<Mutex<HashSet<K>>>);

/// A key at work, until it is dropped.
#[derive(Debug)]
pub struct Claim<K: Copy + Eq + Hash> {
    key: K,
    claims: Claims<K>,
}

impl<K: Copy + Eq + Hash> Default for Claims<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Copy + Eq + Hash> Claims<K> {
    /// Claims a key, unless it is at work.
    pub fn claim(&self, key: K) -> Option<Claim<K>> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key).then(|| Claim {
            key,
            claims: self.clone(),
        })
    }
}

impl<K: Copy + Eq + Hash> Claim<K> {
    /// The key.
    pub const fn key(&self) -> K {
        self.key
    }
}

impl<K: Copy + Eq + Hash> Drop for Claim<K> {
    fn drop(&mut self) {
        let mut keys = self.claims.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_claimed_once_until_it_is_free_again() {
        let claims = Claims::default();
        let first = claims.claim(7).unwrap();
        assert!(claims.clone().claim(7).is_none());
        assert_eq!(claims.claim(8).map(|claim| claim.key()), Some(8));
        drop(first);
        assert!(claims.claim(7).is_some());
    }
}
