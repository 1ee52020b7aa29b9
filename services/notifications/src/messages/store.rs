//! The SQL of messages.

use std::collections::HashSet;
use std::sync::LazyLock;

use contracts::events::EventId;
use contracts::identity::{OrgId, UserId};
use db::{Arg, Db, DbError, MANY, Tx, args, insert_many};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::channels::ChannelKind;
use crate::messages::facts::of_event;
use crate::messages::state::State;

/// Messages before an id, newest first, and what else they must be.
macro_rules! messages {
    ($more:literal) => {
        concat!(
            "SELECT id, user_id, kind, event, language, created_at FROM messages
             WHERE org = $1 AND id < $2
             AND (user_id = $4 OR $4 IS NULL)
             AND (CAST($5 AS TEXT) IS NULL OR kind = CAST($5 AS TEXT))
             AND (CAST($6 AS TEXT) IS NULL OR EXISTS
                 (SELECT 1 FROM deliveries d WHERE d.message = messages.id AND d.state = CAST($6 AS TEXT))) ",
            $more,
            "ORDER BY id DESC LIMIT $3"
        )
    };
}

statements! {
    /// id, org, user, kind, event, data, now.
    INSERT = "INSERT INTO messages (id, org, user_id, kind, event, data, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    /// id -> whether it is there.
    IS_THERE = "SELECT count(*) FROM messages WHERE id = $1";
    /// message, channel, address, hint at it, due.
    INSERT_DELIVERY = "INSERT INTO deliveries (message, channel, state, attempts, due_at, address, shown, updated_at)
        VALUES ($1, $2, 'queued', 0, $5, $3, $4, $5)";
    /// org, user, kind, since -> whether there is one.
    TOLD_SINCE = "SELECT count(*) FROM messages WHERE org = $1 AND user_id = $2 AND kind = $3 AND created_at > $4";
    /// now, limit -> [`DueRow`]: those that are due longest, of all organisations.
    DUE = "SELECT d.message, d.channel, d.attempts, d.address, m.org, m.user_id, m.kind, m.data, m.created_at
        FROM deliveries d JOIN messages m ON m.id = d.message
        WHERE d.due_at <= $1 AND d.channel NOT IN (SELECT channel FROM paused_channels)
        ORDER BY d.due_at, d.message LIMIT $2";
    /// longest wait from now, limit -> [`DueRow`]: those that wait for longer, since a clock that
    /// was ahead has said when they are due.
    AHEAD = "SELECT d.message, d.channel, d.attempts, d.address, m.org, m.user_id, m.kind, m.data, m.created_at
        FROM deliveries d JOIN messages m ON m.id = d.message
        WHERE d.due_at > $1 AND d.channel NOT IN (SELECT channel FROM paused_channels)
        ORDER BY d.due_at, d.message LIMIT $2";
    /// message, channel, attempts so far, due again, now. Changes nothing where another node took
    /// it first.
    TAKE = "UPDATE deliveries SET attempts = attempts + 1, due_at = $4, updated_at = $5
        WHERE message = $1 AND channel = $2 AND attempts = $3 AND due_at IS NOT NULL";
    /// message, channel, attempts, due again, provider, reason, now.
    LATER = "UPDATE deliveries SET due_at = $4, provider = $5, error = $6, updated_at = $7
        WHERE message = $1 AND channel = $2 AND attempts = $3 AND due_at IS NOT NULL";
    /// message, channel, attempts, due again, now. It was no attempt.
    HOLD = "UPDATE deliveries SET attempts = attempts - 1, due_at = $4, updated_at = $5
        WHERE message = $1 AND channel = $2 AND attempts = $3 AND due_at IS NOT NULL";
    /// message, channel, attempts, state, provider, its id, reason, hint at the address, now. What
    /// was sent is sent, whoever else has taken it since.
    END = "UPDATE deliveries SET state = $4, due_at = NULL, provider = $5, provider_id = $6, error = $7,
        shown = coalesce(CAST($8 AS TEXT), shown), updated_at = $9
        WHERE message = $1 AND channel = $2 AND (attempts = $3 OR $4 = 'sent') AND due_at IS NOT NULL";
    /// message, language.
    SAY_LANGUAGE = "UPDATE messages SET language = $2 WHERE id = $1";
    /// message: erases what it said where no channel needs it any more.
    ERASE = "UPDATE messages SET data = NULL WHERE id = $1 AND NOT EXISTS
        (SELECT 1 FROM deliveries WHERE message = $1 AND state IN ('queued', 'failed', 'bounced'))";
    /// message: the same with its addresses.
    ERASE_ADDRESSES = "UPDATE deliveries SET address = NULL WHERE message = $1 AND state IN ('sent', 'delivered', 'suppressed')";
    /// until, how many.
    ERASE_BEFORE = "UPDATE messages SET data = NULL WHERE id IN
        (SELECT id FROM messages WHERE created_at <= $1 AND data IS NOT NULL AND NOT EXISTS
        (SELECT 1 FROM deliveries WHERE message = messages.id AND due_at IS NOT NULL) LIMIT $2)";
    /// until, how many.
    ERASE_ADDRESSES_BEFORE = "UPDATE deliveries SET address = NULL WHERE (message, channel) IN
        (SELECT message, channel FROM deliveries
        WHERE due_at IS NULL AND address IS NOT NULL AND updated_at <= $1 LIMIT $2)";
    /// until, of how many messages.
    DELETE_DELIVERIES_BEFORE = "DELETE FROM deliveries WHERE message IN
        (SELECT id FROM messages WHERE created_at <= $1 AND EXISTS
        (SELECT 1 FROM deliveries WHERE message = messages.id) LIMIT $2)";
    /// until, how many.
    DELETE_BEFORE = "DELETE FROM messages
        WHERE id IN (SELECT id FROM messages WHERE created_at <= $1 LIMIT $2)";
    /// org, user, now. The message that tells of the end is sent.
    SUPPRESS_ALL = "UPDATE deliveries SET state = 'suppressed', due_at = NULL, error = 'the account is closed', updated_at = $3
        WHERE due_at IS NOT NULL AND message IN
        (SELECT id FROM messages WHERE org = $1 AND user_id = $2 AND kind <> 'account_closed')";
    /// org, user.
    ERASE_ALL = "UPDATE messages SET data = NULL WHERE org = $1 AND user_id = $2 AND kind <> 'account_closed'";
    /// org, user.
    ERASE_ALL_ADDRESSES = "UPDATE deliveries SET address = NULL, shown = NULL WHERE message IN
        (SELECT id FROM messages WHERE org = $1 AND user_id = $2 AND kind <> 'account_closed')";
    /// org, user.
    DELETE_UNSUBSCRIPTIONS = "DELETE FROM unsubscriptions WHERE org = $1 AND user_id = $2";
    /// org, user, channel, group, now.
    UNSUBSCRIBE = "INSERT INTO unsubscriptions (org, user_id, channel, told_group, created_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    /// org, before, limit, user, kind, state -> [`MessageRow`], newest first.
    LIST = messages!("");
    /// The same, twenty events: of these only.
    LIST_OF_EVENTS = messages!("AND event IN ($7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26) ");
    /// message -> [`DeliveryRow`].
    DELIVERIES = "SELECT channel, state, attempts, due_at, provider, provider_id, shown, error, updated_at
        FROM deliveries WHERE message = $1 ORDER BY channel";
    /// org, id -> [`ToResend`].
    TO_RESEND = "SELECT CASE WHEN data IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END AS has_data,
        (SELECT count(*) FROM deliveries WHERE message = $2 AND due_at IS NOT NULL) AS queued
        FROM messages WHERE org = $1 AND id = $2";
    /// id -> [`ToldRow`]: what was told in the app of the same event.
    TOLD = "SELECT n.data, n.subject, n.created_at FROM notifications n JOIN messages m
        ON n.event = m.event AND n.user_id = m.user_id AND n.type = m.kind WHERE m.id = $1";
    /// id, data.
    PUT_DATA_BACK = "UPDATE messages SET data = $2 WHERE id = $1";
    /// id, now.
    QUEUE_AGAIN = "UPDATE deliveries SET state = 'queued', attempts = 0, due_at = $2, provider_id = NULL, error = NULL,
        updated_at = $2 WHERE message = $1";
}

