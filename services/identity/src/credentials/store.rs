//! The SQL of the epoch of a user's credentials, and of what ends with it.

statements! {
    /// org, id, epoch or none for any. Changes nothing; but it locks the user until the transaction ends, where they are active
    /// and the epoch is still that.
    HOLD = "UPDATE users SET status = status WHERE org = $1 AND id = $2 AND status = 'active'
        AND credential_epoch = COALESCE(CAST($3 AS BIGINT), credential_epoch)";
    /// org, id -> the new epoch. Whatever holds the user is waited for.
    BEGIN_EPOCH = "UPDATE users SET credential_epoch = credential_epoch + 1 WHERE org = $1 AND id = $2 RETURNING credential_epoch";
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
