//! The SQL of what operators do to cases. Each statement names the revision that was judged: where
//! somebody was faster, it changes nothing.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use uuid::Uuid;
use values::Timestamp;

use super::{CaseRow, select};
use crate::cases::queue::Queue;

statements! {
    /// org, id -> [`CaseRow`].
    ONE = select!("cases c WHERE c.org = $1 AND c.id = $2");
    /// org, user, queues (comma before and after each), now -> id. The most urgent that nobody has,
    /// that does not sleep, and in which they take no part: picked and theirs in one statement.
    NEXT = "UPDATE cases SET owner = $2, revision = revision + 1 WHERE owner IS NULL AND closed_at IS NULL AND id = (
        SELECT c.id FROM cases c WHERE c.org = $1 AND c.closed_at IS NULL AND c.owner IS NULL
        AND (c.snoozed_until IS NULL OR c.snoozed_until <= $4) AND c.under_way IS NULL
        AND CAST($3 AS TEXT) LIKE '%,' || c.queue || ',%'
        AND NOT EXISTS (SELECT 1 FROM case_people p WHERE p.case_id = c.id AND p.user_id = $2)
        ORDER BY c.priority DESC, c.due_at, c.id LIMIT 1) RETURNING id";
    /// org, user, queues, now -> 1 where one waits that [`NEXT`] would pick.
    WAITS = "SELECT CAST(1 AS BIGINT) AS found FROM cases c WHERE c.org = $1 AND c.closed_at IS NULL AND c.owner IS NULL
        AND (c.snoozed_until IS NULL OR c.snoozed_until <= $4) AND c.under_way IS NULL
        AND CAST($3 AS TEXT) LIKE '%,' || c.queue || ',%'
        AND NOT EXISTS (SELECT 1 FROM case_people p WHERE p.case_id = c.id AND p.user_id = $2) LIMIT 1";
    /// id, revision, owner.
    ASSIGN = "UPDATE cases SET owner = $3, revision = revision + 1 WHERE id = $1 AND revision = $2 AND closed_at IS NULL";
    /// id, revision, until, who: theirs, where nobody has it.
    SNOOZE = "UPDATE cases SET snoozed_until = $3, owner = COALESCE(owner, $4), revision = revision + 1
        WHERE id = $1 AND revision = $2 AND closed_at IS NULL";
    /// id, revision, priority, pinned, rises.
    PIN = "UPDATE cases SET priority = $3, pinned = $4, rises_at = $5, revision = revision + 1
        WHERE id = $1 AND revision = $2 AND closed_at IS NULL";
    /// id, revision, proposal, who, needs two.
    PROPOSE = "UPDATE cases SET proposal = $3, under_way = NULL, owner = COALESCE(owner, $4), snoozed_until = NULL,
        needs_two = CASE WHEN needs_two = 1 THEN 1 ELSE $5 END, revision = revision + 1
        WHERE id = $1 AND revision = $2 AND closed_at IS NULL";
    /// id, revision, what is carried out.
    BEGIN_DECISION = "UPDATE cases SET under_way = $3, revision = revision + 1
        WHERE id = $1 AND revision = $2 AND closed_at IS NULL AND under_way IS NULL";
    /// id, revision: nothing is carried out any more.
    END_DECISION = "UPDATE cases SET under_way = NULL, revision = revision + 1 WHERE id = $1 AND revision = $2 AND closed_at IS NULL";
    /// id, revision, who, due, rises. A second open case of a subject is a unique violation.
    REOPEN = "UPDATE cases SET outcome = NULL, reason = NULL, note = NULL, proposed_by = NULL, decided_by = NULL, closed_at = NULL,
        owner = $3, due_at = $4, rises_at = $5, revision = revision + 1 WHERE id = $1 AND revision = $2 AND closed_at IS NOT NULL";
    /// id, case, name, kind, size, sealed, who, now.
    ATTACH = "INSERT INTO case_attachments (id, case_id, name, kind, size, sealed, added_by, added_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// case -> how many files it has.
    COUNT_FILES = "SELECT COUNT(*) AS files FROM case_attachments WHERE case_id = $1";
}

pub(crate) async fn one(db: &Db, org: OrgId, id: Uuid) -> Result<Option<CaseRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, id]).await
}

