//! The SQL of cases as they come to be and end, in the transactions of whatever says so. What
//! operators do to them and read of them is in the files beside.

pub(crate) mod acts;
pub(crate) mod reading;
pub(crate) mod sweeps;

use contracts::identity::{OrgId, UserId};
use db::{Arg, DbError, Tx, args};
use serde::Serialize;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::cases::queue::{Automatic, Queue};
use crate::error::Error;

/// A query for rows of cases: the columns of [`CaseRow`], and what follows `FROM`.
macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT c.id, c.org, c.queue, c.subject, c.transaction_id, c.title, c.risk, c.amount_minor, c.currency, c.amount_base,
        c.priority, c.pinned, c.rises_at, c.needs_two, c.owner, c.snoozed_until, c.hits, c.last_hit_at, c.opened_at, c.due_at, c.revision,
        c.proposal, c.under_way, c.outcome, c.reason, c.note, c.proposed_by, c.decided_by, c.closed_at FROM ",
            $from
        )
    };
}
pub(crate) use select;

statements! {
    /// org, queue, subject -> [`CaseRow`]: the open one.
    OPEN_ONE = select!("cases c WHERE c.org = $1 AND c.queue = $2 AND c.subject = $3 AND c.closed_at IS NULL");
    /// id, org, queue, subject, title, risk, amount, currency, amount in base, priority, rises,
    /// due, needs two, transaction, now -> [`Opened`]. Of two at once one opens it, one joins.
    OPEN_OR_JOIN = "INSERT INTO cases (id, org, queue, subject, title, risk, amount_minor, currency, amount_base, priority, rises_at,
        due_at, needs_two, transaction_id, hits, last_hit_at, opened_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $15)
        ON CONFLICT (org, queue, subject) WHERE closed_at IS NULL DO UPDATE SET hits = cases.hits + 1, last_hit_at = excluded.last_hit_at,
        risk = CASE WHEN cases.risk > COALESCE(excluded.risk, -1) THEN cases.risk ELSE excluded.risk END,
        needs_two = CASE WHEN cases.needs_two = 1 THEN 1 ELSE excluded.needs_two END,
        priority = CASE WHEN cases.pinned = 1 OR cases.priority > excluded.priority THEN cases.priority ELSE excluded.priority END,
        amount_minor = CASE WHEN cases.amount_minor IS NULL OR excluded.amount_base > cases.amount_base
            OR (excluded.amount_minor IS NOT NULL AND excluded.amount_base IS NULL) THEN excluded.amount_minor ELSE cases.amount_minor END,
        currency = CASE WHEN cases.amount_minor IS NULL OR excluded.amount_base > cases.amount_base
            OR (excluded.amount_minor IS NOT NULL AND excluded.amount_base IS NULL) THEN excluded.currency ELSE cases.currency END,
        amount_base = CASE WHEN cases.amount_minor IS NULL OR excluded.amount_base > cases.amount_base
            OR (excluded.amount_minor IS NOT NULL AND excluded.amount_base IS NULL) THEN excluded.amount_base ELSE cases.amount_base END
        RETURNING id, hits, priority";
    /// id, risk, needs two, priority.
    ASSESSED = "UPDATE cases SET risk = $2, needs_two = CASE WHEN needs_two = 1 THEN 1 ELSE $3 END,
        priority = CASE WHEN pinned = 1 THEN priority ELSE $4 END WHERE id = $1 AND closed_at IS NULL AND risk IS NULL";
    /// id, outcome, reason, note, proposed by, decided by, now: nothing where it has ended.
    CLOSE = "UPDATE cases SET outcome = $2, reason = $3, note = $4, proposed_by = $5, decided_by = $6, closed_at = $7,
        owner = COALESCE(owner, $6), proposal = NULL, under_way = NULL, snoozed_until = NULL, rises_at = NULL, revision = revision + 1
        WHERE id = $1 AND closed_at IS NULL";
    /// case -> user, whether it is about them.
    PEOPLE = "SELECT user_id, is_subject FROM case_people WHERE case_id = $1 ORDER BY user_id";
    /// org, rule, day, decided, confirmed.
    COUNT_OUTCOME = "INSERT INTO rule_outcomes (org, rule, day, decided, confirmed) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (org, rule, day) DO UPDATE SET decided = rule_outcomes.decided + excluded.decided,
        confirmed = rule_outcomes.confirmed + excluded.confirmed";
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
    pub(crate) transaction_id: Option<Uuid>,
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
    pub(crate) transaction: Option<Uuid>,
    pub(crate) title: String,
    /// None: not known yet.
    pub(crate) risk: Option<i64>,
    pub(crate) amount_minor: Option<i64>,
    pub(crate) currency: Option<&'static str>,
    pub(crate) amount_base: Option<i64>,
    pub(crate) priority: i64,
    pub(crate) rises_at: Option<Timestamp>,
    pub(crate) due: Timestamp,
    pub(crate) needs_two: bool,
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
    pub(crate) fn changing(
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
        new.needs_two,
        new.transaction,
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

/// What risk has decided about the transaction of a case is known now.
pub(crate) async fn assessed(
    tx: &mut Tx,
    id: Uuid,
    (risk, needs_two, priority): (i64, bool, i64),
) -> Result<bool, DbError> {
    let args = args![id, risk, needs_two, priority];
    Ok(tx.execute(ASSESSED, args).await? > 0)
}

/// How somebody has ended a case.
#[derive(Debug)]
pub(crate) struct NewEnd<'a> {
    pub(crate) outcome: &'static str,
    pub(crate) reason: &'a str,
    pub(crate) note: &'a str,
    pub(crate) proposed_by: Option<UserId>,
    pub(crate) decided_by: UserId,
    pub(crate) at: Timestamp,
}

/// Ends a case by a decision; false where it has ended.
pub(crate) async fn close(tx: &mut Tx, id: Uuid, end: NewEnd<'_>) -> Result<bool, DbError> {
    let args = args![
        id,
        end.outcome,
        end.reason,
        end.note,
        end.proposed_by.map(UserId::uuid),
        end.decided_by.uuid(),
        end.at
    ];
    Ok(tx.execute(CLOSE, args).await? > 0)
}

/// Who takes part in a case, and whether it is about them.
pub(crate) async fn people(tx: &mut Tx, case: Uuid) -> Result<Vec<(Uuid, i64)>, DbError> {
    tx.fetch_all(PEOPLE, args![case]).await
}

/// Counts what a rule that has hit came to, or takes it back.
pub(crate) async fn count_outcome(
    tx: &mut Tx,
    org: i64,
    rule: &str,
    day: i64,
    (decided, confirmed): (i64, i64),
) -> Result<(), DbError> {
    let args = args![org, rule, day, decided, confirmed];
    tx.execute(COUNT_OUTCOME, args).await?;
    Ok(())
}
