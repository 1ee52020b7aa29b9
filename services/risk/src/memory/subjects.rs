//! Users in memory: what rules ask of them.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use contracts::identity::{OrgId, UserId};
use contracts::kyc::KycLevel;
use values::Timestamp;

use crate::subjects::made_at;
use crate::subjects::store::SubjectRow;

/// A user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) created_at: Timestamp,
    /// How far their identity is verified, and which change that is of.
    pub(crate) kyc: KycLevel,
    pub(crate) kyc_version: i64,
}

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
            let subject = Subject {
                created_at: Timestamp(row.created_at),
                kyc: KycLevel::from_name(&row.kyc).unwrap_or(KycLevel::None),
                kyc_version: row.kyc_version,
            };
            ((row.org, UserId(row.user_id)), subject)
        }));
    }

    /// Somebody has registered.
    pub(crate) fn registered(&self, org: OrgId, user: UserId, at: Timestamp) -> Subject {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *known.entry((org.0, user)).or_insert(Subject {
            created_at: at,
            kyc: KycLevel::None,
            kyc_version: 0,
        })
    }

    /// The identity of somebody is verified so far, by a change of this version.
    pub(crate) fn verified(&self, org: OrgId, user: UserId, (level, version): (KycLevel, i64)) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let subject = known.entry((org.0, user)).or_insert(Subject {
            created_at: made_at(user),
            kyc: level,
            kyc_version: version,
        });
        if subject.kyc_version < version {
            (subject.kyc, subject.kyc_version) = (level, version);
        }
    }

    /// Somebody has closed the account.
    pub(crate) fn closed(&self, org: OrgId, user: UserId) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.remove(&(org.0, user));
    }
}