/// A message to be written down.
pub(crate) struct NewMessage {
    pub(crate) id: Uuid,
    pub(crate) org: OrgId,
    pub(crate) user: Option<UserId>,
    pub(crate) kind: &'static str,
    pub(crate) event: Option<EventId>,
    /// Sealed.
    pub(crate) data: Vec<u8>,
    pub(crate) created_at: Timestamp,
}

/// A channel by which it is to leave.
pub(crate) struct NewDelivery {
    pub(crate) message: Uuid,
    pub(crate) channel: ChannelKind,
    /// Sealed; none where it is the user's.
    pub(crate) address: Option<Vec<u8>>,
    pub(crate) shown: Option<String>,
    pub(crate) due_at: Timestamp,
}

/// A message that is due on a channel.
#[derive(Debug, FromRow)]
pub(crate) struct DueRow {
    pub(crate) message: Uuid,
    pub(crate) channel: String,
    pub(crate) attempts: i64,
    pub(crate) address: Option<Vec<u8>>,
    pub(crate) org: i64,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) kind: String,
    pub(crate) data: Option<Vec<u8>>,
    pub(crate) created_at: i64,
}

/// How an attempt ended.
pub(crate) struct Ended {
    pub(crate) state: State,
    pub(crate) provider: Option<&'static str>,
    pub(crate) provider_id: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) shown: Option<String>,
    /// In which it was written, where it was.
    pub(crate) language: Option<String>,
}

