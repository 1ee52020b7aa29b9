//! What the audit trail says of the rows of other tables: which users there are, what each may do,
//! and which signing keys were made. A row that says something else was changed past PayFlow. It
//! tells only of what has entries: not of e-mails, names and passwords.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use contracts::identity::{Role, UserId};
use serde_json::{Map, Value};
use values::Timestamp;

use crate::accounts::stores::users::StoredState;
use crate::audit::AuditAction;
use crate::audit::entry::StoredEntry;
use crate::signing_keys::store::SealedKey;

/// What was read of a trail so far.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct TrailState {
    users: BTreeMap<UserId, RecordedUser>,
    keys: Vec<RecordedKey>,
    /// Keys that were deleted before their time.
    revoked: HashSet<String>,
    /// When the last entry was made.
    newest: Option<Timestamp>,
}

/// What the trail says of a user. Nothing, where no entry says it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct RecordedUser {
    /// The last entry.
    no: i64,
    role: Option<String>,
    status: Option<String>,
    email_verified: Option<bool>,
    is_closed: bool,
}

/// A signing key that was made; the first of an installation has no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RecordedKey {
    kid: String,
}

/// A row of users that is not what the trail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Differs {
    /// There is none, and users are never deleted.
    Missing { user: UserId, no: i64 },
    /// No entry tells of the user.
    Unknown { user: UserId },
    /// A column holds something else.
    Column {
        user: UserId,
        column: &'static str,
        found: String,
        expected: String,
        no: i64,
    },
}

impl Differs {
    pub(crate) const fn user(&self) -> UserId {
        match self {
            Self::Missing { user, .. } | Self::Unknown { user } | Self::Column { user, .. } => {
                *user
            }
        }
    }
}

/// Whom an act is about, where it is about a user's row.
fn subject(entry: &StoredEntry) -> Option<UserId> {
    entry.subject.as_ref()?.parse().ok()
}

impl TrailState {
    /// Takes the next entry in; the user of whom it tells.
    pub(crate) fn read(&mut self, entry: &StoredEntry) -> Option<UserId> {
        self.newest = self.newest.max(Some(Timestamp(entry.time)));
        if entry.outcome != "done" {
            return None;
        }
        let is = |act: AuditAction| entry.act == act.as_str();
        if is(AuditAction::SigningKeyMade) {
            self.keys
                .extend(entry.subject.clone().map(|kid| RecordedKey { kid }));
        }
        if is(AuditAction::SigningKeyRevoked) {
            self.revoked.extend(entry.subject.clone());
        }
        let user = subject(entry)?;
        let makes = [
            AuditAction::UserRegistered,
            AuditAction::UserCreated,
            AuditAction::UserImported,
        ];
        let is_made = makes.into_iter().any(is);
        let mut told = match self.users.get(&user) {
            Some(told) => told.clone(),
            None if is_made => RecordedUser::default(),
            None => return None,
        };
        let details: Map<String, Value> = serde_json::from_str(&entry.details).unwrap_or_default();
        let text = |name: &str| Some(details.get(name)?.as_str()?.to_owned());
        if is_made {
            told.status = Some("active".to_owned());
            // Who registers by themselves gets no other, unless a provider says so.
            let by_themselves =
                is(AuditAction::UserRegistered) && !details.contains_key("provider");
            let user = || by_themselves.then(|| Role::User.as_str().to_owned());
            told.role = text("role").or_else(user);
            told.email_verified = details.get("email_verified").and_then(Value::as_bool);
        } else if is(AuditAction::UserChanged) {
            (told.role, told.status) = (text("role"), text("status"));
        } else if is(AuditAction::UserRoleChanged) {
            told.role = text("to");
        } else if is(AuditAction::UserClosed) || is(AuditAction::UserReplaced) {
            told.is_closed = true;
            told.status = Some("suspended".to_owned());
            told.email_verified = Some(false);
        } else if [
            AuditAction::EmailVerified,
            AuditAction::EmailChanged,
            AuditAction::PasswordReset,
        ]
        .into_iter()
        .any(is)
        {
            told.email_verified = Some(true);
        } else {
            return None;
        }
        told.no = entry.no;
        self.users.insert(user, told);
        Some(user)
    }

    /// The rows that are not what was told. They are all after a user, up to one where it is named.
    pub(crate) fn differences(
        &self,
        rows: &BTreeMap<UserId, StoredState>,
        (after, through): (UserId, Option<UserId>),
    ) -> Vec<Differs> {
        let end = through.map_or(Bound::Unbounded, Bound::Included);
        let told = self.users.range((Bound::Excluded(after), end));
        let untold = rows.keys().filter(|user| !self.users.contains_key(user));
        let mut found: Vec<_> = untold
            .map(|user| Differs::Unknown { user: *user })
            .collect();
        found.extend(told.filter_map(|(user, told)| {
            let (user, no) = (*user, told.no);
            match rows.get(&user) {
                Some(row) => told.difference(user, row),
                None => Some(Differs::Missing { user, no }),
            }
        }));
        found.sort_by_key(|differs| match differs {
            Differs::Missing { no, .. } | Differs::Column { no, .. } => *no,
            Differs::Unknown { .. } => i64::MAX,
        });
        found
    }

