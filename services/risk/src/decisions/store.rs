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
        ON CONFLICT (transaction_id) DO UPDATE SET id = excluded.id, decision = excluded.decision, facts = excluded.facts";
    /// transaction, org, status, sequence, counted, kind, amount, currency, payer, payee, from, to,
    /// instrument, made by, created.
    /// Of an event that was handled before nothing follows.
    TELL = "INSERT INTO decisions (transaction_id, org, status, first_sequence, sequence, counted, kind, amount_minor, currency, payer,
        payee, from_wallet, to_wallet, instrument, made_by, created_at)
        VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (transaction_id) DO UPDATE SET status = excluded.status, sequence = excluded.sequence,
        first_sequence = COALESCE(decisions.first_sequence, excluded.first_sequence),
        counted = COALESCE(decisions.counted, excluded.counted), kind = excluded.kind, amount_minor = excluded.amount_minor,
        currency = excluded.currency, payer = excluded.payer, payee = excluded.payee, from_wallet = excluded.from_wallet,
        to_wallet = excluded.to_wallet, instrument = excluded.instrument, made_by = excluded.made_by, created_at = excluded.created_at
        WHERE decisions.sequence IS NULL OR decisions.sequence < excluded.sequence";
    /// after -> the next organisation of which transactions are known.
    NEXT_ORG = "SELECT MIN(org) FROM decisions WHERE org > $1 AND first_sequence IS NOT NULL";
    /// org, payer, payee.
    PAIR = "INSERT INTO paid_pairs (org, payer, payee) VALUES ($1, $2, $3) ON CONFLICT (org, payer, payee) DO NOTHING";
    /// after org, payer, payee, limit -> pairs.
    PAIRS = "SELECT org, payer, payee FROM paid_pairs WHERE (org, payer, payee) > ($1, $2, $3) ORDER BY org, payer, payee LIMIT $4";
    /// org, id -> [`DecisionRow`].
    ONE = "SELECT transaction_id, org, decision, facts, status, first_sequence, counted, kind, amount_minor, currency, payer, payee,
        from_wallet, to_wallet, instrument, made_by, created_at FROM decisions WHERE org = $1 AND id = $2";
    /// org, after, since, limit -> [`DecisionRow`]s of transactions that were made, in their order.
    IN_ORDER = "SELECT transaction_id, org, decision, facts, status, first_sequence, counted, kind, amount_minor, currency, payer, payee,
        from_wallet, to_wallet, instrument, made_by, created_at FROM decisions
        WHERE org = $1 AND first_sequence > $2 AND created_at >= $3 ORDER BY first_sequence LIMIT $4";
    /// after, limit -> transaction, decision: of all.
    ALL_DECISIONS = "SELECT transaction_id, decision FROM decisions WHERE transaction_id > $1 ORDER BY transaction_id LIMIT $2";
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
    pub(crate) decision: Option<String>,
    pub(crate) facts: Option<String>,
    pub(crate) status: Option<i64>,
    pub(crate) first_sequence: Option<i64>,
    pub(crate) counted: Option<i64>,
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
pub(crate) struct NewDecision {
    pub(crate) transaction: Uuid,
    pub(crate) org: OrgId,
    pub(crate) id: DecisionId,
    /// JSON.
    pub(crate) decision: String,
    /// JSON.
    pub(crate) facts: String,
    pub(crate) created_at: Timestamp,
}

/// Writes a decision that was made.
pub(crate) async fn decide(tx: &mut Tx, new: NewDecision) -> Result<(), DbError> {
    let args = args![
        new.transaction,
        new.org.0,
        new.id.uuid(),
        new.decision,
        new.facts,
        new.created_at
    ];
    tx.execute(DECIDE, args).await?;
    Ok(())
}

/// What the feed tells of a transaction, at its place there.
pub(crate) async fn tell(tx: &mut Tx, row: DecisionRow) -> Result<(), DbError> {
    let args: Vec<Arg> = args![
        row.transaction_id,
        row.org,
        row.status,
        row.first_sequence,
        row.counted,
        row.kind,
        row.amount_minor,
        row.currency,
        row.payer,
        row.payee,
        row.from_wallet,
        row.to_wallet,
        row.instrument,
        row.made_by,
        row.created_at
    ];
    tx.execute(TELL, args).await?;
    Ok(())
}

/// The next organisation after one of which transactions are known.
pub(crate) async fn next_org(db: &Db, after: i64) -> Result<Option<i64>, DbError> {
    let next: Option<(Option<i64>,)> = db.fetch_optional(NEXT_ORG, args![after]).await?;
    Ok(next.and_then(|(org,)| org))
}

/// Somebody has paid somebody.
pub(crate) async fn pair(tx: &mut Tx, org: OrgId, payer: Uuid, payee: Uuid) -> Result<(), DbError> {
    tx.execute(PAIR, args![org.0, payer, payee]).await?;
    Ok(())
}

/// Who has paid whom, after a pair.
pub(crate) async fn pairs(
    db: &Db,
    (org, payer, payee): (i64, Uuid, Uuid),
    limit: i64,
) -> Result<Vec<(i64, Uuid, Uuid)>, DbError> {
    db.fetch_all(PAIRS, args![org, payer, payee, limit]).await
}

pub(crate) async fn one(
    db: &Db,
    org: OrgId,
    id: DecisionId,
) -> Result<Option<DecisionRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, id.uuid()]).await
}

/// The transactions of an organisation that were made since a time, after a place in the feed.
pub(crate) async fn in_order(
    db: &Db,
    org: OrgId,
    after: i64,
    since: Timestamp,
    limit: i64,
) -> Result<Vec<DecisionRow>, DbError> {
    db.fetch_all(IN_ORDER, args![org.0, after, since, limit])
        .await
}

/// What was decided of transactions after one.
pub(crate) async fn all(
    db: &Db,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, Option<String>)>, DbError> {
    db.fetch_all(ALL_DECISIONS, args![after, limit]).await
}

pub(crate) async fn delete_before(db: &Db, before: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_BEFORE, args![before]).await
}

/// How far a consumer has come.
pub(crate) async fn position(db: &Db, consumer: &str, feed: &str) -> Result<i64, DbError> {
    let row: Option<(i64,)> = db.fetch_optional(POSITION, args![consumer, feed]).await?;
    Ok(row.map_or(0, |(position,)| position))
}
