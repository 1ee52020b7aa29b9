//! E-mail addresses in memory, where rules ask for them: identity has them, and its feed tells
//! where one has changed.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use contracts::identity::{OrgId, UserId};

/// The most addresses that are kept; beyond it all are asked for anew.
const MOST: usize = 100_000;

/// The address of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email {
    /// In small letters.
    pub(crate) address: String,
    /// Whether they have shown that it is theirs.
    pub(crate) verified: bool,
}

/// Addresses of users.
#[derive(Default)]
pub(crate) struct Emails(RwLock<HashMap<(i64, UserId), Email>>);

impl Emails {
    /// The address of a user, where it was asked for before.
    pub(crate) fn get(&self, org: OrgId, user: UserId) -> Option<Email> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(org.0, user)).cloned()
    }

    /// Keeps the address of a user.
    pub(crate) fn put(&self, org: OrgId, user: UserId, email: Email) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((org.0, user), email);
    }

    /// A user has another address, has confirmed it, or has none any more.
    pub(crate) fn forget(&self, org: OrgId, user: UserId) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(org.0, user));
    }
}