/// A message, without what it said.
#[derive(Debug, FromRow)]
pub(crate) struct MessageRow {
    pub(crate) id: Uuid,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) kind: String,
    pub(crate) event: Option<Uuid>,
    pub(crate) language: Option<String>,
    pub(crate) created_at: i64,
}

/// What became of it on a channel.
#[derive(Debug, FromRow)]
pub(crate) struct DeliveryRow {
    pub(crate) channel: String,
    pub(crate) state: String,
    pub(crate) attempts: i64,
    pub(crate) due_at: Option<i64>,
    pub(crate) provider: Option<String>,
    pub(crate) provider_id: Option<String>,
    pub(crate) shown: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) updated_at: i64,
}

/// Whether a message can be sent again.
#[derive(Debug, FromRow)]
pub(crate) struct ToResend {
    pub(crate) has_data: i64,
    /// On how many channels it is on its way.
    pub(crate) queued: i64,
}

/// What was told in the app.
#[derive(Debug, FromRow)]
pub(crate) struct ToldRow {
    data: String,
    subject: String,
    created_at: i64,
}

impl ToldRow {
    /// What the message was made of.
    pub(crate) fn facts(&self) -> Option<Value> {
        let facts = serde_json::from_str(&self.data).ok()?;
        Some(of_event(facts, &self.subject, Timestamp(self.created_at)))
    }
}

/// Which messages.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) user: Option<UserId>,
    pub(crate) kind: Option<String>,
    pub(crate) state: Option<State>,
    /// Of these events only, [`MOST_EVENTS`] at most.
    pub(crate) events: Option<Vec<EventId>>,
}

/// How many events a list may be of.
pub(crate) const MOST_EVENTS: usize = 20;

static INSERT_MANY: LazyLock<String> = LazyLock::new(|| insert_many(INSERT));
static INSERT_MANY_DELIVERIES: LazyLock<String> = LazyLock::new(|| insert_many(INSERT_DELIVERY));

fn columns(new: &NewMessage) -> Vec<Arg> {
    args![
        new.id,
        new.org.0,
        new.user.map(UserId::uuid),
        new.kind,
        new.event.map(EventId::uuid),
        new.data.clone(),
        new.created_at
    ]
}

fn delivery_columns(new: &NewDelivery) -> Vec<Arg> {
    args![
        new.message,
        new.channel.name(),
        new.address.clone(),
        new.shown.clone(),
        new.due_at
    ]
}

