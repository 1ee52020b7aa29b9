//! The SQL of decisions.

use contracts::identity::OrgId;
use contracts::risk::DecisionId;
use db::{Arg, Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// transaction, org, id, decision, facts, created. What the feed has told of it stays.
    DECIDE = "INSERT INTO decisions (transaction_id, org, id, decision, facts, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (transaction_id) DO UPDATE SET id = COALESCE(decisions.id, excluded.id),
        decision = COALESCE(decisions.decision, excluded.decision), facts = excluded.facts
        WHERE decisions.id IS NULL OR decisions.id = excluded.id";
    /// transaction, org, id, decision, status, sequence, kind, amount, currency, payer, payee, from, to, instrument, made by,
    /// created. Of an event that was handled before nothing follows.
    TELL = "INSERT INTO decisions (transaction_id, org, id, decision, status, sequence, kind, amount_minor, currency, payer, payee,
        from_wallet, to_wallet, instrument, made_by, created_at)
        VALUES ($1, $2, $3, CAST($4 AS TEXT), $5, $6, $7, $8, $9, $10, $11,
        $12, $13, CAST($14 AS TEXT), $15, $16)
        ON CONFLICT (transaction_id) DO UPDATE SET id = COALESCE(excluded.id, decisions.id),
        decision = COALESCE(excluded.decision, decisions.decision), status = excluded.status, sequence = excluded.sequence,
        kind = excluded.kind, amount_minor = excluded.amount_minor, currency = excluded.currency, payer = excluded.payer,
        payee = excluded.payee, from_wallet = excluded.from_wallet, to_wallet = excluded.to_wallet, instrument = excluded.instrument,
        made_by = excluded.made_by, created_at = excluded.created_at
        WHERE decisions.sequence IS NULL OR decisions.sequence < excluded.sequence";
    /// org, id -> [`DecisionRow`].
    ONE = "SELECT transaction_id, org, id, decision, facts, status, sequence, kind, amount_minor, currency, payer, payee, from_wallet,
        to_wallet, instrument, made_by, created_at FROM decisions WHERE org = $1 AND id = $2";
    /// since, after created, after transaction, limit -> [`DecisionRow`]s of transactions that were made, of all organisations.
    SINCE = "SELECT transaction_id, org, id, decision, facts, status, sequence, kind, amount_minor, currency, payer, payee, from_wallet,
        to_wallet, instrument, made_by, created_at FROM decisions
        WHERE created_at >= $1 AND (created_at, transaction_id) > ($2, $3) AND status IS NOT NULL
        ORDER BY created_at, transaction_id LIMIT $4";
    /// org, since, after created, after transaction, limit -> the same of one organisation.
    OF_ORG = "SELECT transaction_id, org, id, decision, facts, status, sequence, kind, amount_minor, currency, payer, payee, from_wallet,
        to_wallet, instrument, made_by, created_at FROM decisions
        WHERE org = $1 AND created_at >= $2 AND (created_at, transaction_id) > ($3, $4) AND status IS NOT NULL
        ORDER BY created_at, transaction_id LIMIT $5";
    /// before, how many.
    DELETE_BEFORE = "DELETE FROM decisions
        WHERE transaction_id IN (SELECT transaction_id FROM decisions WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
    /// consumer, feed -> position.
    POSITION = "SELECT position FROM consumers WHERE name = $1 AND feed = $2";
}

/// A decision, and what became of its transaction.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct DecisionRow {
    pub(crate) transaction_id: Uuid,
    pub(crate) org: i64,
    pub(crate) id: Option<Uuid>,
    pub(crate) decision: Option<String>,
    pub(crate) facts: Option<String>,
    pub(crate) status: Option<i64>,
    pub(crate) sequence: Option<i64>,
    pub(crate) kind: Option<i64>,
    pub(crate) amount_minor: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) payer: Option<Uuid>,
    pub(crate) payee: Option<Uuid>,
    pub(crate) from_wallet: Option<Uuid>,
    pub(crate) to_wallet: Option<Uuid>,
    pub(crate) instrument: Option<String>,
    pub(crate) made_by: Option<Uuid>,
    pub(crate) created_at: i64,
}

/// A decision that was made here.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) transaction: Uuid,
    pub(crate) org: OrgId,
    pub(crate) id: DecisionId,
    /// JSON.
    pub(crate) decision: String,
    /// JSON.
    pub(crate) facts: String,
    pub(crate) created_at: Timestamp,
}

/// Writes decisions that were made, in one transaction.
pub(crate) async fn decide(db: &Db, decided: &[Decided]) -> Result<(), DbError> {
    let mut tx = db.begin_unsynced().await?;
    for one in decided {
        let args = args![
            one.transaction,
            one.org.0,
            one.id.uuid(),
            one.decision.as_str(),
            one.facts.as_str(),
            one.created_at
        ];
        tx.execute(DECIDE, args).await?;
    }
    tx.commit().await
}

/// What the feed tells of a transaction.
pub(crate) async fn tell(tx: &mut Tx, row: &DecisionRow) -> Result<(), DbError> {
    let args: Vec<Arg> = args![
        row.transaction_id,
        row.org,
        row.id,
        row.decision.clone(),
        row.status,
        row.sequence,
        row.kind,
        row.amount_minor,
        row.currency.clone(),
        row.payer,
        row.payee,
        row.from_wallet,
        row.to_wallet,
        row.instrument.clone(),
        row.made_by,
        row.created_at
    ];
    tx.execute(TELL, args).await?;
    Ok(())
}

pub(crate) async fn one(
    db: &Db,
    org: OrgId,
    id: DecisionId,
) -> Result<Option<DecisionRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, id.uuid()]).await
}

/// Where a walk over decisions goes on: time and transaction of the last.
pub(crate) type Place = (i64, Uuid);

/// The first place.
pub(crate) const FIRST: Place = (i64::MIN, Uuid::nil());

/// Decisions since a time, after a place, the oldest first.
pub(crate) async fn since(
    db: &Db,
    since: Timestamp,
    (at, transaction): Place,
    limit: i64,
) -> Result<Vec<DecisionRow>, DbError> {
    let args = args![since, at, transaction, limit];
    db.fetch_all(SINCE, args).await
}

/// The same of one organisation.
pub(crate) async fn of_org(
    db: &Db,
    org: OrgId,
    since: Timestamp,
    (at, transaction): Place,
    limit: i64,
) -> Result<Vec<DecisionRow>, DbError> {
    let args = args![org.0, since, at, transaction, limit];
    db.fetch_all(OF_ORG, args).await
}

pub(crate) async fn delete_before(db: &Db, before: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_BEFORE, args![before]).await
}

/// How far a consumer has come.
pub(crate) async fn position(db: &Db, consumer: &str, feed: &str) -> Result<i64, DbError> {
    let row: Option<(i64,)> = db.fetch_optional(POSITION, args![consumer, feed]).await?;
    Ok(row.map_or(0, |(position,)| position))
}
