//! The SQL of what Twilio tells of SMS.

use db::{Db, DbError, args};
use uuid::Uuid;
use values::Timestamp;

use crate::messages::state::State;

statements! {
    /// message, state, Twilio's id, reason, now. What has ended has ended, and an SMS that was sent
    /// again has another id.
    CALLED_BACK = "UPDATE deliveries SET state = $2, provider = 'twilio', provider_id = CAST($3 AS TEXT),
        error = CAST($4 AS TEXT), due_at = NULL, updated_at = $5
        WHERE message = $1 AND channel = 'sms' AND state IN ('queued', 'sent')
        AND (provider_id IS NULL OR provider_id = CAST($3 AS TEXT))";
}

/// What became of an SMS.
pub(crate) async fn called_back(
    db: &Db,
    message: Uuid,
    (state, reason): (State, Option<String>),
    provider_id: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![message, state.name(), provider_id, reason, now];
    db.execute(CALLED_BACK, args).await?;
    Ok(())
}
