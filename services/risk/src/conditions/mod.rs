//! Conditions as operators keep them: what is said about a person, a wallet, somebody outside, or
//! what one person gives to another, why, and how long. A hard block counts once a second person
//! has approved it, and ends once a second person agrees. What they come to is `risk-core`'s.

pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod store;

use contracts::identity::{OperatorAction, OrgId, UserId};
use contracts::payments::WalletId;
use idempotency::{IdempotentRequest, keep_answer};
use risk_core::decide::{Condition, ConditionKind, Side, Subject};
use serde::Serialize;
use utoipa::ToSchema;
use values::{Timestamp, typed_id};

use crate::error::Error;
use crate::rules::{reason, store as rules};
use crate::service::Service;
use crate::subjects::store as subjects;
use crate::trail::Who;
use error::ConditionError;
use http::body::ConditionBody;
use store::{ConditionRow, Which};

typed_id!(
    /// A condition about somebody or something: `cnd_…`.
    ConditionId,
    "cnd"
);

/// The most conditions of an organisation that are not over: all are in memory.
const MOST: i64 = 50_000;

/// Something to be said.
pub(crate) struct NewCondition {
    pub(crate) subject: Subject,
    pub(crate) side: Side,
    pub(crate) kind: ConditionKind,
    pub(crate) reason: String,
    pub(crate) starts_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// How a condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConditionState {
    /// A hard block that nobody has approved yet: it does not count.
    Proposed,
    /// It begins later.
    Scheduled,
    /// It counts.
    InForce,
    /// Its time is over.
    Expired,
    /// Somebody has ended it.
    Ended,
}

const SIDES: [(&str, Side); 3] = [
    ("gives", Side::Gives),
    ("receives", Side::Receives),
    ("both", Side::Both),
];
const KINDS: [(&str, ConditionKind); 3] = [
    ("block_soft", ConditionKind::BlockSoft),
    ("allow", ConditionKind::Allow),
    ("block_hard", ConditionKind::BlockHard),
];