/// The same within a transaction.
pub(crate) async fn one_in(tx: &mut Tx, org: OrgId, id: Uuid) -> Result<Option<CaseRow>, DbError> {
    tx.fetch_optional(ONE, args![org.0, id]).await
}

/// Gives the most urgent case that waits to an operator. Where others take one after the other at
/// the same moment, it is tried again.
pub(crate) async fn next(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    queues: &[Queue],
    now: Timestamp,
) -> Result<Option<Uuid>, DbError> {
    let queues: Vec<_> = queues.iter().map(|queue| queue.as_str()).collect();
    let queues = format!(",{},", queues.join(","));
    let args = || args![org.0, user.uuid(), queues.as_str(), now];
    loop {
        let taken: Option<(Uuid,)> = tx.fetch_optional(NEXT, args()).await?;
        if let Some((id,)) = taken {
            return Ok(Some(id));
        }
        let waits: Option<(i64,)> = tx.fetch_optional(WAITS, args()).await?;
        if waits.is_none() {
            return Ok(None);
        }
    }
}

/// A case has an owner, or none.
pub(crate) async fn assign(
    tx: &mut Tx,
    row: &CaseRow,
    owner: Option<UserId>,
) -> Result<bool, DbError> {
    let args = args![row.id, row.revision, owner.map(UserId::uuid)];
    Ok(tx.execute(ASSIGN, args).await? > 0)
}

/// A case is looked at later, or now again.
pub(crate) async fn snooze(
    tx: &mut Tx,
    row: &CaseRow,
    until: Option<Timestamp>,
    by: UserId,
) -> Result<bool, DbError> {
    let args = args![row.id, row.revision, until, by.uuid()];
    Ok(tx.execute(SNOOZE, args).await? > 0)
}

/// A case has a priority, which stays where it is pinned.
pub(crate) async fn pin(
    tx: &mut Tx,
    row: &CaseRow,
    (priority, is_pinned): (i64, bool),
    rises: Option<Timestamp>,
) -> Result<bool, DbError> {
    let args = args![row.id, row.revision, priority, is_pinned, rises];
    Ok(tx.execute(PIN, args).await? > 0)
}

/// Somebody has proposed a decision.
pub(crate) async fn propose(
    tx: &mut Tx,
    row: &CaseRow,
    proposal: String,
    (by, needs_two): (UserId, bool),
) -> Result<bool, DbError> {
    let args = args![row.id, row.revision, proposal, by.uuid(), needs_two];
    Ok(tx.execute(PROPOSE, args).await? > 0)
}

/// A decision is being carried out.
pub(crate) async fn begin_decision(
    tx: &mut Tx,
    row: &CaseRow,
    under_way: String,
) -> Result<bool, DbError> {
    let args = args![row.id, row.revision, under_way];
    Ok(tx.execute(BEGIN_DECISION, args).await? > 0)
}

/// A decision came to nothing.
pub(crate) async fn end_decision(tx: &mut Tx, row: &CaseRow) -> Result<bool, DbError> {
    let args = args![row.id, row.revision];
    Ok(tx.execute(END_DECISION, args).await? > 0)
}

/// A case goes on.
pub(crate) async fn reopen(
    tx: &mut Tx,
    row: &CaseRow,
    by: UserId,
    (due, rises): (Timestamp, Option<Timestamp>),
) -> Result<bool, DbError> {
    let args = args![row.id, row.revision, by.uuid(), due, rises];
    Ok(tx.execute(REOPEN, args).await? > 0)
}

/// A file, sealed.
#[derive(Debug)]
pub(crate) struct NewAttachment {
    pub(crate) id: Uuid,
    pub(crate) case: Uuid,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) size: i64,
    pub(crate) sealed: Vec<u8>,
    pub(crate) by: UserId,
    pub(crate) at: Timestamp,
}

/// Attaches a file; false where there are as many as there may be.
pub(crate) async fn attach(tx: &mut Tx, new: NewAttachment, most: i64) -> Result<bool, DbError> {
    let files: Option<(i64,)> = tx.fetch_optional(COUNT_FILES, args![new.case]).await?;
    if files.is_none_or(|(files,)| files >= most) {
        return Ok(false);
    }
    let args = args![
        new.id,
        new.case,
        new.name,
        new.kind,
        new.size,
        new.sealed,
        new.by.uuid(),
        new.at
    ];
    tx.execute(ATTACH, args).await?;
    Ok(true)
}
