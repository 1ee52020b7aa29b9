//! The SQL of whose turn it is: a node claims an endpoint, sends what is due, and writes down what
//! came of it as long as the claim is its own.

use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::{DAY, Timestamp};

use crate::webhooks::endpoint::{Health, WebhookEndpointId};

statements! {
    /// now, a time that no claim reaches, limit -> ids of endpoints that nobody has claimed and to
    /// which something is due, those first that were served longest ago.
    READY = "SELECT e.id FROM webhook_endpoints e
        WHERE e.disabled IS NULL AND e.paused = 0 AND (e.not_before IS NULL OR e.not_before <= $1)
        AND (e.claimed_until IS NULL OR e.claimed_until <= $1 OR e.claimed_until > $2)
        AND EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint = e.id AND d.next_at <= $1)
        ORDER BY e.served_at, e.id LIMIT $3";
    /// id, now, a time that no claim reaches, claim, until.
    CLAIM = "UPDATE webhook_endpoints SET claim = $4, claimed_until = $5
        WHERE id = $1 AND disabled IS NULL AND paused = 0 AND (not_before IS NULL OR not_before <= $2)
        AND (claimed_until IS NULL OR claimed_until <= $2 OR claimed_until > $3)";
    /// id, claim, until, failures, since, error, not before.
    NOTE = "UPDATE webhook_endpoints SET claimed_until = $3, failures = $4, failing_since = $5, last_error = $6, not_before = $7
        WHERE id = $1 AND claim = $2";
    /// id, claim, now.
    RELEASE = "UPDATE webhook_endpoints SET claim = NULL, claimed_until = NULL, served_at = $3 WHERE id = $1 AND claim = $2";
    /// endpoint, now, limit -> [`DueRow`], in the order in which they are sent.
    DUE = "SELECT id, event, subject, body, attempts, tries FROM webhook_deliveries
        WHERE endpoint = $1 AND next_at <= $2 ORDER BY next_at, sequence, id LIMIT $3";
    /// id, status, attempts, tries, next, ended.
    ATTEMPTED = "UPDATE webhook_deliveries SET status = $2, attempts = $3, tries = $4, next_at = $5, ended_at = $6 WHERE id = $1";
    /// delivery, number, at, duration, url, headers, status, headers of the answer, its body,
    /// error.
    INSERT_ATTEMPT = "INSERT INTO webhook_attempts
        (delivery, number, at, duration_ms, url, request_headers, status, response_headers, response_body, error)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// after, limit, only this one or all -> [`QueueRow`] of endpoints that are enabled, by their
    /// ids.
    QUEUES = "SELECT e.id, e.paused, e.last_error,
        (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint = e.id AND d.next_at IS NOT NULL) AS depth,
        (SELECT min(d.created_at) FROM webhook_deliveries d WHERE d.endpoint = e.id AND d.next_at IS NOT NULL) AS oldest,
        (SELECT count(*) FROM webhook_deliveries d WHERE d.endpoint = e.id AND d.status = 'failed') AS given_up
        FROM webhook_endpoints e WHERE e.disabled IS NULL AND e.id > $1 AND (e.id = $3 OR $3 IS NULL) ORDER BY e.id LIMIT $2";
    /// -> [`TotalRow`] of all of them.
    TOTAL = "SELECT count(*) AS depth, min(d.created_at) AS oldest,
        (SELECT count(*) FROM webhook_deliveries f JOIN webhook_endpoints e ON e.id = f.endpoint
            WHERE f.status = 'failed' AND e.disabled IS NULL) AS given_up,
        (SELECT count(*) FROM webhook_endpoints WHERE paused = 1 AND disabled IS NULL) AS paused
        FROM webhook_deliveries d WHERE d.next_at IS NOT NULL";
}

/// No claim lasts for so long: one that seems to was made by a clock that was ahead.
const NEVER: i64 = DAY;

/// What is to be sent.
#[derive(Debug, FromRow)]
pub(crate) struct DueRow {
    pub(crate) id: Uuid,
    pub(crate) event: Uuid,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) attempts: i64,
    pub(crate) tries: i64,
}