/// The name of a side or kind.
fn name_of<T: Copy + PartialEq>(all: [(&'static str, T); 3], wanted: T) -> &'static str {
    let found = all.into_iter().find(|(_, one)| *one == wanted);
    found.map_or("", |(name, _)| name)
}

fn named<T: Copy>(all: [(&'static str, T); 3], wanted: &str) -> Result<T, Error> {
    let found = all.into_iter().find(|(name, _)| *name == wanted);
    found.map(|(_, one)| one).ok_or(Error::Row("conditions"))
}

/// A subject as it is stored: its kind, its id, and who receives of a pair.
fn stored(subject: &Subject) -> Result<(&'static str, String, String), ConditionError> {
    Ok(match subject {
        Subject::Person(user) => ("person", user.to_string(), String::new()),
        Subject::Wallet(wallet) => ("wallet", wallet.to_string(), String::new()),
        Subject::Counterparty(token) => ("counterparty", token.clone(), String::new()),
        Subject::Pair { from, to } => ("pair", from.to_string(), to.to_string()),
        Subject::Device(_) => return Err(ConditionError::Device),
    })
}

impl ConditionRow {
    fn subject(&self) -> Result<Subject, Error> {
        let user = |text: &str| text.parse::<UserId>();
        let unreadable = |_| Error::Row("conditions");
        Ok(match self.subject_kind.as_str() {
            "person" => Subject::Person(user(&self.subject).map_err(unreadable)?),
            "wallet" => Subject::Wallet(self.subject.parse::<WalletId>().map_err(unreadable)?),
            "counterparty" => Subject::Counterparty(self.subject.clone()),
            "pair" => Subject::Pair {
                from: user(&self.subject).map_err(unreadable)?,
                to: user(&self.other).map_err(unreadable)?,
            },
            _ => return Err(Error::Row("conditions")),
        })
    }

    /// As decisions take it.
    pub(crate) fn condition(&self) -> Result<Condition, Error> {
        Ok(Condition {
            subject: self.subject()?,
            side: named(SIDES, &self.side)?,
            kind: named(KINDS, &self.kind)?,
            reason: self.reason.clone(),
            author: UserId(self.author),
            second: self.second.map(UserId),
            starts: Timestamp(self.starts_at),
            expires: self.expires_at.map(Timestamp),
        })
    }

    fn is_hard(&self) -> bool {
        self.kind == name_of(KINDS, ConditionKind::BlockHard)
    }

    fn state(&self, now: Timestamp) -> ConditionState {
        if self.ended_at.is_some() {
            ConditionState::Ended
        } else if self.expires_at.is_some_and(|end| end <= now.micros()) {
            ConditionState::Expired
        } else if self.is_hard() && self.second.is_none() {
            ConditionState::Proposed
        } else if now.micros() < self.starts_at {
            ConditionState::Scheduled
        } else {
            ConditionState::InForce
        }
    }
}

impl Service {
    /// Conditions before a place, the newest first.
    pub(crate) async fn conditions(
        &self,
        org: OrgId,
        place: (i64, i64),
        which: &Which<'_>,
    ) -> Result<Vec<ConditionRow>, Error> {
        Ok(store::page(&self.db, org, place, which, self.clock.now()).await?)
    }

    /// One condition.
    pub(crate) async fn condition(
        &self,
        org: OrgId,
        id: ConditionId,
    ) -> Result<ConditionRow, ConditionError> {
        let row = store::one(&self.db, org, id.uuid()).await?;
        row.ok_or(ConditionError::NoSuchCondition)
    }

    /// Says something about a subject. A hard block is proposed only.
    pub(crate) async fn add_condition(
        &self,
        who: Who<'_>,
        new: NewCondition,
        once: &IdempotentRequest<ConditionBody>,
    ) -> Result<ConditionBody, ConditionError> {
        let (org, author, now) = (who.0.org, who.0.user, self.clock.now());
        reason(&new.reason).map_err(|_| ConditionError::Reason)?;
        let starts = new.starts_at.unwrap_or(now).max(now);
        if new.expires_at.is_some_and(|end| end <= starts) {
            return Err(ConditionError::Expires);
        }
        self.check_subject(org, &new.subject).await?;
        self.refuse_own_case(org, &new.subject, author).await?;
        let (subject_kind, subject, other) = stored(&new.subject)?;
        let mut tx = self.db.begin().await?;
        // Other changes of the organisation wait behind this one.
        let no = rules::change(&mut tx, org).await?;
        let row = ConditionRow {
            id: self.ids.next(),
            no,
            subject_kind: subject_kind.to_owned(),
            subject,
            other,
            side: name_of(SIDES, new.side).to_owned(),
            kind: name_of(KINDS, new.kind).to_owned(),
            reason: new.reason,
            author: author.uuid(),
            second: None,
            approved_at: None,
            starts_at: starts.micros(),
            expires_at: new.expires_at.map(Timestamp::micros),
            created_at: now.micros(),
            end_proposed_by: None,
            ended_by: None,
            ended_at: None,
            end_reason: None,
        };
        store::insert(&mut tx, org, &row).await?;
        if store::how_many(&mut tx, org, now).await? > MOST {
            return Err(ConditionError::TooMany(MOST));
        }
        let action = match new.kind {
            ConditionKind::BlockHard => OperatorAction::ConditionProposed,
            ConditionKind::Allow | ConditionKind::BlockSoft => OperatorAction::ConditionMade,
        };
        self.condition_changed(tx, who, action, (row, once)).await
    }

    /// Approves a hard block that somebody else has proposed.
    pub(crate) async fn approve_condition(
        &self,
        who: Who<'_>,
        id: ConditionId,
        once: &IdempotentRequest<ConditionBody>,
    ) -> Result<ConditionBody, ConditionError> {
        let (org, by, now) = (who.0.org, who.0.user, self.clock.now());
        let row = self.condition(org, id).await?;
        self.refuse_own_case(org, &row.subject()?, by).await?;
        if row.state(now) != ConditionState::Proposed {
            return Err(ConditionError::NotProposed);
        }
        if row.author == by.uuid() {
            return Err(ConditionError::SecondOperatorNeeded);
        }
        let mut tx = self.db.begin().await?;
        rules::change(&mut tx, org).await?;
        if !store::approve(&mut tx, (org, row.id), by, now).await? {
            return Err(ConditionError::Changed);
        }
        let row = ConditionRow {
            second: Some(by.uuid()),
            approved_at: Some(now.micros()),
            ..row
        };
        let action = OperatorAction::ConditionApproved;
        self.condition_changed(tx, who, action, (row, once)).await
    }

    /// Ends a condition. Of a hard block in force, the first who says so proposes it.
    pub(crate) async fn end_condition(
        &self,
        who: Who<'_>,
        (id, why): (ConditionId, &str),
        once: &IdempotentRequest<ConditionBody>,
    ) -> Result<ConditionBody, ConditionError> {
        let (org, by, now) = (who.0.org, who.0.user, self.clock.now());
        reason(why).map_err(|_| ConditionError::Reason)?;
        let row = self.condition(org, id).await?;
        self.refuse_own_case(org, &row.subject()?, by).await?;
        let state = row.state(now);
        if matches!(state, ConditionState::Ended | ConditionState::Expired) {
            return Err(ConditionError::Over);
        }
        let needs_two = row.is_hard() && state != ConditionState::Proposed;
        let is_first = needs_two && row.end_proposed_by.is_none();
        if needs_two && row.end_proposed_by == Some(by.uuid()) {
            return Err(ConditionError::SecondOperatorNeeded);
        }
        let mut tx = self.db.begin().await?;
        rules::change(&mut tx, org).await?;
        let (changed, action) = if is_first {
            let proposed = store::propose_end(&mut tx, (org, row.id), by, why).await?;
            (proposed, OperatorAction::ConditionEndProposed)
        } else {
            let ended = store::end(&mut tx, (org, row.id), by, why, now).await?;
            (ended, OperatorAction::ConditionEnded)
        };
        if !changed {
            return Err(ConditionError::Changed);
        }
        let end_reason = Some(why.to_owned());
        let row = match is_first {
            true => ConditionRow {
                end_proposed_by: Some(by.uuid()),
                end_reason,
                ..row
            },
            false => ConditionRow {
                ended_by: Some(by.uuid()),
                ended_at: Some(now.micros()),
                end_reason,
                ..row
            },
        };
        self.condition_changed(tx, who, action, (row, once)).await
    }

    /// Commits a change, which is in force here before it is answered.
    async fn condition_changed(
        &self,
        mut tx: db::Tx,
        who: Who<'_>,
        action: OperatorAction,
        (row, once): (ConditionRow, &IdempotentRequest<ConditionBody>),
    ) -> Result<ConditionBody, ConditionError> {
        let now = self.clock.now();
        let body = ConditionBody::of(&row, now)?;
        keep_answer(&mut tx, &self.vault, once, &body, now).await?;
        tx.commit().await?;
        self.refresh().await?;
        self.record(who, action, ConditionId(row.id).to_string())
            .await;
        Ok(body)
    }

    /// Refuses what is about the one who asks.
    async fn refuse_own_case(
        &self,
        org: OrgId,
        subject: &Subject,
        asks: UserId,
    ) -> Result<(), ConditionError> {
        let is_own = match subject {
            Subject::Person(user) => *user == asks,
            Subject::Pair { from, to } => [*from, *to].contains(&asks),
            Subject::Wallet(wallet) => store::owner(&self.db, org, *wallet).await? == Some(asks),
            Subject::Counterparty(_) | Subject::Device(_) => false,
        };
        match is_own {
            true => Err(ConditionError::OwnCase),
            false => Ok(()),
        }
    }

    /// Refuses what no transaction could ever be about.
    async fn check_subject(&self, org: OrgId, subject: &Subject) -> Result<(), ConditionError> {
        let people = match subject {
            Subject::Person(user) => vec![*user],
            Subject::Pair { from, to } if from == to => return Err(ConditionError::OnePerson),
            Subject::Pair { from, to } => vec![*from, *to],
            Subject::Wallet(wallet) => {
                let owner = store::owner(&self.db, org, *wallet).await?;
                return owner
                    .map(drop)
                    .ok_or(ConditionError::NoSuchSubject("wallet"));
            }
            Subject::Counterparty(token) => return check_token(token),
            Subject::Device(_) => return Err(ConditionError::Device),
        };
        for user in people {
            if !self.was_ever_known(org, user).await? {
                return Err(ConditionError::NoSuchSubject("user"));
            }
        }
        Ok(())
    }

    /// Whether somebody is, or was, a user of the organisation.
    async fn was_ever_known(&self, org: OrgId, user: UserId) -> Result<bool, Error> {
        if self.memory.subjects.get(org, user).is_some()
            || subjects::one(&self.db, (org, user)).await?.is_some()
        {
            return Ok(true);
        }
        Ok(self.contacts.contact(org, user).await?.is_some())
    }
}

fn check_token(token: &str) -> Result<(), ConditionError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match (1..=128).contains(&token.len()) && token.bytes().all(allowed) {
        true => Ok(()),
        false => Err(ConditionError::Token),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn row(kind: &str) -> ConditionRow {
        ConditionRow {
            id: Uuid::from_u128(1),
            no: 1,
            subject_kind: "counterparty".to_owned(),
            subject: "tok".to_owned(),
            other: String::new(),
            side: "both".to_owned(),
            kind: kind.to_owned(),
            reason: "Fraud".to_owned(),
            author: Uuid::from_u128(2),
            second: None,
            approved_at: None,
            starts_at: 10,
            expires_at: Some(20),
            created_at: 5,
            end_proposed_by: None,
            ended_by: None,
            ended_at: None,
            end_reason: None,
        }
    }

    #[test]
    fn a_condition_counts_from_its_start_until_its_end_and_a_hard_block_once_approved() {
        use ConditionState::{Ended, Expired, InForce, Proposed, Scheduled};
        for kind in ["allow", "block_soft", "block_hard"] {
            let mut row = row(kind);
            if row.is_hard() {
                assert_eq!(row.state(Timestamp(15)), Proposed);
                row.second = Some(Uuid::from_u128(3));
            }
            for (at, state) in [(9, Scheduled), (10, InForce), (19, InForce), (20, Expired)] {
                assert_eq!(row.state(Timestamp(at)), state, "{kind} {at}");
                let counts = row.condition().unwrap().in_force(Timestamp(at));
                assert_eq!(counts, state == InForce, "{kind} {at}");
            }
            row.ended_at = Some(12);
            assert_eq!(row.state(Timestamp(15)), Ended);
        }
    }

    #[test]
    fn what_is_stored_of_a_condition_is_read_again() {
        let user = |number: u128| UserId(Uuid::from_u128((7 << 76) | (2 << 62) | number));
        for subject in [
            Subject::Person(user(1)),
            Subject::Wallet(WalletId(user(2).uuid())),
            Subject::Counterparty("tok".to_owned()),
            Subject::Pair {
                from: user(1),
                to: user(2),
            },
        ] {
            for (side, _) in SIDES {
                for (kind, _) in KINDS {
                    let (subject_kind, id, other) = stored(&subject).unwrap();
                    let mut row = row(kind);
                    (row.subject, row.other) = (id, other);
                    row.subject_kind = subject_kind.to_owned();
                    side.clone_into(&mut row.side);
                    let read = row.condition().unwrap();
                    assert_eq!(read.subject, subject);
                    assert_eq!(name_of(SIDES, read.side), side);
                    assert_eq!(name_of(KINDS, read.kind), kind);
                }
            }
        }
        assert!(row("allow_all").condition().is_err());
        assert!(stored(&Subject::Device("phone".to_owned())).is_err());
    }
}
