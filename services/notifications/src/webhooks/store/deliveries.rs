//! The SQL of what is sent to endpoints.

use contracts::events::EventId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::endpoints::Reader;
use crate::webhooks::endpoint::{Attempt, Delivery, Status, WebhookDeliveryId, WebhookEndpointId};
use crate::webhooks::error::WebhookError;

statements! {
    /// id, org, endpoint, event, type, subject, sequence, body, status, next, created. An event
    /// that is there already, and an endpoint that is not there any more, change nothing.
    INSERT = "INSERT INTO webhook_deliveries
        (id, org, endpoint, event, type, subject, sequence, body, status, next_at, created_at)
        SELECT $1, $2, e.id, $4, $5, $6, $7, $8, $9, $10, $11 FROM webhook_endpoints e WHERE e.id = $3
        ON CONFLICT (endpoint, event) DO NOTHING";
    /// org, endpoint, before, limit, status, type -> [`DeliveryRow`], newest first.
    LIST = "SELECT id, endpoint, event, type, subject, body, status, next_at, created_at, ended_at FROM webhook_deliveries
        WHERE org = $1 AND endpoint = $2 AND id < $3
        AND (CAST($5 AS TEXT) IS NULL OR status = CAST($5 AS TEXT))
        AND (CAST($6 AS TEXT) IS NULL OR type = CAST($6 AS TEXT)) ORDER BY id DESC LIMIT $4";
    /// org, user, 1 where they may be others', subject, before, limit -> [`DeliveryRow`], newest
    /// first.
    OF_SUBJECT = "SELECT d.id, d.endpoint, d.event, d.type, d.subject, d.body, d.status, d.next_at, d.created_at, d.ended_at
        FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint
        WHERE d.org = $1 AND ($3 = 1 OR e.user_id = $2) AND d.subject = $4 AND d.id < $5 ORDER BY d.id DESC LIMIT $6";
    /// org, user, 1 where they may be others', subject, from, to -> [`AttemptRow`] of the
    /// deliveries with these ids and all between.
    ATTEMPTS_OF_SUBJECT = "SELECT a.delivery, a.number, a.at, a.duration_ms, a.url, a.request_headers, a.status,
        a.response_headers, a.response_body, a.error FROM webhook_deliveries d
        JOIN webhook_endpoints e ON e.id = d.endpoint JOIN webhook_attempts a ON a.delivery = d.id
        WHERE d.org = $1 AND ($3 = 1 OR e.user_id = $2) AND d.subject = $4 AND d.id >= $5 AND d.id <= $6 ORDER BY a.delivery, a.number";
    /// org, user, 1 where it may be another's, id -> [`DeliveryRow`].
    ONE = "SELECT d.id, d.endpoint, d.event, d.type, d.subject, d.body, d.status, d.next_at, d.created_at, d.ended_at
        FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint
        WHERE d.org = $1 AND ($3 = 1 OR e.user_id = $2) AND d.id = $4";
    /// endpoint, from, to -> [`AttemptRow`] of the deliveries with these ids and all between.
    ATTEMPTS = "SELECT a.delivery, a.number, a.at, a.duration_ms, a.url, a.request_headers, a.status, a.response_headers,
        a.response_body, a.error FROM webhook_deliveries d JOIN webhook_attempts a ON a.delivery = d.id
        WHERE d.endpoint = $1 AND d.id >= $2 AND d.id <= $3 ORDER BY a.delivery, a.number";
    /// org, id, now: the schedule begins anew.
    RESEND = "UPDATE webhook_deliveries SET status = 'waiting', tries = 0, next_at = $3, ended_at = NULL WHERE org = $1 AND id = $2";
    /// org, endpoint, since, now.
    RECOVER = "UPDATE webhook_deliveries SET status = 'waiting', tries = 0, next_at = $4, ended_at = NULL
        WHERE org = $1 AND endpoint = $2 AND created_at >= $3 AND status IN ('failed', 'missed')";
    /// endpoint, now: nothing waits for an endpoint that is disabled.
    MISSED = "UPDATE webhook_deliveries SET status = 'missed', next_at = NULL, ended_at = $2
        WHERE endpoint = $1 AND next_at IS NOT NULL";
    /// before, limit: what has ended long ago.
    DELETE_OLD = "DELETE FROM webhook_deliveries WHERE id IN
        (SELECT id FROM webhook_deliveries WHERE created_at < $1 AND next_at IS NULL ORDER BY created_at LIMIT $2)";
}