    /// A signing key that must be there and is not: the one that was made last, and the one before
    /// it until that one signs. Those before may have ended: how long tokens lived then is not
    /// told. The first of an installation has no entry, and is called by its generation.
    pub(crate) fn missing_key(&self, keys: &[&SealedKey], now: Timestamp) -> Option<String> {
        // By a clock that is behind, one that signs already would seem to wait.
        let now = self.newest.map_or(now, |newest| newest.max(now));
        let found = |told: &RecordedKey| keys.iter().find(|key| key.kid == told.kid);
        let is_needed = |next: Option<&RecordedKey>| {
            next.is_none_or(|next| found(next).is_some_and(|next| now < next.signs_from))
        };
        let is_told = |kid: &String| self.keys.iter().any(|key| key.kid == *kid);
        let needs_first = self.newest.is_some()
            && is_needed(self.keys.first())
            && self.revoked.iter().all(is_told);
        if needs_first && keys.iter().all(|key| key.generation != 1) {
            return Some("of generation 1".to_owned());
        }
        let is_gone = |(at, told): &(usize, &RecordedKey)| {
            let is_there = found(told).is_some() || self.revoked.contains(&told.kid);
            !is_there && is_needed(self.keys.get(at + 1))
        };
        let gone = self.keys.iter().enumerate().find(is_gone);
        gone.map(|(_, told)| told.kid.clone())
    }
}

impl RecordedUser {
    fn difference(&self, user: UserId, row: &StoredState) -> Option<Differs> {
        let flag = |flag: bool| i64::from(flag).to_string();
        [
            ("role", self.role.clone(), row.role.clone()),
            ("status", self.status.clone(), row.status.clone()),
            (
                "email_verified",
                self.email_verified.map(flag),
                flag(row.email_verified),
            ),
            ("closed_at", Some(flag(self.is_closed)), flag(row.is_closed)),
        ]
        .into_iter()
        .find_map(|(column, told, found)| {
            let expected = told.filter(|told| *told != found)?;
            Some(Differs::Column {
                user,
                column,
                found,
                expected,
                no: self.no,
            })
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;

    const HOUR: i64 = 3_600_000_000;

    pub(crate) fn made(no: i64, act: AuditAction, kid: &str, time: i64) -> StoredEntry {
        StoredEntry {
            no,
            org: 1,
            time,
            actor_kind: "system".to_owned(),
            actor: None,
            credential: None,
            act: act.as_str().to_owned(),
            subject: Some(kid.to_owned()),
            outcome: "done".to_owned(),
            address: None,
            user_agent: None,
            request_id: None,
            details: "{}".to_owned(),
            hash: Vec::new(),
        }
    }

    pub(crate) fn key(generation: i64, kid: &str, signs_from: i64) -> SealedKey {
        SealedKey {
            kid: kid.to_owned(),
            private_key: Vec::new(),
            generation,
            created_at: Timestamp(0),
            signs_from: Timestamp(signs_from),
        }
    }

    #[test]
    fn the_key_that_signs_and_the_one_that_comes_next_must_be_there() {
        let mut told = TrailState::default();
        let missing = |told: &TrailState, keys: &[SealedKey], now| {
            let keys: Vec<_> = keys.iter().collect();
            let gone = told.missing_key(&keys, Timestamp(now));
            gone.unwrap_or_default()
        };
        // Nothing was ever done.
        assert_eq!(missing(&told, &[], 0), "");
        told.read(&made(1, AuditAction::DemoBegun, "", 0));
        assert_eq!(missing(&told, &[], 0), "of generation 1");
        let a = || key(1, "a", 0);
        assert_eq!(missing(&told, &[a()], 0), "");
        let (made_at, signs) = (10 * HOUR, 11 * HOUR);
        told.read(&made(2, AuditAction::SigningKeyMade, "b", made_at));
        let b = || key(2, "b", signs);
        for (keys, now, gone) in [
            (vec![b(), a()], signs - 1, ""),
            (vec![b()], signs - 1, "of generation 1"),
            // It has ended, however long tokens live now.
            (vec![b()], signs, ""),
            (vec![a()], signs, "b"),
            (vec![], signs, "b"),
        ] {
            assert_eq!(missing(&told, &keys, now), gone, "{now}");
        }
        told.read(&made(3, AuditAction::SigningKeyMade, "c", 20 * HOUR));
        let c = || key(3, "c", 20 * HOUR);
        // A clock that is behind makes no key needed that has ended.
        assert_eq!(missing(&told, &[c()], 0), "");
        for kid in ["a", "b"] {
            told.read(&made(4, AuditAction::SigningKeyRevoked, kid, 20 * HOUR));
        }
        assert_eq!(missing(&told, &[c()], 20 * HOUR), "");
        assert_eq!(missing(&told, &[], 90 * HOUR), "c");
    }

    #[test]
    fn a_page_of_users_is_compared_with_what_is_told_of_these_alone() {
        let [first, second, third] = [1, 2, 3].map(|no| UserId(Uuid::from_u128(no)));
        let mut told = TrailState::default();
        for (no, user) in [(1, first), (2, second), (3, third)] {
            let user = user.to_string();
            told.read(&made(no, AuditAction::UserRegistered, &user, 0));
        }
        let row = || StoredState {
            role: "user".to_owned(),
            status: "active".to_owned(),
            email_verified: false,
            is_closed: false,
        };
        let rows = |users: &[UserId]| users.iter().map(|user| (*user, row())).collect();
        let none = UserId(Uuid::nil());
        let page = rows(&[first, second]);
        assert_eq!(told.differences(&page, (none, Some(second))), []);
        assert_eq!(told.differences(&rows(&[third]), (second, None)), []);
        let gone = told.differences(&rows(&[]), (second, None));
        assert_eq!(gone.iter().map(Differs::user).collect::<Vec<_>>(), [third]);
        let gone = told.differences(&rows(&[second]), (none, Some(second)));
        assert_eq!(gone.iter().map(Differs::user).collect::<Vec<_>>(), [first]);
    }
}
