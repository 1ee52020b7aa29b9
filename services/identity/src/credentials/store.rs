//! The SQL of the epoch of a user's credentials, and of what ends with it.

use contracts::identity::{OrgId, SessionId, UserId};
use db::{DbError, Tx, args};
use uuid::Uuid;
use values::Timestamp;

use crate::fault::Fault;

statements! {
    /// org, id, epoch or none for any. Changes nothing; but it locks the user until the transaction
    /// ends, where they are active and the epoch is still that.
    HOLD = "UPDATE users SET status = status WHERE org = $1 AND id = $2 AND status = 'active'
        AND credential_epoch = COALESCE(CAST($3 AS BIGINT), credential_epoch)";
    /// org, id -> the new epoch. Whatever holds the user is waited for.
    BEGIN_EPOCH = "UPDATE users SET credential_epoch = credential_epoch + 1 WHERE org = $1 AND id = $2 RETURNING credential_epoch";
    /// Of everybody.
    BEGIN_EPOCHS = "UPDATE users SET credential_epoch = credential_epoch + 1";
    /// now.
    REVOKE_ALL_SESSIONS = "UPDATE sessions SET revoked_at = $1 WHERE revoked_at IS NULL";
    /// org, user, the new epoch, session.
    KEEP_SESSION = "UPDATE sessions SET credential_epoch = $3
        WHERE org = $1 AND user_id = $2 AND credential_epoch = $3 - 1 AND revoked_at IS NULL AND id = $4";
    /// org, user, the new epoch.
    KEEP_SESSIONS = "UPDATE sessions SET credential_epoch = $3
        WHERE org = $1 AND user_id = $2 AND credential_epoch = $3 - 1 AND revoked_at IS NULL";
    /// org, user, the new epoch, now -> id.
    REVOKE_FORMER_SESSIONS = "UPDATE sessions SET revoked_at = $4
        WHERE org = $1 AND user_id = $2 AND credential_epoch < $3 AND revoked_at IS NULL AND expires_at > $4 RETURNING id";
    /// org, user, session, epoch, now -> one row where the session goes on.
    LIVE_SESSION = "SELECT id FROM sessions WHERE org = $1 AND user_id = $2 AND id = $3 AND credential_epoch = $4
        AND revoked_at IS NULL AND expires_at > $5";
}

/// Ends all sessions, and what anybody has begun with their credentials.
pub(crate) async fn end_all(tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
    tx.execute(BEGIN_EPOCHS, args![]).await?;
    tx.execute(REVOKE_ALL_SESSIONS, args![now]).await?;
    Ok(())
}

/// Locks an active user until the transaction ends, where the epoch of their credentials is still
/// this one. False where they are not active, or in another epoch.
pub(crate) async fn lock_user(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    epoch: Option<i64>,
) -> Result<bool, DbError> {
    Ok(tx.execute(HOLD, args![org.0, user.uuid(), epoch]).await? > 0)
}

/// Whether a session of a user goes on, in this epoch of their credentials.
pub(crate) async fn is_session_live(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    session: SessionId,
    epoch: i64,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![org.0, user.uuid(), session.uuid(), epoch, now];
    let live: Option<(Uuid,)> = tx.fetch_optional(LIVE_SESSION, args).await?;
    Ok(live.is_some())
}

/// Begins the next epoch of a user's credentials, and says which it is.
pub(crate) async fn begin_epoch(tx: &mut Tx, org: OrgId, user: UserId) -> Result<i64, Fault> {
    let args = args![org.0, user.uuid()];
    let begun: Option<(i64,)> = tx.fetch_optional(BEGIN_EPOCH, args).await?;
    let (epoch,) = begun.ok_or(Fault::Row("users"))?;
    Ok(epoch)
}

/// Takes a session of the epoch before into this one.
pub(crate) async fn keep_session(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    epoch: i64,
    session: SessionId,
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid(), epoch, session.uuid()];
    tx.execute(KEEP_SESSION, args).await?;
    Ok(())
}

/// Takes all sessions of the epoch before into this one.
pub(crate) async fn keep_sessions(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    epoch: i64,
) -> Result<(), DbError> {
    tx.execute(KEEP_SESSIONS, args![org.0, user.uuid(), epoch])
        .await?;
    Ok(())
}

/// Ends the sessions of a user that are of an earlier epoch, and says which.
pub(crate) async fn end_former_sessions(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    epoch: i64,
    now: Timestamp,
) -> Result<Vec<SessionId>, DbError> {
    let args = args![org.0, user.uuid(), epoch, now];
    let ended: Vec<(Uuid,)> = tx.fetch_all(REVOKE_FORMER_SESSIONS, args).await?;
    Ok(ended.into_iter().map(|(id,)| SessionId(id)).collect())
}
