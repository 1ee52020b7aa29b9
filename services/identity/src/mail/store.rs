//! The SQL of messages that wait to be handed over.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

statements! {
    /// id, org, user, kind, address, sealed data, now.
    INSERT = "INSERT INTO messages (id, org, user_id, kind, address, data, created_at, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    /// now -> [`MessageRow`]: the one that is due longest, of all organisations.
    NEXT_DUE = "SELECT id, org, user_id, kind, address, data, created_at, attempts FROM messages
        WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1";
    /// longest wait from now -> [`MessageRow`]: one that waits for longer, since a clock that was
    /// ahead has said when it is due.
    NEXT_AHEAD = "SELECT id, org, user_id, kind, address, data, created_at, attempts FROM messages
        WHERE due_at > $1 ORDER BY due_at, id LIMIT 1";
    /// id, attempts so far, due again. Changes nothing where another node took it first.
    TAKE = "UPDATE messages SET attempts = attempts + 1, due_at = $3 WHERE id = $1 AND attempts = $2 AND due_at IS NOT NULL";
    /// id, when it was sent, or nothing where it is given up. What it said and to where is erased.
    END = "UPDATE messages SET sent_at = $2, due_at = NULL, address = NULL, data = NULL WHERE id = $1";
    /// org, user.
    DELETE_OF_USER = "DELETE FROM messages WHERE org = $1 AND user_id = $2";
    /// until, how many: of those that have ended and are older.
    DELETE_ENDED = "DELETE FROM messages
        WHERE id IN (SELECT id FROM messages WHERE due_at IS NULL AND created_at <= $1 LIMIT $2)";
    /// latest, how many: of those that have ended and say that they were made later.
    DELETE_ENDED_AHEAD = "DELETE FROM messages
        WHERE id IN (SELECT id FROM messages WHERE due_at IS NULL AND created_at > $1 LIMIT $2)";
}

/// A message that waits, or is to.
pub(crate) struct WaitingMessage {
    pub(crate) id: Uuid,
    pub(crate) org: OrgId,
    pub(crate) user: Option<UserId>,
    pub(crate) kind: String,
    pub(crate) address: String,
    /// What it says, sealed.
    pub(crate) sealed: Vec<u8>,
    pub(crate) created_at: Timestamp,
    /// How often it was tried to be handed over.
    pub(crate) attempts: i64,
}

#[derive(FromRow)]
struct MessageRow {
    id: Uuid,
    org: i64,
    user_id: Option<Uuid>,
    kind: String,
    address: String,
    data: Vec<u8>,
    created_at: i64,
    attempts: i64,
}

/// Stores a message, to somebody with an account or without one; it is due at once.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: Uuid,
    (org, user): (OrgId, Option<UserId>),
    (kind, address): (&str, &str),
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<(), DbError> {
    let user = user.map(UserId::uuid);
    let args = args![id, org.0, user, kind, address, sealed, now];
    tx.execute(INSERT, args).await?;
    Ok(())
}

/// The message that is due longest, of all organisations. None waits until after `longest`.
pub(crate) async fn next_due(
    db: &Db,
    now: Timestamp,
    longest: Timestamp,
) -> Result<Option<WaitingMessage>, DbError> {
    let mut row: Option<MessageRow> = db.fetch_optional(NEXT_DUE, args![now]).await?;
    if row.is_none() {
        row = db.fetch_optional(NEXT_AHEAD, args![longest]).await?;
    }
    Ok(row.map(|row| WaitingMessage {
        id: row.id,
        org: OrgId(row.org),
        user: row.user_id.map(UserId),
        kind: row.kind,
        address: row.address,
        sealed: row.data,
        created_at: Timestamp(row.created_at),
        attempts: row.attempts,
    }))
}

/// Counts an attempt and says when the message is due again; says no where another node took it
/// first.
pub(crate) async fn take(
    db: &Db,
    message: &WaitingMessage,
    due_again: Timestamp,
) -> Result<bool, DbError> {
    let args = args![message.id, message.attempts, due_again];
    Ok(db.execute(TAKE, args).await? > 0)
}

/// Ends a message that was sent, or without a time is given up. What it said and to where is
/// erased.
pub(crate) async fn end(db: &Db, id: Uuid, sent_at: Option<Timestamp>) -> Result<(), DbError> {
    db.execute(END, args![id, sent_at]).await?;
    Ok(())
}

/// Deletes the messages to a user.
pub(crate) async fn delete_all(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_USER, args![org.0, user.uuid()])
        .await?;
    Ok(())
}

/// Deletes messages that have ended and were made until then.
pub(crate) async fn delete_ended(db: &Db, until: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_ENDED, args![until]).await
}

/// Deletes messages that have ended and say that they were made after this time.
pub(crate) async fn delete_made_after(db: &Db, latest: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_ENDED_AHEAD, args![latest])
        .await
}
