//! Answers that are stored under idempotency keys, for requests that have to know before they reach
//! the journal.

use db::{Db, args};
use payments_core::command::{IdempotencyKey, Reply};
use payments_core::document::Document;
use payments_core::refusal::Refused;
use sqlx::FromRow;
use uuid::Uuid;

use super::transactions::{after, transaction};
use super::{statements, unreadable};
use crate::error::Error;
use crate::http::replies::stored_reply;

statements! {
    /// scope, org -> [`AnswerRow`].
    STORED_ANSWER = "SELECT i.body_hash, i.status, COALESCE(i.body, e.data) AS body, e.to_status, e.time, \
        t.id AS transaction_id FROM idempotency i LEFT JOIN events e ON e.seq = i.event \
        LEFT JOIN transactions t ON t.no = e.transaction_no WHERE i.scope = $1 AND i.org = $2";
}

#[derive(FromRow)]
struct AnswerRow {
    body_hash: Uuid,
    status: i64,
    body: String,
    to_status: Option<i64>,
    time: Option<i64>,
    transaction_id: Option<Uuid>,
}

/// The reply that is stored under a key, if there is one.
///
/// # Errors
/// [`Refused::IdempotencyKeyReused`] where it was stored for another body; a fault.
pub(crate) async fn reply_under(
    db: &Db,
    org: i64,
    key: IdempotencyKey,
) -> Result<Option<Reply>, Error> {
    let args = args![Uuid::from_u128(key.scope), org];
    let Some(row): Option<AnswerRow> = db.fetch_optional(STORED_ANSWER, args).await? else {
        return Ok(None);
    };
    if row.body_hash.as_u128() != key.body {
        return Err(Refused::IdempotencyKeyReused.into());
    }
    let scope = Uuid::from_u128(key.scope);
    let status = u16::try_from(row.status)
        .map_err(|_| unreadable("idempotency", scope, "status", row.status))?;
    let body = match (row.transaction_id, row.to_status, row.time) {
        (Some(id), Some(status), Some(time)) => {
            // What changed in between does not matter: the event has it as it was.
            let found = transaction(db, org, id).await?;
            let (record, _) = found.ok_or_else(|| unreadable("transactions", id, "id", "none"))?;
            Document::Transaction(after(record, status, time, &row.body)?)
        }
        _ => Document::Text(row.body.into()),
    };
    Ok(Some(stored_reply(status, body)))
}