/// Says no where it is there already.
pub(crate) async fn insert(tx: &mut Tx, new: &NewMessage) -> Result<bool, DbError> {
    Ok(tx.execute(INSERT, columns(new)).await? > 0)
}

/// Writes down those that are not there already. Which were not: their ids.
pub(crate) async fn insert_all(tx: &mut Tx, new: &[NewMessage]) -> Result<HashSet<Uuid>, DbError> {
    let mut written = HashSet::with_capacity(new.len());
    let (chunks, rest) = new.as_chunks::<MANY>();
    for chunk in chunks {
        let args = chunk.iter().flat_map(columns).collect();
        let are_all_new = tx.execute(&INSERT_MANY, args).await? == MANY as u64;
        for one in chunk {
            if are_all_new || is_there(tx, one.id).await? {
                written.insert(one.id);
            }
        }
    }
    for one in rest {
        if insert(tx, one).await? {
            written.insert(one.id);
        }
    }
    Ok(written)
}

async fn is_there(tx: &mut Tx, id: Uuid) -> Result<bool, DbError> {
    let found: Option<(i64,)> = tx.fetch_optional(IS_THERE, args![id]).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

pub(crate) async fn insert_deliveries(tx: &mut Tx, new: &[NewDelivery]) -> Result<(), DbError> {
    let (chunks, rest) = new.as_chunks::<MANY>();
    for chunk in chunks {
        let args = chunk.iter().flat_map(delivery_columns).collect();
        tx.execute(&INSERT_MANY_DELIVERIES, args).await?;
    }
    for one in rest {
        tx.execute(INSERT_DELIVERY, delivery_columns(one)).await?;
    }
    Ok(())
}

pub(crate) async fn was_told_since(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    kind: &str,
    since: Timestamp,
) -> Result<bool, DbError> {
    let args = args![org.0, user.uuid(), kind, since];
    let found: Option<(i64,)> = tx.fetch_optional(TOLD_SINCE, args).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// Those that are due longest. None waits until after `longest`.
pub(crate) async fn due(
    db: &Db,
    now: Timestamp,
    longest: Timestamp,
    limit: u8,
) -> Result<Vec<DueRow>, DbError> {
    let limit = i64::from(limit);
    let due = db.fetch_all(DUE, args![now, limit]).await?;
    if due.is_empty() {
        return db.fetch_all(AHEAD, args![longest, limit]).await;
    }
    Ok(due)
}

/// Counts an attempt of each and says when it is due again; leaves out those that another node took
/// first.
pub(crate) async fn take(
    db: &Db,
    due: Vec<DueRow>,
    due_again: Timestamp,
    now: Timestamp,
) -> Result<Vec<DueRow>, DbError> {
    let (mut tx, mut taken) = (db.begin().await?, Vec::with_capacity(due.len()));
    for row in due {
        let channel = row.channel.as_str();
        let args = args![row.message, channel, row.attempts, due_again, now];
        if tx.execute(TAKE, args).await? > 0 {
            taken.push(row);
        }
    }
    tx.commit().await?;
    Ok(taken)
}

/// It is tried again later.
pub(crate) async fn later(
    tx: &mut Tx,
    due: &DueRow,
    due_again: Timestamp,
    (provider, reason): (Option<&str>, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    let provider = provider.map(ToOwned::to_owned);
    let args = args![
        due.message,
        due.channel.as_str(),
        due.attempts + 1,
        due_again,
        provider,
        reason,
        now
    ];
    tx.execute(LATER, args).await?;
    Ok(())
}

/// It is looked at again later.
pub(crate) async fn hold(
    tx: &mut Tx,
    due: &DueRow,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), DbError> {
    let channel = due.channel.as_str();
    let args = args![due.message, channel, due.attempts + 1, until, now];
    tx.execute(HOLD, args).await?;
    Ok(())
}

/// It has ended; what nobody needs of it is erased.
pub(crate) async fn end(
    tx: &mut Tx,
    due: &DueRow,
    ended: &Ended,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![
        due.message,
        due.channel.as_str(),
        due.attempts + 1,
        ended.state.name(),
        ended.provider.map(ToOwned::to_owned),
        ended.provider_id.clone(),
        ended.reason.clone(),
        ended.shown.clone(),
        now
    ];
    tx.execute(END, args).await?;
    erase(tx, due.message).await?;
    if let Some(language) = &ended.language {
        let args = args![due.message, language.as_str()];
        tx.execute(SAY_LANGUAGE, args).await?;
    }
    Ok(())
}

/// Erases what nobody needs any more of a message that has ended.
pub(crate) async fn erase(tx: &mut Tx, message: Uuid) -> Result<(), DbError> {
    tx.execute(ERASE_ADDRESSES, args![message]).await?;
    tx.execute(ERASE, args![message]).await?;
    Ok(())
}

/// Erases what ended until then.
pub(crate) async fn erase_ended_before(db: &Db, until: Timestamp) -> Result<(), DbError> {
    for sql in [ERASE_BEFORE, ERASE_ADDRESSES_BEFORE] {
        db.execute_in_pieces(sql, args![until]).await?;
    }
    Ok(())
}

/// Deletes what was written until then.
pub(crate) async fn delete_before(db: &Db, until: Timestamp) -> Result<(), DbError> {
    for sql in [DELETE_DELIVERIES_BEFORE, DELETE_BEFORE] {
        db.execute_in_pieces(sql, args![until]).await?;
    }
    Ok(())
}

pub(crate) async fn suppress_all(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(SUPPRESS_ALL, args![org.0, user.uuid(), now])
        .await?;
    Ok(())
}

pub(crate) async fn erase_all(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    for sql in [ERASE_ALL, ERASE_ALL_ADDRESSES] {
        tx.execute(sql, args![org.0, user.uuid()]).await?;
    }
    Ok(())
}

pub(crate) async fn delete_unsubscriptions(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid()];
    tx.execute(DELETE_UNSUBSCRIPTIONS, args).await?;
    Ok(())
}

/// Channel and group, by their names.
pub(crate) async fn unsubscribe(
    db: &Db,
    (org, user): (OrgId, UserId),
    (channel, group): (&str, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid(), channel, group, now];
    db.execute(UNSUBSCRIBE, args).await?;
    Ok(())
}

/// Before an id, newest first.
pub(crate) async fn list(
    db: &Db,
    org: OrgId,
    filter: &Filter,
    before: Uuid,
    limit: i64,
) -> Result<Vec<MessageRow>, DbError> {
    let mut args = args![
        org.0,
        before,
        limit,
        filter.user.map(UserId::uuid),
        filter.kind.clone(),
        filter.state.map(|state| state.name().to_owned())
    ];
    let Some(events) = &filter.events else {
        return db.fetch_all(LIST, args).await;
    };
    let ids = events.iter().map(|event| event.uuid());
    let padded = ids.chain(std::iter::repeat(Uuid::nil())).take(MOST_EVENTS);
    args.extend(padded.map(Arg::from));
    db.fetch_all(LIST_OF_EVENTS, args).await
}

pub(crate) async fn deliveries(db: &Db, message: Uuid) -> Result<Vec<DeliveryRow>, DbError> {
    db.fetch_all(DELIVERIES, args![message]).await
}

pub(crate) async fn to_resend(
    tx: &mut Tx,
    org: OrgId,
    id: Uuid,
) -> Result<Option<ToResend>, DbError> {
    tx.fetch_optional(TO_RESEND, args![org.0, id]).await
}

pub(crate) async fn told_in_the_app(tx: &mut Tx, id: Uuid) -> Result<Option<ToldRow>, DbError> {
    tx.fetch_optional(TOLD, args![id]).await
}

pub(crate) async fn put_data_back(tx: &mut Tx, id: Uuid, data: Vec<u8>) -> Result<(), DbError> {
    tx.execute(PUT_DATA_BACK, args![id, data]).await?;
    Ok(())
}

pub(crate) async fn queue_again(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), DbError> {
    tx.execute(QUEUE_AGAIN, args![id, now]).await?;
    Ok(())
}
