//! The SQL of messages that wait to be sent.

use sqlx::FromRow;
use uuid::Uuid;

statements! {
    /// id, org, user, kind, address, sealed data, now.
    INSERT = "INSERT INTO messages (id, org, user_id, kind, address, data, created_at, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    /// now -> [`WaitingRow`]: the one that is due longest, of all organisations.
    NEXT_DUE = "SELECT id, kind, address, data, created_at, attempts FROM messages
        WHERE due_at <= $1 ORDER BY due_at, id LIMIT 1";
    /// id, attempts so far, due again. Changes nothing where another node took it first.
    TAKE = "UPDATE messages SET attempts = attempts + 1, due_at = $3 WHERE id = $1 AND attempts = $2 AND due_at IS NOT NULL";
    /// id, when it was sent, or nothing where it is given up. What it said and to where is erased.
    END = "UPDATE messages SET sent_at = $2, due_at = NULL, address = NULL, data = NULL WHERE id = $1";
    /// org, user.
    DELETE_OF_USER = "DELETE FROM messages WHERE org = $1 AND user_id = $2";
    /// until: those that have ended and are older.
    DELETE_ENDED = "DELETE FROM messages WHERE due_at IS NULL AND created_at <= $1";
}

/// A message that waits.
#[derive(FromRow)]
pub(crate) struct WaitingRow {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) address: String,
    pub(crate) data: Vec<u8>,
    pub(crate) created_at: i64,
    pub(crate) attempts: i64,
}
