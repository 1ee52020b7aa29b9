//! What this process remembers of API keys, for less than a second: then the database is asked
//! again, and so a key that was ended, or whose owner was suspended or lost the role, is refused
//! within a second on every node.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use access::Principal;
use ipnet::IpNet;
use values::{SECOND, Timestamp};

use crate::sessions::token_cache::TokenHash;

/// How long an answer of the database is believed.
const FRESH: i64 = SECOND - 1;

/// A key that is good.
#[derive(Debug, Clone)]
pub(crate) struct CachedApiKey {
    pub(crate) principal: Principal,
    pub(crate) addresses: Arc<[IpNet]>,
    pub(crate) expires_at: Option<Timestamp>,
    /// When the database was asked, by the steady clock: nobody sets that.
    pub(crate) read_at: i64,
}

impl CachedApiKey {
    fn is_fresh(&self, steady: i64) -> bool {
        (self.read_at..=self.read_at.saturating_add(FRESH)).contains(&steady)
    }
}

/// Keys that were used within the last second.
pub(crate) struct ApiKeyCache {
    known: RwLock<Known>,
    most: usize,
}

#[derive(Default)]
struct Known {
    keys: HashMap<TokenHash, CachedApiKey>,
    /// How often all were forgotten.
    forgotten: u64,
}

impl ApiKeyCache {
    pub(crate) fn new(most: usize) -> Self {
        let known = RwLock::default();
        Self { known, most }
    }

    /// How often all were forgotten: to be asked before the database is, and told to
    /// [`ApiKeyCache::insert`].
    pub(crate) fn forgotten(&self) -> u64 {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.forgotten
    }

    /// A key by its hash, if the database was asked about it a moment ago.
    pub(crate) fn get(&self, hash: &TokenHash, steady: i64) -> Option<CachedApiKey> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .keys
            .get(hash)
            .filter(|key| key.is_fresh(steady))
            .cloned()
    }

    /// Remembers what the database said, unless something was changed here since it was asked.
    /// Where there is no room, it makes some at the cost of those that are fresh as well:
    /// forgetting costs a query.
    pub(crate) fn insert(&self, hash: TokenHash, key: CachedApiKey, forgotten: u64) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.forgotten != forgotten {
            return;
        }
        let keys = &mut known.keys;
        if keys.len() >= self.most {
            keys.retain(|_, known| known.is_fresh(key.read_at));
        }
        if keys.len() >= self.most {
            keys.clear();
        }
        keys.insert(hash, key);
    }

    /// Forgets all: something about keys or their owners was changed here.
    pub(crate) fn forget(&self) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.keys.clear();
        known.forgotten = known.forgotten.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::identity::{ApiKeyId, Credential, OrgId, Role, SessionId, UserId};
    use uuid::Uuid;

    fn key(read_at: i64) -> CachedApiKey {
        let id = Uuid::nil();
        let owner = Principal::of_session(OrgId::DEFAULT, UserId(id), Role::User, SessionId(id));
        CachedApiKey {
            principal: Principal {
                credential: Credential::ApiKey(ApiKeyId(id)),
                ..owner
            },
            addresses: Arc::new([]),
            expires_at: None,
            read_at,
        }
    }

    #[test]
    fn a_key_is_believed_for_less_than_a_second() {
        let keys = ApiKeyCache::new(4);
        keys.insert([1; 32], key(100), keys.forgotten());
        assert!(keys.get(&[1; 32], 100).is_some());
        assert!(keys.get(&[1; 32], 100 + FRESH).is_some());
        assert!(keys.get(&[1; 32], 100 + SECOND).is_none());
        assert!(keys.get(&[2; 32], 100).is_none());
        keys.forget();
        assert!(keys.get(&[1; 32], 100).is_none());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let keys = ApiKeyCache::new(4);
        let before = keys.forgotten();
        keys.forget();
        keys.insert([1; 32], key(100), before);
        assert!(keys.get(&[1; 32], 100).is_none());
    }

    #[test]
    fn never_more_than_so_many_are_kept() {
        let keys = ApiKeyCache::new(4);
        for number in 0..100 {
            keys.insert([number; 32], key(100), 0);
            assert!(keys.known.read().unwrap().keys.len() <= 4);
        }
        assert!(keys.get(&[99; 32], 100).is_some());
    }
}