/// A delivery to be written down.
pub(crate) struct NewDelivery<'a> {
    pub(crate) id: Uuid,
    pub(crate) org: i64,
    pub(crate) endpoint: WebhookEndpointId,
    pub(crate) event: EventId,
    pub(crate) kind: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) sequence: i64,
    pub(crate) body: &'a str,
    /// When it is due; none where the endpoint is disabled.
    pub(crate) next_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
}

#[derive(Debug, FromRow)]
pub(crate) struct DeliveryRow {
    pub(crate) id: Uuid,
    endpoint: Uuid,
    event: Uuid,
    #[sqlx(rename = "type")]
    kind: String,
    subject: String,
    body: String,
    status: String,
    next_at: Option<i64>,
    created_at: i64,
    ended_at: Option<i64>,
}

#[derive(Debug, FromRow)]
pub(crate) struct AttemptRow {
    pub(crate) delivery: Uuid,
    number: i64,
    at: i64,
    duration_ms: i64,
    url: String,
    request_headers: String,
    status: Option<i64>,
    response_headers: Option<String>,
    response_body: Option<String>,
    error: Option<String>,
}

impl From<AttemptRow> for Attempt {
    fn from(row: AttemptRow) -> Self {
        Self {
            number: row.number,
            at: Timestamp(row.at),
            duration_ms: row.duration_ms,
            url: row.url,
            request_headers: row.request_headers,
            status: row.status,
            response_headers: row.response_headers,
            response_body: row.response_body,
            error: row.error,
        }
    }
}

impl DeliveryRow {
    pub(crate) fn endpoint(&self) -> WebhookEndpointId {
        WebhookEndpointId(self.endpoint)
    }

    /// The delivery with its attempts.
    pub(crate) fn with(self, attempts: Vec<Attempt>) -> Result<Delivery, WebhookError> {
        let status = Status::find(&self.status);
        Ok(Delivery {
            id: WebhookDeliveryId(self.id),
            endpoint: WebhookEndpointId(self.endpoint),
            event: EventId(self.event),
            kind: self.kind,
            subject: self.subject,
            body: self.body,
            status: status.ok_or(WebhookError::Row("webhook_deliveries"))?,
            next_at: self.next_at.map(Timestamp),
            created_at: Timestamp(self.created_at),
            ended_at: self.ended_at.map(Timestamp),
            attempts,
        })
    }
}

/// Whether it is new.
pub(crate) async fn insert(tx: &mut Tx, new: &NewDelivery<'_>) -> Result<bool, DbError> {
    let status = match new.next_at {
        Some(_) => Status::Waiting,
        None => Status::Missed,
    };
    let args = args![
        new.id,
        new.org,
        new.endpoint.uuid(),
        new.event.uuid(),
        new.kind,
        new.subject,
        new.sequence,
        new.body,
        status.as_str(),
        new.next_at,
        new.created_at
    ];
    Ok(tx.execute(INSERT, args).await? == 1)
}

/// Which of an endpoint's deliveries.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) status: Option<&'static str>,
    pub(crate) kind: Option<String>,
}

/// Before an id, newest first.
pub(crate) async fn list(
    db: &Db,
    (org, endpoint): (i64, WebhookEndpointId),
    filter: &Filter,
    before: Uuid,
    limit: i64,
) -> Result<Vec<DeliveryRow>, DbError> {
    let status = filter.status.map(str::to_owned);
    let args = args![
        org,
        endpoint.uuid(),
        before,
        limit,
        status,
        filter.kind.clone()
    ];
    db.fetch_all(LIST, args).await
}

pub(crate) async fn one(
    db: &Db,
    reader: Reader,
    id: WebhookDeliveryId,
) -> Result<Option<DeliveryRow>, DbError> {
    let args = args![reader.org.0, reader.user.uuid(), reader.sees_all, id.uuid()];
    db.fetch_optional(ONE, args).await
}

