//! The SQL of breakers.

use contracts::identity::OrgId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use values::Timestamp;

statements! {
    /// org, rule, state: of a rule in effect. One that is in shadow stays as it is.
    KEEP = "INSERT INTO breakers (org, rule, state) VALUES ($1, $2, $3)
        ON CONFLICT (org, rule) DO UPDATE SET state = excluded.state WHERE breakers.tripped_at IS NULL";
    /// org, rule, state, tripped: no row where it is in shadow already.
    TRIP = "INSERT INTO breakers (org, rule, state, tripped_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (org, rule) DO UPDATE SET state = excluded.state, tripped_at = excluded.tripped_at
        WHERE breakers.tripped_at IS NULL";
    /// org -> [`BreakerRow`]s of rules in shadow.
    TRIPPED = "SELECT rule, state FROM breakers WHERE org = $1 AND tripped_at IS NOT NULL ORDER BY rule";
    /// org -> [`BreakerRow`]s.
    OF_ORG = "SELECT rule, state FROM breakers WHERE org = $1 ORDER BY rule";
    /// org, rule, state before, state: no row where somebody has changed it.
    PROPOSE = "UPDATE breakers SET state = $4 WHERE org = $1 AND rule = $2 AND state = $3";
    /// org, rule, state before: no row where somebody has changed it.
    REARM = "DELETE FROM breakers WHERE org = $1 AND rule = $2 AND state = $3";
    /// org, rule.
    FORGET = "DELETE FROM breakers WHERE org = $1 AND rule = $2";
}

/// A breaker: the code of its rule, and JSON.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct BreakerRow {
    pub(crate) rule: String,
    pub(crate) state: String,
}

/// Keeps what a breaker has counted whose rule is in effect.
pub(crate) async fn keep(tx: &mut Tx, org: OrgId, row: &BreakerRow) -> Result<(), DbError> {
    let args = args![org.0, row.rule.as_str(), row.state.as_str()];
    tx.execute(KEEP, args).await?;
    Ok(())
}

/// A breaker has tripped; false where that is known.
pub(crate) async fn trip(
    tx: &mut Tx,
    org: OrgId,
    row: &BreakerRow,
    at: Timestamp,
) -> Result<bool, DbError> {
    let args = args![org.0, row.rule.as_str(), row.state.as_str(), at];
    Ok(tx.execute(TRIP, args).await? > 0)
}

/// Those that have tripped.
pub(crate) async fn tripped(db: &Db, org: OrgId) -> Result<Vec<BreakerRow>, DbError> {
    db.fetch_all(TRIPPED, args![org.0]).await
}

/// All of an organisation.
pub(crate) async fn of_org(db: &Db, org: OrgId) -> Result<Vec<BreakerRow>, DbError> {
    db.fetch_all(OF_ORG, args![org.0]).await
}

/// Somebody wants a rule back in effect; false where somebody has changed its breaker meanwhile.
pub(crate) async fn propose(
    tx: &mut Tx,
    org: OrgId,
    before: &BreakerRow,
    state: &str,
) -> Result<bool, DbError> {
    let args = args![org.0, before.rule.as_str(), before.state.as_str(), state];
    Ok(tx.execute(PROPOSE, args).await? > 0)
}

/// A rule is back in effect; false where somebody has changed its breaker meanwhile.
pub(crate) async fn rearm(tx: &mut Tx, org: OrgId, before: &BreakerRow) -> Result<bool, DbError> {
    let args = args![org.0, before.rule.as_str(), before.state.as_str()];
    Ok(tx.execute(REARM, args).await? > 0)
}

/// Forgets what was counted of a rule that is another now, and that it was in shadow.
pub(crate) async fn forget(tx: &mut Tx, org: OrgId, rule: &str) -> Result<(), DbError> {
    tx.execute(FORGET, args![org.0, rule]).await?;
    Ok(())
}
