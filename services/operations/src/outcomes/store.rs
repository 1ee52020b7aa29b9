//! The SQL of how many transactions ended how.

use contracts::identity::OrgId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;

use super::Outcomes;

statements! {
    /// org, minute, completed, failed, declined.
    ADD = "INSERT INTO outcomes (org, minute, completed, failed, declined) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (org, minute) DO UPDATE SET completed = outcomes.completed + excluded.completed,
        failed = outcomes.failed + excluded.failed, declined = outcomes.declined + excluded.declined";
    /// the first minute, the minute behind the last -> [`SumRow`] of each organisation.
    BETWEEN = "SELECT org, CAST(SUM(completed) AS BIGINT) AS completed, CAST(SUM(failed) AS BIGINT) AS failed,
        CAST(SUM(declined) AS BIGINT) AS declined FROM outcomes WHERE minute >= $1 AND minute < $2 GROUP BY org ORDER BY org";
    /// the first minute that is kept, how many.
    DELETE_BEFORE = "DELETE FROM outcomes
        WHERE (org, minute) IN (SELECT org, minute FROM outcomes WHERE minute < $1 LIMIT $2)";
}

#[derive(Debug, FromRow)]
struct SumRow {
    org: i64,
    completed: i64,
    failed: i64,
    declined: i64,
}

/// Adds what ended in a minute.
pub(crate) async fn add(
    tx: &mut Tx,
    (org, minute): (OrgId, i64),
    counted: Outcomes,
) -> Result<(), DbError> {
    let Outcomes {
        completed,
        failed,
        declined,
    } = counted;
    let args = args![org.0, minute, completed, failed, declined];
    tx.execute(ADD, args).await?;
    Ok(())
}

/// What ended from one minute on and before another, by organisation.
pub(crate) async fn between(
    db: &Db,
    from: i64,
    before: i64,
) -> Result<Vec<(OrgId, Outcomes)>, DbError> {
    let rows: Vec<SumRow> = db.fetch_all(BETWEEN, args![from, before]).await?;
    let of = |row: SumRow| {
        let outcomes = Outcomes {
            completed: row.completed,
            failed: row.failed,
            declined: row.declined,
        };
        (OrgId(row.org), outcomes)
    };
    Ok(rows.into_iter().map(of).collect())
}

/// Forgets what ended before a minute.
pub(crate) async fn delete_before(db: &Db, minute: i64) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_BEFORE, args![minute]).await
}
