//! The SQL of what time does to cases.

use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::{CaseRow, select};
use crate::decisions::store::DecisionRow;

statements! {
    /// now, limit -> [`CaseRow`]s whose priority rises.
    RISING = select!("cases c WHERE c.closed_at IS NULL AND c.rises_at IS NOT NULL AND c.rises_at <= $1 ORDER BY c.rises_at LIMIT $2");
    /// id, when it was to rise, priority, next time: nothing where another node did it.
    RISE = "UPDATE cases SET priority = CASE WHEN pinned = 1 OR priority > $3 THEN priority ELSE $3 END, rises_at = $4
        WHERE id = $1 AND closed_at IS NULL AND rises_at = $2";
    /// now -> ids of those that slept long enough.
    WAKE = "UPDATE cases SET snoozed_until = NULL, revision = revision + 1 WHERE closed_at IS NULL AND snoozed_until <= $1 RETURNING id";
    /// limit -> [`CaseRow`]s with a decision that was not carried out to its end.
    UNDER_WAY = select!("cases c WHERE c.closed_at IS NULL AND c.under_way IS NOT NULL ORDER BY c.id LIMIT $1");
    /// before, limit -> rows of transactions that wait for somebody and have no open case.
    WITHOUT_CASE = "SELECT d.transaction_id, d.org, d.decision, d.facts, d.status, d.first_sequence, d.counted, d.kind, d.amount_minor,
        d.currency, d.payer, d.payee, d.from_wallet, d.to_wallet, d.instrument, d.made_by, d.created_at FROM decisions d
        WHERE d.status IN (2, 5) AND d.created_at < $1 AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.transaction_id = d.transaction_id
            AND c.closed_at IS NULL AND c.queue = CASE WHEN d.status = 2 THEN 'transactions' ELSE 'unresolved' END)
        ORDER BY d.created_at LIMIT $2";
    /// now -> [`FigureRow`]s, by queue.
    FIGURES = "SELECT queue, COUNT(*) AS open, CAST(COALESCE(SUM(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END), 0) AS BIGINT) AS overdue,
        MIN(opened_at) AS oldest FROM cases WHERE closed_at IS NULL GROUP BY queue ORDER BY queue";
    /// before day, how many.
    DELETE_OUTCOMES = "DELETE FROM rule_outcomes
        WHERE (org, rule, day) IN (SELECT org, rule, day FROM rule_outcomes WHERE day < $1 LIMIT $2)";
    /// head of what is sealed with the newest key -> ids of files with other keys.
    SEALED_BEFORE = "SELECT id FROM case_attachments WHERE substr(sealed, 1, 9) <> $1 ORDER BY id";
    /// id -> sealed.
    SEALED = "SELECT sealed FROM case_attachments WHERE id = $1";
    /// id, sealed before, sealed now.
    SEAL_ANEW = "UPDATE case_attachments SET sealed = $3 WHERE id = $1 AND sealed = $2";
}

/// How many cases of a queue are open.
#[derive(Debug, FromRow)]
pub(crate) struct FigureRow {
    pub(crate) queue: String,
    pub(crate) open: i64,
    pub(crate) overdue: i64,
    pub(crate) oldest: Option<i64>,
}

/// Cases whose priority rises.
pub(crate) async fn rising(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<CaseRow>, DbError> {
    tx.fetch_all(RISING, args![now, limit]).await
}

/// The priority of a case rises with time; false where another node did it.
pub(crate) async fn rise(
    tx: &mut Tx,
    row: &CaseRow,
    priority: i64,
    next: Option<Timestamp>,
) -> Result<bool, DbError> {
    let args = args![row.id, row.rises_at, priority, next];
    Ok(tx.execute(RISE, args).await? > 0)
}

/// Wakes the cases whose time has come.
pub(crate) async fn wake(tx: &mut Tx, now: Timestamp) -> Result<Vec<(Uuid,)>, DbError> {
    tx.fetch_all(WAKE, args![now]).await
}

/// Cases with a decision that was not carried out to its end.
pub(crate) async fn under_way(db: &Db, limit: i64) -> Result<Vec<CaseRow>, DbError> {
    db.fetch_all(UNDER_WAY, args![limit]).await
}

/// Transactions that wait for somebody, were made before then, and have no case.
pub(crate) async fn without_case(
    tx: &mut Tx,
    before: Timestamp,
    limit: i64,
) -> Result<Vec<DecisionRow>, DbError> {
    tx.fetch_all(WITHOUT_CASE, args![before, limit]).await
}

/// By queue, how many are open.
pub(crate) async fn figures(db: &Db, now: Timestamp) -> Result<Vec<FigureRow>, DbError> {
    db.fetch_all(FIGURES, args![now]).await
}

pub(crate) async fn delete_outcomes(db: &Db, before: i64) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_OUTCOMES, args![before]).await
}

/// Files that are sealed with a key that is not the newest.
pub(crate) async fn sealed_before(db: &Db, head: Vec<u8>) -> Result<Vec<(Uuid,)>, DbError> {
    db.fetch_all(SEALED_BEFORE, args![head]).await
}

pub(crate) async fn sealed(db: &Db, id: Uuid) -> Result<Option<(Vec<u8>,)>, DbError> {
    db.fetch_optional(SEALED, args![id]).await
}

/// Puts what was sealed anew in the place of what was there.
pub(crate) async fn seal_anew(
    db: &Db,
    (id, before): (Uuid, Vec<u8>),
    anew: Vec<u8>,
) -> Result<(), DbError> {
    db.execute(SEAL_ANEW, args![id, before, anew]).await?;
    Ok(())
}
