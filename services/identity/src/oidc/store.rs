//! The SQL of sign-in with others. A statement names the organisation, or goes by the hash of a secret.

use sqlx::FromRow;
use uuid::Uuid;

statements! {
    /// hash of the state, org, provider, hash of the cookie, user, data, now, expires, epoch.
    INSERT_ATTEMPT = "INSERT INTO oauth_attempts
        (state_hash, org, provider, browser_hash, user_id, data, created_at, expires_at, credential_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// hash of the state, provider -> [`AttemptRow`]. It is gone with the first who comes back with it.
    TAKE_ATTEMPT = "DELETE FROM oauth_attempts WHERE state_hash = $1 AND provider = $2
        RETURNING org, browser_hash, user_id, data, expires_at, credential_epoch";
    /// now.
    DELETE_EXPIRED = "DELETE FROM oauth_attempts WHERE expires_at <= $1";

    /// org, issuer, subject -> user.
    LINKED_USER = "SELECT user_id FROM linked_accounts WHERE org = $1 AND issuer = $2 AND subject = $3";
    /// org, issuer, subject, now -> user. An update, so that nobody unlinks it meanwhile.
    USE_LINK = "UPDATE linked_accounts SET last_used_at = $4
        WHERE org = $1 AND issuer = $2 AND subject = $3 RETURNING user_id";
    /// org, user, issuer -> how many.
    COUNT_LINKS = "SELECT count(*) FROM linked_accounts WHERE org = $1 AND user_id = $2 AND issuer = $3";
    /// org, issuer, subject, user, now.
    INSERT_LINK = "INSERT INTO linked_accounts (org, issuer, subject, user_id, created_at, last_used_at)
        VALUES ($1, $2, $3, $4, $5, $5)";
    /// org, user -> issuer, created, last used.
    LINKS_OF_USER = "SELECT issuer, created_at, last_used_at FROM linked_accounts
        WHERE org = $1 AND user_id = $2 ORDER BY created_at, issuer";
    /// org, user, issuer.
    DELETE_LINK = "DELETE FROM linked_accounts WHERE org = $1 AND user_id = $2 AND issuer = $3";
    /// org, user.
    DELETE_LINKS = "DELETE FROM linked_accounts WHERE org = $1 AND user_id = $2";
    /// org, user.
    DELETE_ATTEMPTS = "DELETE FROM oauth_attempts WHERE org = $1 AND user_id = $2";

    /// org, user, role.
    SET_ROLE = "UPDATE users SET role = $3 WHERE org = $1 AND id = $2";
}

/// A sign-in that was under way.
#[derive(FromRow)]
pub(crate) struct AttemptRow {
    pub(crate) org: i64,
    pub(crate) browser_hash: Vec<u8>,
    pub(crate) user_id: Option<Uuid>,
    pub(crate) data: Vec<u8>,
    pub(crate) expires_at: i64,
    pub(crate) credential_epoch: Option<i64>,
}
