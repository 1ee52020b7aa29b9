//! The SQL of what notifications itself tells.

use contracts::events::EventId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// how many: locks the head until the transaction ends.
    ADVANCE = "UPDATE announced_head SET last = last + $1 WHERE id = 1";
    /// -> the number of the newest entry.
    HEAD = "SELECT last FROM announced_head WHERE id = 1";
    /// last, first, entries, now.
    INSERT = "INSERT INTO announced (last, first, entries, created_at) VALUES ($1, $2, $3, $4)";
    /// after, limit -> [`AnnouncedRow`], oldest first.
    AFTER = "SELECT last, first, entries, created_at FROM announced WHERE last > $1 ORDER BY last LIMIT $2";
    /// through.
    DELETE_THROUGH = "DELETE FROM announced WHERE last <= $1";
    /// notification -> whether it is there.
    NOTIFICATION = "SELECT count(*) FROM notifications WHERE id = $1";
    /// delivery -> [`ResentRow`].
    DELIVERY = "SELECT d.endpoint, d.event, d.body, d.attempts, e.user_id FROM webhook_deliveries d
        JOIN webhook_endpoints e ON e.id = d.endpoint WHERE d.id = $1";
}

/// What one transaction told.
#[derive(Debug, FromRow)]
pub(crate) struct AnnouncedRow {
    pub(crate) last: i64,
    pub(crate) first: i64,
    pub(crate) entries: String,
    pub(crate) created_at: i64,
}

/// A webhook that is sent once more.
#[derive(Debug, FromRow)]
pub(crate) struct ResentRow {
    pub(crate) endpoint: Uuid,
    pub(crate) event: Uuid,
    pub(crate) body: String,
    pub(crate) attempts: i64,
    pub(crate) user_id: Uuid,
}

impl ResentRow {
    pub(crate) fn event(&self) -> EventId {
        EventId(self.event)
    }
}

/// Writes entries down; nobody else does before the transaction ends.
pub(crate) async fn insert(
    tx: &mut Tx,
    count: i64,
    entries: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(ADVANCE, args![count]).await?;
    let head: Option<(i64,)> = tx.fetch_optional(HEAD, args![]).await?;
    let last = head.map_or(0, |(last,)| last);
    tx.execute(INSERT, args![last, last - count + 1, entries, now])
        .await?;
    Ok(())
}

pub(crate) async fn newest(db: &Db) -> Result<i64, DbError> {
    let (last,): (i64,) = db.fetch_one(HEAD, args![]).await?;
    Ok(last)
}

pub(crate) async fn after(db: &Db, after: i64, limit: i64) -> Result<Vec<AnnouncedRow>, DbError> {
    db.fetch_all(AFTER, args![after, limit]).await
}

pub(crate) async fn delete_through(db: &Db, through: i64) -> Result<(), DbError> {
    db.execute(DELETE_THROUGH, args![through]).await?;
    Ok(())
}

/// Whether a notification was written; another one of the same event stands in its place
/// otherwise.
pub(crate) async fn is_there(tx: &mut Tx, notification: Uuid) -> Result<bool, DbError> {
    let found: Option<(i64,)> = tx.fetch_optional(NOTIFICATION, args![notification]).await?;
    Ok(found.is_some_and(|(count,)| count > 0))
}

/// A delivery that is still there.
pub(crate) async fn resent(db: &Db, delivery: Uuid) -> Result<Option<ResentRow>, DbError> {
    db.fetch_optional(DELIVERY, args![delivery]).await
}
