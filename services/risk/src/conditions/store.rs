//! The SQL of conditions.

use contracts::identity::{OrgId, UserId};
use contracts::payments::WalletId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// id, org, no, kind of subject, subject, other, side, kind, reason, author, starts, expires,
    /// now.
    INSERT = "INSERT INTO conditions (id, org, no, subject_kind, subject, other, side, kind, reason, author, starts_at, expires_at,
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    /// org, id -> [`ConditionRow`].
    ONE = "SELECT id, no, subject_kind, subject, other, side, kind, reason, author, second, approved_at, starts_at, expires_at,
        created_at, end_proposed_by, ended_by, ended_at, end_reason FROM conditions WHERE org = $1 AND id = $2";
    /// org, before, subject or empty, whether all, now, limit -> [`ConditionRow`]s, the newest
    /// first.
    PAGE = "SELECT id, no, subject_kind, subject, other, side, kind, reason, author, second, approved_at, starts_at, expires_at,
        created_at, end_proposed_by, ended_by, ended_at, end_reason FROM conditions
        WHERE org = $1 AND no < $2 AND (CAST($3 AS TEXT) = '' OR subject = $3 OR other = $3)
        AND (CAST($4 AS BIGINT) = 1 OR (ended_at IS NULL AND (expires_at IS NULL OR expires_at > $5)))
        ORDER BY no DESC LIMIT $6";
    /// org, after, now, limit -> [`ConditionRow`]s that count now or will.
    LIVE = "SELECT id, no, subject_kind, subject, other, side, kind, reason, author, second, approved_at, starts_at, expires_at,
        created_at, end_proposed_by, ended_by, ended_at, end_reason FROM conditions
        WHERE org = $1 AND no > $2 AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > $3)
        AND (kind <> 'block_hard' OR second IS NOT NULL) ORDER BY no LIMIT $4";
    /// org, now -> how many are not over.
    HOW_MANY = "SELECT count(*) FROM conditions WHERE org = $1 AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    /// org, id, by, now: no row where it does not wait for somebody else.
    APPROVE = "UPDATE conditions SET second = $3, approved_at = $4
        WHERE org = $1 AND id = $2 AND kind = 'block_hard' AND second IS NULL AND ended_at IS NULL AND author <> $3";
    /// org, id, by, reason: no row where somebody has proposed it, or it has ended.
    PROPOSE_END = "UPDATE conditions SET end_proposed_by = $3, end_reason = $4
        WHERE org = $1 AND id = $2 AND ended_at IS NULL AND end_proposed_by IS NULL";
    /// org, id, by, reason, now: no row where it has ended, or is a hard block in force that nobody
    /// else wants to end.
    END = "UPDATE conditions SET ended_by = $3, end_reason = $4, ended_at = $5
        WHERE org = $1 AND id = $2 AND ended_at IS NULL
        AND (kind <> 'block_hard' OR second IS NULL OR (end_proposed_by IS NOT NULL AND end_proposed_by <> $3))";
    /// org, wallet -> owner.
    OWNER = "SELECT user_id FROM wallet_owners WHERE org = $1 AND wallet = $2";
}

/// A condition.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct ConditionRow {
    pub(crate) id: Uuid,
    pub(crate) no: i64,
    pub(crate) subject_kind: String,
    pub(crate) subject: String,
    pub(crate) other: String,
    pub(crate) side: String,
    pub(crate) kind: String,
    pub(crate) reason: String,
    pub(crate) author: Uuid,
    pub(crate) second: Option<Uuid>,
    pub(crate) approved_at: Option<i64>,
    pub(crate) starts_at: i64,
    pub(crate) expires_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) end_proposed_by: Option<Uuid>,
    pub(crate) ended_by: Option<Uuid>,
    pub(crate) ended_at: Option<i64>,
    pub(crate) end_reason: Option<String>,
}

pub(crate) async fn insert(tx: &mut Tx, org: OrgId, row: &ConditionRow) -> Result<(), DbError> {
    let args = args![
        row.id,
        org.0,
        row.no,
        row.subject_kind.as_str(),
        row.subject.as_str(),
        row.other.as_str(),
        row.side.as_str(),
        row.kind.as_str(),
        row.reason.as_str(),
        row.author,
        row.starts_at,
        row.expires_at,
        row.created_at
    ];
    tx.execute(INSERT, args).await?;
    Ok(())
}

pub(crate) async fn one(db: &Db, org: OrgId, id: Uuid) -> Result<Option<ConditionRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, id]).await
}

/// Which conditions are listed.
pub(crate) struct Which<'a> {
    /// About this id or token; empty: about anything.
    pub(crate) subject: &'a str,
    /// Also those that are over.
    pub(crate) all: bool,
}

/// Conditions before a place, the newest first.
pub(crate) async fn page(
    db: &Db,
    org: OrgId,
    (before, limit): (i64, i64),
    which: &Which<'_>,
    now: Timestamp,
) -> Result<Vec<ConditionRow>, DbError> {
    let all = i64::from(which.all);
    let args = args![org.0, before, which.subject, all, now, limit];
    db.fetch_all(PAGE, args).await
}

/// Conditions after a place that count now or will.
pub(crate) async fn live(
    db: &Db,
    org: OrgId,
    after: i64,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<ConditionRow>, DbError> {
    db.fetch_all(LIVE, args![org.0, after, now, limit]).await
}

/// How many are not over.
pub(crate) async fn how_many(tx: &mut Tx, org: OrgId, now: Timestamp) -> Result<i64, DbError> {
    let found: Option<(i64,)> = tx.fetch_optional(HOW_MANY, args![org.0, now]).await?;
    Ok(found.map_or(0, |(count,)| count))
}

/// Approves a hard block; false where it does not wait for them.
pub(crate) async fn approve(
    tx: &mut Tx,
    (org, id): (OrgId, Uuid),
    by: UserId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let changed = tx.execute(APPROVE, args![org.0, id, by.uuid(), now]);
    Ok(changed.await? > 0)
}

/// Somebody wants to end a hard block; false where somebody did before, or it has ended.
pub(crate) async fn propose_end(
    tx: &mut Tx,
    (org, id): (OrgId, Uuid),
    by: UserId,
    reason: &str,
) -> Result<bool, DbError> {
    let changed = tx.execute(PROPOSE_END, args![org.0, id, by.uuid(), reason]);
    Ok(changed.await? > 0)
}

/// Ends a condition; false where it has ended, or somebody else has to want it first.
pub(crate) async fn end(
    tx: &mut Tx,
    (org, id): (OrgId, Uuid),
    by: UserId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let changed = tx.execute(END, args![org.0, id, by.uuid(), reason, now]);
    Ok(changed.await? > 0)
}

/// Whose a wallet is, as far as risk has heard.
pub(crate) async fn owner(
    db: &Db,
    org: OrgId,
    wallet: WalletId,
) -> Result<Option<UserId>, DbError> {
    let args = args![org.0, wallet.uuid()];
    let found: Option<(Uuid,)> = db.fetch_optional(OWNER, args).await?;
    Ok(found.map(|(owner,)| UserId(owner)))
}
