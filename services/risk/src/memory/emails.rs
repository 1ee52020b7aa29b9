//! E-mail addresses in memory, where rules ask for them: identity has them, and its feed tells
//! where one has changed.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use contracts::identity::{OrgId, UserId};

/// The most addresses that are kept; beyond it all are asked for anew.
const MOST: usize = 100_000;

/// Addresses of users.
#[derive(Default)]
pub(crate) struct Emails(RwLock<HashMap<(i64, UserId), String>>);

impl Emails {
    /// The address of a user, in small letters, where it was asked for before.
    pub(crate) fn get(&self, org: OrgId, user: UserId) -> Option<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(org.0, user)).cloned()
    }

    /// Keeps the address of a user.
    pub(crate) fn put(&self, org: OrgId, user: UserId, email: String) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert((org.0, user), email);
    }

    /// A user has another address, or none.
    pub(crate) fn forget(&self, org: OrgId, user: UserId) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(org.0, user));
    }
}
