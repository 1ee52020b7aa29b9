//! The SQL of cases as they come to be and end: whatever writes to them in the transactions of
//! others.

use contracts::identity::OrgId;
use db::{Arg, DbError, Tx, args};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::cases::queue::{Automatic, Queue};
use crate::error::Error;

statements! {
    /// org, queue, subject -> [`CaseRow`]: the open one.
    OPEN_ONE = "SELECT id, org, queue, subject, title, risk, amount_minor, currency, amount_base, priority, pinned, rises_at, needs_two,
        owner, snoozed_until, hits, last_hit_at, opened_at, due_at, revision, proposal, under_way, outcome, reason, note, proposed_by,
        decided_by, closed_at FROM cases WHERE org = $1 AND queue = $2 AND subject = $3 AND closed_at IS NULL";
    /// id, org, queue, subject, title, risk, amount, currency, amount in base, priority, rises, due,
    /// now -> [`Opened`]. Of two at once one opens it, the other joins.
    OPEN_OR_JOIN = "INSERT INTO cases (id, org, queue, subject, title, risk, amount_minor, currency, amount_base, priority, rises_at,
        due_at, hits, last_hit_at, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $13)
        ON CONFLICT (org, queue, subject) WHERE closed_at IS NULL DO UPDATE SET hits = cases.hits + 1, last_hit_at = excluded.last_hit_at,
        risk = CASE WHEN cases.risk > excluded.risk THEN cases.risk ELSE excluded.risk END,
        priority = CASE WHEN cases.pinned = 1 OR cases.priority > excluded.priority THEN cases.priority ELSE excluded.priority END,
        amount_minor = CASE WHEN cases.amount_minor IS NULL OR excluded.amount_base > cases.amount_base
            OR (excluded.amount_minor IS NOT NULL AND excluded.amount_base IS NULL) THEN excluded.amount_minor ELSE cases.amount_minor END,
        currency = CASE WHEN cases.amount_minor IS NULL OR excluded.amount_base > cases.amount_base
            OR (excluded.amount_minor IS NOT NULL AND excluded.amount_base IS NULL) THEN excluded.currency ELSE cases.currency END,
        amount_base = CASE WHEN cases.amount_minor IS NULL OR excluded.amount_base > cases.amount_base
            OR (excluded.amount_minor IS NOT NULL AND excluded.amount_base IS NULL) THEN excluded.amount_base ELSE cases.amount_base END
        RETURNING id, hits, priority";
    /// case, user, subject.
    ADD_PERSON = "INSERT INTO case_people (case_id, user_id, is_subject) VALUES ($1, $2, $3) ON CONFLICT (case_id, user_id) DO NOTHING";
    /// id, case, facts, now.
    ADD_EVIDENCE = "INSERT INTO case_evidence (id, case_id, facts, added_at) VALUES ($1, $2, $3, $4)";
    /// case, how many.
    KEEP_NEWEST = "DELETE FROM case_evidence WHERE case_id = $1
        AND id NOT IN (SELECT id FROM case_evidence WHERE case_id = $1 ORDER BY id DESC LIMIT $2)";
    /// id, case, kind, actor, before, after, now.
    ADD_EVENT = "INSERT INTO case_events (id, case_id, kind, actor, before, after, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// id, outcome, now: nothing where it has ended.
    CLOSE_AUTOMATICALLY = "UPDATE cases SET outcome = $2, closed_at = $3, proposal = NULL, under_way = NULL, snoozed_until = NULL,
        rises_at = NULL, revision = revision + 1 WHERE id = $1 AND closed_at IS NULL";
}

/// A case.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct CaseRow {
    pub(crate) id: Uuid,
    pub(crate) org: i64,
    pub(crate) queue: String,
    pub(crate) subject: String,
    pub(crate) title: String,
    pub(crate) risk: Option<i64>,
    pub(crate) amount_minor: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) amount_base: Option<i64>,
    pub(crate) priority: i64,
    pub(crate) pinned: i64,
    pub(crate) rises_at: Option<i64>,
    pub(crate) needs_two: i64,
    pub(crate) owner: Option<Uuid>,
    pub(crate) snoozed_until: Option<i64>,
    pub(crate) hits: i64,
    pub(crate) last_hit_at: i64,
    pub(crate) opened_at: i64,
    pub(crate) due_at: i64,
    pub(crate) revision: i64,
    pub(crate) proposal: Option<String>,
    pub(crate) under_way: Option<String>,
    pub(crate) outcome: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) proposed_by: Option<Uuid>,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) closed_at: Option<i64>,
}

