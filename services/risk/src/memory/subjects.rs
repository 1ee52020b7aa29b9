//! Users in memory: what rules ask of them.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use contracts::identity::{OrgId, UserId};
use values::Timestamp;

use crate::subjects::store::SubjectRow;

/// A user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) created_at: Timestamp,
    /// `none`, `basic` or `full`.
    pub(crate) kyc: &'static str,
}

/// The levels of an identity check, the least first.
const KYC: [&str; 3] = ["none", "basic", "full"];

/// All users.
#[derive(Default)]
pub(crate) struct Subjects(RwLock<HashMap<(i64, UserId), Subject>>);

impl Subjects {
    /// A user, where they are known.
    pub(crate) fn get(&self, org: OrgId, user: UserId) -> Option<Subject> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(&(org.0, user)).copied()
    }

    /// What the database has of them.
    pub(crate) fn fill(&self, rows: &[SubjectRow]) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let open = rows.iter().filter(|row| row.closed_at.is_none());
        known.extend(open.map(|row| {
            let level = KYC.into_iter().find(|level| *level == row.kyc);
            let subject = Subject {
                created_at: Timestamp(row.created_at),
                kyc: level.unwrap_or("none"),
            };
            ((row.org, UserId(row.user_id)), subject)
        }));
    }

    /// Somebody has registered.
    pub(crate) fn registered(&self, org: OrgId, user: UserId, at: Timestamp) -> Subject {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *known.entry((org.0, user)).or_insert(Subject {
            created_at: at,
            kyc: "none",
        })
    }

    /// The identity of somebody is fully verified.
    pub(crate) fn verified(&self, org: OrgId, user: UserId, at: Timestamp) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let created_at = known.get(&(org.0, user)).map_or(at, |it| it.created_at);
        let kyc = "full";
        known.insert((org.0, user), Subject { created_at, kyc });
    }

    /// Somebody has closed the account.
    pub(crate) fn closed(&self, org: OrgId, user: UserId) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(org.0, user));
    }
}
