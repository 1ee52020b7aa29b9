//! The SQL of notifications.

use std::sync::LazyLock;

use contracts::events::EventId;
use contracts::identity::{OrgId, UserId};
use db::{Arg, Db, DbError, MANY, Tx, args, insert_many};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// id, org, user, type, subject, event, data, now. An event that was told is not told again.
    INSERT = "INSERT INTO notifications (id, org, user_id, type, subject, event, data, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (event, user_id, type) DO NOTHING";
    /// org, user, before, limit, type, subject, 1 for unread ones only -> [`NotificationRow`],
    /// newest first.
    LIST = "SELECT id, type, subject, data, created_at, read_at FROM notifications
        WHERE org = $1 AND user_id = $2 AND id < $3
        AND (CAST($5 AS TEXT) IS NULL OR type = CAST($5 AS TEXT))
        AND (CAST($6 AS TEXT) IS NULL OR subject = CAST($6 AS TEXT))
        AND ($7 = 0 OR read_at IS NULL) ORDER BY id DESC LIMIT $4";
    /// org, user, id -> [`NotificationRow`].
    ONE = "SELECT id, type, subject, data, created_at, read_at FROM notifications WHERE org = $1 AND user_id = $2 AND id = $3";
    /// org, user -> how many are unread.
    UNREAD = "SELECT count(*) FROM notifications WHERE org = $1 AND user_id = $2 AND read_at IS NULL";
    /// org, user, id, now.
    READ = "UPDATE notifications SET read_at = $4 WHERE org = $1 AND user_id = $2 AND id = $3 AND read_at IS NULL";
    /// org, user, the newest that is meant, now.
    READ_ALL = "UPDATE notifications SET read_at = $4 WHERE org = $1 AND user_id = $2 AND id <= $3 AND read_at IS NULL";
    /// org, user.
    DELETE_ALL = "DELETE FROM notifications WHERE org = $1 AND user_id = $2";
    /// after, limit -> [`NotificationRow`] of all organisations.
    AFTER = "SELECT id, type, subject, data, created_at, read_at FROM notifications WHERE id > $1 ORDER BY id LIMIT $2";
}

/// A notification to be written down.
pub(crate) struct NewNotification<'a> {
    pub(crate) id: Uuid,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) kind: &'static str,
    pub(crate) subject: &'a str,
    pub(crate) event: EventId,
    /// JSON.
    pub(crate) data: String,
    pub(crate) created_at: Timestamp,
}

/// A notification.
#[derive(Debug, FromRow)]
pub(crate) struct NotificationRow {
    pub(crate) id: Uuid,
    #[sqlx(rename = "type")]
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) data: String,
    pub(crate) created_at: i64,
    pub(crate) read_at: Option<i64>,
}

/// Whose notifications.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
}

/// Which of them.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) kind: Option<String>,
    pub(crate) subject: Option<String>,
    pub(crate) unread_only: bool,
}

static INSERT_MANY: LazyLock<String> = LazyLock::new(|| insert_many(INSERT));

fn columns(new: &NewNotification<'_>) -> Vec<Arg> {
    args![
        new.id,
        new.org.0,
        new.user.uuid(),
        new.kind,
        new.subject,
        new.event.uuid(),
        new.data.as_str(),
        new.created_at
    ]
}

/// How many of them were not there yet.
pub(crate) async fn insert(tx: &mut Tx, new: &[NewNotification<'_>]) -> Result<u64, DbError> {
    let mut written = 0;
    let (chunks, rest) = new.as_chunks::<MANY>();
    for chunk in chunks {
        let args = chunk.iter().flat_map(columns).collect();
        written += tx.execute(&INSERT_MANY, args).await?;
    }
    for one in rest {
        written += tx.execute(INSERT, columns(one)).await?;
    }
    Ok(written)
}

/// Before an id, newest first.
pub(crate) async fn list(
    db: &Db,
    reader: Reader,
    filter: &Filter,
    before: Uuid,
    limit: i64,
) -> Result<Vec<NotificationRow>, DbError> {
    let args = args![
        reader.org.0,
        reader.user.uuid(),
        before,
        limit,
        filter.kind.clone(),
        filter.subject.clone(),
        filter.unread_only
    ];
    db.fetch_all(LIST, args).await
}

pub(crate) async fn one(
    db: &Db,
    reader: Reader,
    id: Uuid,
) -> Result<Option<NotificationRow>, DbError> {
    let args = args![reader.org.0, reader.user.uuid(), id];
    db.fetch_optional(ONE, args).await
}

pub(crate) async fn unread(db: &Db, reader: Reader) -> Result<i64, DbError> {
    let args = args![reader.org.0, reader.user.uuid()];
    let (count,): (i64,) = db.fetch_one(UNREAD, args).await?;
    Ok(count)
}

/// Read before, it keeps the time at which it was.
pub(crate) async fn read(db: &Db, reader: Reader, id: Uuid, now: Timestamp) -> Result<(), DbError> {
    let args = args![reader.org.0, reader.user.uuid(), id, now];
    db.execute(READ, args).await?;
    Ok(())
}

/// How many became read.
pub(crate) async fn read_all(
    db: &Db,
    reader: Reader,
    newest: Uuid,
    now: Timestamp,
) -> Result<u64, DbError> {
    let args = args![reader.org.0, reader.user.uuid(), newest, now];
    db.execute(READ_ALL, args).await
}

/// Deletes what a user was told.
pub(crate) async fn delete_all(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_ALL, args![org.0, user.uuid()]).await?;
    Ok(())
}

/// Of all organisations, after an id.
pub(crate) async fn after(db: &Db, id: Uuid, limit: i64) -> Result<Vec<NotificationRow>, DbError> {
    db.fetch_all(AFTER, args![id, limit]).await
}