/// A case to be opened, or a hit that joins one.
#[derive(Debug)]
pub(crate) struct NewCase {
    pub(crate) id: Uuid,
    pub(crate) org: OrgId,
    pub(crate) queue: Queue,
    pub(crate) subject: String,
    pub(crate) title: String,
    pub(crate) risk: i64,
    pub(crate) amount_minor: Option<i64>,
    pub(crate) currency: Option<&'static str>,
    pub(crate) amount_base: Option<i64>,
    pub(crate) priority: i64,
    pub(crate) rises_at: Option<Timestamp>,
    pub(crate) due: Timestamp,
    pub(crate) now: Timestamp,
}

/// The case that was opened or joined.
#[derive(Debug, FromRow)]
pub(crate) struct Opened {
    pub(crate) id: Uuid,
    pub(crate) hits: i64,
    pub(crate) priority: i64,
}

/// Something that happened to a case.
#[derive(Debug, Default)]
pub(crate) struct NewEvent {
    kind: &'static str,
    actor: Option<Uuid>,
    before: Option<String>,
    after: Option<String>,
}

impl NewEvent {
    /// What PayFlow did itself.
    pub(crate) fn by_itself(kind: &'static str) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    /// What somebody did.
    pub(crate) fn by(actor: Uuid, kind: &'static str) -> Self {
        Self {
            kind,
            actor: Some(actor),
            ..Self::default()
        }
    }

    /// With a value that was not there before.
    pub(crate) fn to(self, after: &impl Serialize) -> Result<Self, Error> {
        Ok(Self {
            after: Some(json(after)?),
            ..self
        })
    }

    /// With the values before and after.
    pub(crate) fn from_to(
        self,
        before: &impl Serialize,
        after: &impl Serialize,
    ) -> Result<Self, Error> {
        Ok(Self {
            before: Some(json(before)?),
            after: Some(json(after)?),
            ..self
        })
    }
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Row("case_events"))
}

/// The open case of a subject in a queue.
pub(crate) async fn open_one(
    tx: &mut Tx,
    org: OrgId,
    queue: Queue,
    subject: &str,
) -> Result<Option<CaseRow>, DbError> {
    let args = args![org.0, queue.as_str(), subject];
    tx.fetch_optional(OPEN_ONE, args).await
}

/// Opens a case, or joins the one that is open.
pub(crate) async fn open_or_join(tx: &mut Tx, new: &NewCase) -> Result<Opened, Error> {
    let args: Vec<Arg> = args![
        new.id,
        new.org.0,
        new.queue.as_str(),
        new.subject.as_str(),
        new.title.as_str(),
        new.risk,
        new.amount_minor,
        new.currency.map(str::to_owned),
        new.amount_base,
        new.priority,
        new.rises_at,
        new.due,
        new.now
    ];
    let opened = tx.fetch_optional(OPEN_OR_JOIN, args).await?;
    opened.ok_or(Error::Row("cases"))
}

pub(crate) async fn add_person(
    tx: &mut Tx,
    case: Uuid,
    user: Uuid,
    is_subject: bool,
) -> Result<(), DbError> {
    tx.execute(ADD_PERSON, args![case, user, is_subject])
        .await?;
    Ok(())
}

pub(crate) async fn add_evidence(
    tx: &mut Tx,
    (id, case): (Uuid, Uuid),
    facts: String,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(ADD_EVIDENCE, args![id, case, facts, now])
        .await?;
    Ok(())
}

/// Forgets what older hits have brought.
pub(crate) async fn keep_newest_evidence(
    tx: &mut Tx,
    case: Uuid,
    most: i64,
) -> Result<(), DbError> {
    tx.execute(KEEP_NEWEST, args![case, most]).await?;
    Ok(())
}

pub(crate) async fn add_event(
    tx: &mut Tx,
    (id, case): (Uuid, Uuid),
    event: NewEvent,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![
        id,
        case,
        event.kind,
        event.actor,
        event.before,
        event.after,
        now
    ];
    tx.execute(ADD_EVENT, args).await?;
    Ok(())
}

/// Ends a case by itself; false where it has ended.
pub(crate) async fn close_automatically(
    tx: &mut Tx,
    row: &CaseRow,
    outcome: Automatic,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![row.id, outcome.as_str(), now];
    Ok(tx.execute(CLOSE_AUTOMATICALLY, args).await? > 0)
}