/// What waits for an endpoint.
#[derive(Debug, FromRow)]
pub(crate) struct QueueRow {
    pub(crate) id: Uuid,
    pub(crate) paused: i64,
    pub(crate) last_error: Option<String>,
    pub(crate) depth: i64,
    pub(crate) oldest: Option<i64>,
    pub(crate) given_up: i64,
}

/// What waits for all endpoints.
#[derive(Debug, FromRow)]
pub(crate) struct TotalRow {
    pub(crate) depth: i64,
    pub(crate) oldest: Option<i64>,
    pub(crate) given_up: i64,
    pub(crate) paused: i64,
}

/// A claim of this node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) endpoint: WebhookEndpointId,
    pub(crate) name: Uuid,
}

/// Endpoints that wait for their turn.
pub(crate) async fn ready(
    db: &Db,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<WebhookEndpointId>, DbError> {
    let args = args![now, now.plus(NEVER), limit];
    let found: Vec<(Uuid,)> = db.fetch_all(READY, args).await?;
    Ok(found
        .into_iter()
        .map(|(id,)| WebhookEndpointId(id))
        .collect())
}

/// Whether the endpoint is this node's now.
pub(crate) async fn claim(
    db: &Db,
    claim: Claim,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, DbError> {
    let args = args![
        claim.endpoint.uuid(),
        now,
        now.plus(NEVER),
        claim.name,
        until
    ];
    Ok(db.execute(CLAIM, args).await? == 1)
}

/// Writes down how the endpoint fares; whether it is still this node's.
pub(crate) async fn note(
    tx: &mut Tx,
    claim: Claim,
    until: Timestamp,
    health: &Health,
) -> Result<bool, DbError> {
    let args = args![
        claim.endpoint.uuid(),
        claim.name,
        until,
        health.failures,
        health.failing_since,
        health.last_error.clone(),
        health.not_before
    ];
    Ok(tx.execute(NOTE, args).await? == 1)
}

pub(crate) async fn release(db: &Db, claim: Claim, now: Timestamp) -> Result<(), DbError> {
    let args = args![claim.endpoint.uuid(), claim.name, now];
    db.execute(RELEASE, args).await?;
    Ok(())
}

/// What is due, in the order in which it is sent.
pub(crate) async fn due(
    db: &Db,
    endpoint: WebhookEndpointId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<DueRow>, DbError> {
    db.fetch_all(DUE, args![endpoint.uuid(), now, limit]).await
}

/// How a delivery stands after an attempt.
pub(crate) struct After {
    pub(crate) status: &'static str,
    pub(crate) attempts: i64,
    pub(crate) tries: i64,
    pub(crate) next_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
}

pub(crate) async fn attempted(tx: &mut Tx, delivery: Uuid, after: &After) -> Result<(), DbError> {
    let args = args![
        delivery,
        after.status,
        after.attempts,
        after.tries,
        after.next_at,
        after.ended_at
    ];
    tx.execute(ATTEMPTED, args).await?;
    Ok(())
}

/// An attempt to be written down.
pub(crate) struct NewAttempt<'a> {
    pub(crate) delivery: Uuid,
    pub(crate) number: i64,
    pub(crate) at: Timestamp,
    pub(crate) duration_ms: i64,
    pub(crate) url: &'a str,
    pub(crate) request_headers: &'a str,
    pub(crate) status: Option<u16>,
    pub(crate) response_headers: Option<String>,
    pub(crate) response_body: Option<String>,
    pub(crate) error: Option<String>,
}

pub(crate) async fn insert_attempt(tx: &mut Tx, new: NewAttempt<'_>) -> Result<(), DbError> {
    let args = args![
        new.delivery,
        new.number,
        new.at,
        new.duration_ms,
        new.url,
        new.request_headers,
        new.status.map(i64::from),
        new.response_headers,
        new.response_body,
        new.error
    ];
    tx.execute(INSERT_ATTEMPT, args).await?;
    Ok(())
}

/// What waits for endpoints after an id, or for one.
pub(crate) async fn queues(
    db: &Db,
    after: Uuid,
    limit: i64,
    only: Option<Uuid>,
) -> Result<Vec<QueueRow>, DbError> {
    db.fetch_all(QUEUES, args![after, limit, only]).await
}

/// What waits for all endpoints together.
pub(crate) async fn total(db: &Db) -> Result<TotalRow, DbError> {
    db.fetch_one(TOTAL, args![]).await
}
