//! The SQL of endpoints.

use contracts::identity::{OrgId, UserId};
use db::{Arg, Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::webhooks::endpoint::{Disabled, Endpoint, Health, WebhookEndpointId};
use crate::webhooks::error::WebhookError;
use crate::webhooks::event_types::EventTypes;

statements! {
    /// -> the version of what the consumers keep in memory.
    VERSION = "SELECT version FROM webhook_changes WHERE id = 1";
    /// Counts it up.
    CHANGED = "UPDATE webhook_changes SET version = version + 1 WHERE id = 1";
    /// id, org, user, whether all events, url, types, description, secret, now.
    INSERT = "INSERT INTO webhook_endpoints
        (id, org, user_id, all_events, url, event_types, description, secret, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    /// org, user -> how many.
    COUNT = "SELECT count(*) FROM webhook_endpoints WHERE org = $1 AND user_id = $2";
    /// org, user, 1 where those of others are asked for, too, before, limit -> [`EndpointRow`],
    /// newest first.
    LIST = "SELECT id, org, user_id, all_events, url, event_types, description, disabled, disabled_at, previous_until, earlier_until, failures,
        failing_since, last_error, not_before, paused, created_at, updated_at FROM webhook_endpoints
        WHERE org = $1 AND ($3 = 1 OR user_id = $2) AND id < $4 ORDER BY id DESC LIMIT $5";
    /// org, user, 1 where it may be another's, id -> [`EndpointRow`].
    ONE = "SELECT id, org, user_id, all_events, url, event_types, description, disabled, disabled_at, previous_until, earlier_until, failures,
        failing_since, last_error, not_before, paused, created_at, updated_at FROM webhook_endpoints
        WHERE org = $1 AND ($3 = 1 OR user_id = $2) AND id = $4";
    /// after, limit -> [`EndpointRow`] of all organisations.
    AFTER = "SELECT id, org, user_id, all_events, url, event_types, description, disabled, disabled_at, previous_until, earlier_until, failures,
        failing_since, last_error, not_before, paused, created_at, updated_at FROM webhook_endpoints
        WHERE id > $1 ORDER BY id LIMIT $2";
    /// org, id, url, types, description, now.
    UPDATE = "UPDATE webhook_endpoints SET url = $3, event_types = $4, description = $5, updated_at = $6
        WHERE org = $1 AND id = $2";
    /// org, id, now: what has failed is forgotten.
    ENABLE = "UPDATE webhook_endpoints SET disabled = NULL, disabled_at = NULL, failures = 0, failing_since = NULL,
        not_before = NULL, last_error = NULL, updated_at = $3 WHERE org = $1 AND id = $2";
    /// org, id, reason, now: whoever sends to it loses the claim.
    DISABLE = "UPDATE webhook_endpoints SET disabled = $3, disabled_at = $4, updated_at = $4, claim = NULL, claimed_until = NULL
        WHERE org = $1 AND id = $2 AND disabled IS NULL";
    /// org, id, the new secret, until when the present one signs, too, now. The one before it goes
    /// on for as long as it would have.
    ROTATE = "UPDATE webhook_endpoints SET earlier_secret = previous_secret, earlier_until = previous_until,
        previous_secret = secret, previous_until = $4, secret = $3, updated_at = $5 WHERE org = $1 AND id = $2";
    /// org, id, the new secret, now: all others end.
    REPLACE = "UPDATE webhook_endpoints SET secret = $3, previous_secret = NULL, previous_until = NULL, earlier_secret = NULL,
        earlier_until = NULL, updated_at = $4 WHERE org = $1 AND id = $2";
    /// org, user -> id, of those that are enabled.
    ENABLED = "SELECT id FROM webhook_endpoints WHERE org = $1 AND user_id = $2 AND disabled IS NULL";
    /// org, user: those that get all events of the organisation, with what was to be sent to them.
    DELETE_ALL_EVENTS = "DELETE FROM webhook_endpoints WHERE org = $1 AND user_id = $2 AND all_events = 1";
    /// org, id.
    DELETE = "DELETE FROM webhook_endpoints WHERE org = $1 AND id = $2";
    /// id, now -> secret, and those before it that sign, too.
    SECRETS = "SELECT secret, CASE WHEN previous_until > $2 THEN previous_secret END AS previous,
        CASE WHEN earlier_until > $2 THEN earlier_secret END AS earlier FROM webhook_endpoints WHERE id = $1";
    /// id, paused.
    PAUSE = "UPDATE webhook_endpoints SET paused = $2 WHERE id = $1";
}

/// An endpoint as it is stored, without its secrets.
#[derive(Debug, FromRow)]
pub(crate) struct EndpointRow {
    id: Uuid,
    org: i64,
    user_id: Uuid,
    all_events: i64,
    url: String,
    event_types: String,
    description: Option<String>,
    disabled: Option<String>,
    disabled_at: Option<i64>,
    previous_until: Option<i64>,
    earlier_until: Option<i64>,
    failures: i64,
    failing_since: Option<i64>,
    last_error: Option<String>,
    not_before: Option<i64>,
    paused: i64,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<EndpointRow> for Endpoint {
    type Error = WebhookError;

    fn try_from(row: EndpointRow) -> Result<Self, WebhookError> {
        let disabled = match (row.disabled.as_deref(), row.disabled_at) {
            (None, _) => None,
            (Some(reason), Some(at)) => {
                let reason = Disabled::find(reason);
                Some((
                    reason.ok_or(WebhookError::Row("webhook_endpoints"))?,
                    Timestamp(at),
                ))
            }
            (Some(_), None) => return Err(WebhookError::Row("webhook_endpoints")),
        };
        Ok(Self {
            id: WebhookEndpointId(row.id),
            org: OrgId(row.org),
            user: UserId(row.user_id),
            all_events: row.all_events != 0,
            url: row.url,
            event_types: EventTypes::stored(&row.event_types),
            description: row.description,
            disabled,
            health: Health {
                failures: row.failures,
                failing_since: row.failing_since.map(Timestamp),
                last_error: row.last_error,
                not_before: row.not_before.map(Timestamp),
            },
            paused: row.paused != 0,
            previous_until: row.previous_until.map(Timestamp),
            earlier_until: row.earlier_until.map(Timestamp),
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}

/// Who looks: a user, who may see those of others in the organisation or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) sees_all: bool,
}

impl Reader {
    fn args(self) -> Vec<Arg> {
        args![self.org.0, self.user.uuid(), self.sees_all]
    }
}

pub(crate) async fn version(tx: &mut Tx) -> Result<i64, DbError> {
    let row: Option<(i64,)> = tx.fetch_optional(VERSION, args![]).await?;
    Ok(row.map_or(0, |(version,)| version))
}

/// Says to all nodes that what they keep in memory is old. It also lets one change of endpoints be
/// made at a time.
pub(crate) async fn changed(tx: &mut Tx) -> Result<(), DbError> {
    tx.execute(CHANGED, args![]).await?;
    Ok(())
}

pub(crate) async fn insert(
    tx: &mut Tx,
    endpoint: &Endpoint,
    secret: Vec<u8>,
) -> Result<(), DbError> {
    let args = args![
        endpoint.id.uuid(),
        endpoint.org.0,
        endpoint.user.uuid(),
        endpoint.all_events,
        endpoint.url.as_str(),
        endpoint.event_types.to_string(),
        endpoint.description.clone(),
        secret,
        endpoint.created_at
    ];
    tx.execute(INSERT, args).await?;
    Ok(())
}

pub(crate) async fn count(tx: &mut Tx, org: OrgId, user: UserId) -> Result<i64, DbError> {
    let row: Option<(i64,)> = tx.fetch_optional(COUNT, args![org.0, user.uuid()]).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Before an id, newest first.
pub(crate) async fn list(
    db: &Db,
    reader: Reader,
    before: Uuid,
    limit: i64,
) -> Result<Vec<EndpointRow>, DbError> {
    let mut args = reader.args();
    args.extend(args![before, limit]);
    db.fetch_all(LIST, args).await
}

pub(crate) async fn one(
    db: &Db,
    reader: Reader,
    id: WebhookEndpointId,
) -> Result<Option<EndpointRow>, DbError> {
    let mut args = reader.args();
    args.extend(args![id.uuid()]);
    db.fetch_optional(ONE, args).await
}

pub(crate) async fn one_in(
    tx: &mut Tx,
    reader: Reader,
    id: WebhookEndpointId,
) -> Result<Option<EndpointRow>, DbError> {
    let mut args = reader.args();
    args.extend(args![id.uuid()]);
    tx.fetch_optional(ONE, args).await
}

/// Of all organisations, after an id.
pub(crate) async fn after(db: &Db, id: Uuid, limit: i64) -> Result<Vec<EndpointRow>, DbError> {
    db.fetch_all(AFTER, args![id, limit]).await
}

/// The same in a transaction.
pub(crate) async fn after_in(
    tx: &mut Tx,
    id: Uuid,
    limit: i64,
) -> Result<Vec<EndpointRow>, DbError> {
    tx.fetch_all(AFTER, args![id, limit]).await
}

/// Writes what its owner may change.
pub(crate) async fn update(tx: &mut Tx, endpoint: &Endpoint) -> Result<(), DbError> {
    let args = args![
        endpoint.org.0,
        endpoint.id.uuid(),
        endpoint.url.as_str(),
        endpoint.event_types.to_string(),
        endpoint.description.clone(),
        endpoint.updated_at
    ];
    tx.execute(UPDATE, args).await?;
    Ok(())
}

pub(crate) async fn enable(
    tx: &mut Tx,
    (org, id): (OrgId, WebhookEndpointId),
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(ENABLE, args![org.0, id.uuid(), now]).await?;
    Ok(())
}

/// Whether it was enabled.
pub(crate) async fn disable(
    tx: &mut Tx,
    (org, id): (OrgId, WebhookEndpointId),
    reason: Disabled,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![org.0, id.uuid(), reason.as_str(), now];
    Ok(tx.execute(DISABLE, args).await? == 1)
}

/// Stores a new secret. The present one signs, too, until then; where there is no such time, only
/// the new one does.
pub(crate) async fn rotate(
    tx: &mut Tx,
    (org, id): (OrgId, WebhookEndpointId),
    secret: Vec<u8>,
    present_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), DbError> {
    match present_until {
        Some(until) => {
            let args = args![org.0, id.uuid(), secret, until, now];
            tx.execute(ROTATE, args).await?
        }
        None => {
            let args = args![org.0, id.uuid(), secret, now];
            tx.execute(REPLACE, args).await?
        }
    };
    Ok(())
}

pub(crate) async fn delete(
    tx: &mut Tx,
    (org, id): (OrgId, WebhookEndpointId),
) -> Result<(), DbError> {
    tx.execute(DELETE, args![org.0, id.uuid()]).await?;
    Ok(())
}

/// Those of a user that are enabled.
pub(crate) async fn enabled(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
) -> Result<Vec<WebhookEndpointId>, DbError> {
    let found: Vec<(Uuid,)> = tx.fetch_all(ENABLED, args![org.0, user.uuid()]).await?;
    let ids = found.into_iter().map(|(id,)| WebhookEndpointId(id));
    Ok(ids.collect())
}

/// Deletes those of a user that get all events of the organisation.
pub(crate) async fn delete_all_events(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid()];
    tx.execute(DELETE_ALL_EVENTS, args).await?;
    Ok(())
}

/// The secrets that sign at this time, sealed, the newest first; none where there is no such
/// endpoint.
pub(crate) async fn secrets(
    db: &Db,
    id: WebhookEndpointId,
    now: Timestamp,
) -> Result<Vec<Vec<u8>>, DbError> {
    type Row = (Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);
    let row: Option<Row> = db.fetch_optional(SECRETS, args![id.uuid(), now]).await?;
    let secrets = row.map(|(secret, previous, earlier)| [Some(secret), previous, earlier]);
    Ok(secrets.into_iter().flatten().flatten().collect())
}

/// Whether there is one.
pub(crate) async fn pause(db: &Db, id: WebhookEndpointId, paused: bool) -> Result<bool, DbError> {
    Ok(db.execute(PAUSE, args![id.uuid(), paused]).await? == 1)
}
