//! The SQL of digests.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::messages::store::{self, Ended};

statements! {
    /// org, user, from this id on, told before, limit -> [`CollectedRow`] of mails that wait,
    /// oldest first.
    COLLECTED = "SELECT m.id, m.kind, m.data FROM messages m
        JOIN deliveries d ON d.message = m.id AND d.channel = 'email'
        WHERE m.org = $1 AND m.user_id = $2 AND m.id >= $3 AND m.created_at < $4
        AND m.event IS NOT NULL AND d.due_at IS NOT NULL ORDER BY m.id LIMIT $5";
    /// message, state, provider, its id, reason, hint at the address, now: whoever has taken it.
    END = "UPDATE deliveries SET state = $2, due_at = NULL, provider = $3, provider_id = $4, error = $5,
        shown = coalesce(CAST($6 AS TEXT), shown), updated_at = $7
        WHERE message = $1 AND channel = 'email' AND due_at IS NOT NULL";
}

/// A mail that waits.
#[derive(Debug, FromRow)]
pub(crate) struct CollectedRow {
    pub(crate) id: Uuid,
    pub(crate) kind: String,
    pub(crate) data: Option<Vec<u8>>,
}

/// Mails to somebody that wait and were told before a time, the oldest first.
pub(crate) async fn collected(
    db: &Db,
    (org, user): (OrgId, UserId),
    (from, before): (Uuid, Timestamp),
    limit: i64,
) -> Result<Vec<CollectedRow>, DbError> {
    let args = args![org.0, user.uuid(), from, before, limit];
    db.fetch_all(COLLECTED, args).await
}

/// Mails have ended that went out in another one, which ends in the same transaction: the first
/// that was left would go out for itself.
pub(crate) async fn end(
    tx: &mut Tx,
    messages: &[Uuid],
    ended: &Ended,
    now: Timestamp,
) -> Result<(), DbError> {
    for message in messages {
        let args = args![
            *message,
            ended.state.name(),
            ended.provider.map(ToOwned::to_owned),
            ended.provider_id.clone(),
            ended.reason.clone(),
            ended.shown.clone(),
            now
        ];
        tx.execute(END, args).await?;
        store::erase(tx, *message).await?;
    }
    Ok(())
}
