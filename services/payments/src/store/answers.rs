//! Answers that are stored under idempotency keys, for requests that have to know before they reach the journal.

use platform::args;
use platform::db::Db;
use sqlx::FromRow;
use uuid::Uuid;

use super::{statements, unreadable};
use crate::command::{Answer, IdempotencyKey};
use crate::error::Error;
use crate::refusal::Refused;

statements! {
    /// scope, org -> [`AnswerRow`].
    STORED_ANSWER = "SELECT i.body_hash, i.status, COALESCE(i.body, e.data) AS body \
        FROM idempotency i LEFT JOIN events e ON e.seq = i.event WHERE i.scope = $1 AND i.org = $2";
}

#[derive(FromRow)]
struct AnswerRow {
    body_hash: Uuid,
    status: i64,
    body: String,
}

/// The answer that is stored under a key, if there is one.
///
/// # Errors
/// [`Refused::IdempotencyKeyReused`] where it was stored for another body; a fault.
pub(crate) async fn stored_answer(
    db: &Db,
    org: i64,
    key: IdempotencyKey,
) -> Result<Option<Answer>, Error> {
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
    Ok(Some(Answer::Json {
        status,
        body: row.body.into(),
        replayed: true,
    }))
}
