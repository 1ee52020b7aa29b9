//! The SQL of passkeys and of the ceremonies in which they are registered and used.

use sqlx::FromRow;
use uuid::Uuid;

statements! {
    /// hash, user, sealed state, expires, epoch.
    INSERT_CEREMONY = "INSERT INTO passkey_ceremonies (hash, user_id, state, expires_at, credential_epoch) VALUES ($1, $2, $3, $4, $5)";
    /// hash, now -> user, sealed state, epoch. Deletes it, so that of two answers at once one finds it.
    TAKE_CEREMONY = "DELETE FROM passkey_ceremonies WHERE hash = $1 AND expires_at > $2 RETURNING user_id, state, credential_epoch";
    /// now.
    DELETE_EXPIRED_CEREMONIES = "DELETE FROM passkey_ceremonies WHERE expires_at <= $1";

    /// org, user -> how many.
    PASSKEY_COUNT = "SELECT count(*) FROM passkeys WHERE org = $1 AND user_id = $2";
    /// id, org, user, credential's id, credential, name, now.
    INSERT_PASSKEY = "INSERT INTO passkeys (id, org, user_id, credential_id, credential, name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    /// org, user -> [`PasskeyRow`], the oldest first.
    PASSKEYS = "SELECT id, org, user_id, credential_id, credential, name, created_at, last_used_at FROM passkeys
        WHERE org = $1 AND user_id = $2 ORDER BY id";
    /// credential's id -> org, user.
    OWNER_OF_PASSKEY = "SELECT org, user_id FROM passkeys WHERE credential_id = $1";
    /// credential's id -> [`PasskeyRow`]. An update, because that locks it: its counter is then read and written by one.
    LOCK_PASSKEY = "UPDATE passkeys SET name = name WHERE credential_id = $1
        RETURNING id, org, user_id, credential_id, credential, name, created_at, last_used_at";
    /// org, id, credential, now.
    USE_PASSKEY = "UPDATE passkeys SET credential = $3, last_used_at = $4 WHERE org = $1 AND id = $2";
    /// org, user.
    DELETE_PASSKEYS = "DELETE FROM passkeys WHERE org = $1 AND user_id = $2";
    /// user: what they were asked when they registered one.
    DELETE_CEREMONIES_OF_USER = "DELETE FROM passkey_ceremonies WHERE user_id = $1";
    /// org, user, id.
    DELETE_PASSKEY = "DELETE FROM passkeys WHERE org = $1 AND user_id = $2 AND id = $3";
}

/// A passkey.
#[derive(FromRow)]
pub(crate) struct PasskeyRow {
    pub(crate) id: Uuid,
    pub(crate) org: i64,
    pub(crate) user_id: Uuid,
    pub(crate) credential_id: Vec<u8>,
    pub(crate) credential: String,
    pub(crate) name: String,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: Option<i64>,
}