/// Those of a subject before an id, newest first.
pub(crate) async fn of_subject(
    db: &Db,
    reader: Reader,
    subject: &str,
    before: Uuid,
    limit: i64,
) -> Result<Vec<DeliveryRow>, DbError> {
    let (org, user) = (reader.org.0, reader.user.uuid());
    let args = args![org, user, reader.sees_all, subject, before, limit];
    db.fetch_all(OF_SUBJECT, args).await
}

/// The attempts at those of them with these ids and all between.
pub(crate) async fn attempts_of_subject(
    db: &Db,
    reader: Reader,
    subject: &str,
    (from, to): (Uuid, Uuid),
) -> Result<Vec<AttemptRow>, DbError> {
    let (org, user) = (reader.org.0, reader.user.uuid());
    let args = args![org, user, reader.sees_all, subject, from, to];
    db.fetch_all(ATTEMPTS_OF_SUBJECT, args).await
}

/// The attempts at deliveries with these ids and all between.
pub(crate) async fn attempts(
    db: &Db,
    endpoint: WebhookEndpointId,
    (from, to): (Uuid, Uuid),
) -> Result<Vec<AttemptRow>, DbError> {
    db.fetch_all(ATTEMPTS, args![endpoint.uuid(), from, to])
        .await
}

/// Sends one once more.
pub(crate) async fn resend(
    tx: &mut Tx,
    org: i64,
    id: WebhookDeliveryId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(RESEND, args![org, id.uuid(), now]).await?;
    Ok(())
}

/// Sends once more what failed or was missed; how many.
pub(crate) async fn recover(
    tx: &mut Tx,
    (org, endpoint): (i64, WebhookEndpointId),
    since: Timestamp,
    now: Timestamp,
) -> Result<u64, DbError> {
    let args = args![org, endpoint.uuid(), since, now];
    tx.execute(RECOVER, args).await
}

/// What waits for an endpoint is missed.
pub(crate) async fn missed(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(MISSED, args![endpoint.uuid(), now]).await?;
    Ok(())
}

/// Deletes what has ended before, so many at most; how many.
pub(crate) async fn delete_old(db: &Db, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    db.execute(DELETE_OLD, args![before, limit]).await
}

#[cfg(test)]
mod tests {
    use contracts::identity::{OrgId, UserId};
    use testkit::{TestStore, engines};

    use super::*;

    #[tokio::test]
    async fn attempts_at_others_endpoints_are_not_read_with_those_of_a_subject() {
        for engine in engines() {
            let store = TestStore::new(engine);
            let db = store
                .open(crate::SCHEMA, crate::migrations())
                .await
                .unwrap();
            let users = [1, 2].map(|no| Uuid::from_u128((7 << 76) | (2 << 62) | no));
            for user in users {
                // The ids of its endpoint, the delivery to it and the event are the user's.
                for sql in [
                    "INSERT INTO webhook_endpoints (id, org, user_id, all_events, url, event_types, secret, created_at, updated_at)
                        VALUES ($1, 1, $1, 0, 'https://hooks.invalid/', '*', $2, 0, 0)",
                    "INSERT INTO webhook_deliveries (id, org, endpoint, event, type, subject, sequence, body, status, created_at)
                        VALUES ($1, 1, $1, $1, 'a.b', 'txn_1', 1, '{}', 'failed', 0)",
                    "INSERT INTO webhook_attempts (delivery, number, at, duration_ms, url, request_headers)
                        VALUES ($1, 1, 0, 0, 'https://hooks.invalid/', '{}')",
                ] {
                    let args = match sql.contains("$2") {
                        true => args![user, vec![0_u8]],
                        false => args![user],
                    };
                    db.execute(sql, args).await.unwrap();
                }
            }
            let read = async |sees_all| {
                let reader = Reader {
                    org: OrgId(1),
                    user: UserId(users[0]),
                    sees_all,
                };
                let between = (users[0], users[1]);
                let found = attempts_of_subject(&db, reader, "txn_1", between).await;
                let found = found.unwrap().into_iter().map(|row| row.delivery);
                found.collect::<Vec<_>>()
            };
            assert_eq!(read(false).await, [users[0]]);
            assert_eq!(read(true).await, users);
        }
    }
}
