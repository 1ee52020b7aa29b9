//! The SQL of sessions and of their refresh tokens.

use contracts::identity::{OrgId, SessionId, UserId};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::fault::Fault;
use crate::sessions::session::{Proof, Session, StoredRefreshToken};

statements! {
    /// id, org, user, methods, authenticated, second factor, created, last used, expires, address, user agent, epoch.
    INSERT_SESSION = "INSERT INTO sessions
        (id, org, user_id, methods, authenticated_at, second_factor_at, created_at, last_used_at, expires_at, address, user_agent,
        credential_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    /// org, id, now, epoch -> [`LiveSessionRow`]. Of one that has not ended; an update, because that locks it.
    LOCK_LIVE_SESSION = "UPDATE sessions SET last_used_at = $3
        WHERE org = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3 AND credential_epoch = $4
        RETURNING id, org, user_id, methods, authenticated_at, second_factor_at, created_at, last_used_at, expires_at, revoked_at,
        credential_epoch, cookie_hash";
    /// org, id, methods, authenticated, second factor.
    SET_PROOF = "UPDATE sessions SET methods = $3, authenticated_at = $4, second_factor_at = $5 WHERE org = $1 AND id = $2";
    /// id, hash: the session is a browser's.
    SET_COOKIE = "UPDATE sessions SET cookie_hash = $2 WHERE id = $1";
    /// hash -> [`CookieRow`], of an active user.
    SESSION_OF_COOKIE = "SELECT s.id, s.org, s.user_id, s.authenticated_at, s.second_factor_at, s.last_used_at, s.expires_at
        FROM sessions s JOIN users u ON u.org = s.org AND u.id = s.user_id
        WHERE s.cookie_hash = $1 AND s.revoked_at IS NULL AND s.credential_epoch = u.credential_epoch AND u.status = 'active'";
    /// hash, now -> id, org, user.
    REVOKE_SESSION_OF_COOKIE = "UPDATE sessions SET revoked_at = $2 WHERE cookie_hash = $1 AND revoked_at IS NULL
        RETURNING id, org, user_id";
    /// id, when.
    USE_SESSION = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
    /// org, user, now, tokens last used after, cookies last used after, created before, how many -> [`ListedRow`].
    SESSIONS_OF_USER = "SELECT id, address, user_agent, cookie_hash, created_at, last_used_at, expires_at FROM sessions
        WHERE org = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3
        AND last_used_at > CASE WHEN cookie_hash IS NULL THEN CAST($4 AS BIGINT) ELSE CAST($5 AS BIGINT) END
        AND created_at < $6 ORDER BY created_at DESC, id DESC LIMIT $7";
    /// org, user, id, now -> id.
    REVOKE_SESSION_OF_USER = "UPDATE sessions SET revoked_at = $4
        WHERE org = $1 AND user_id = $2 AND id = $3 AND revoked_at IS NULL AND expires_at > $4 RETURNING id";
    /// hash, now -> [`SessionRow`]. An update, because that locks the family on both engines: what follows in the
    /// transaction cannot be overtaken by another refresh or a logout.
    LOCK_SESSION_OF_TOKEN = "UPDATE sessions SET last_used_at = $2
        WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1)
        RETURNING id, org, user_id, methods, authenticated_at, second_factor_at, created_at, last_used_at, expires_at, revoked_at,
        credential_epoch";
    /// id, now.
    REVOKE_SESSION = "UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    /// hash, now -> id, org, user. Any token of the family will do, also a used one.
    REVOKE_SESSION_OF_TOKEN = "UPDATE sessions SET revoked_at = $2
        WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1) AND revoked_at IS NULL
        RETURNING id, org, user_id";
    /// since -> id, when.
    REVOKED_SINCE = "SELECT id, revoked_at FROM sessions WHERE revoked_at > $1";
    /// now. Their refresh tokens go with them.
    DELETE_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE expires_at <= $1";

    /// hash, org, session, now, expires.
    INSERT_REFRESH_TOKEN = "INSERT INTO refresh_tokens (token_hash, org, session_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)";
    /// hash -> [`RefreshTokenRow`].
    REFRESH_TOKEN = "SELECT expires_at, used_at, used_by, successor_salt FROM refresh_tokens WHERE token_hash = $1";
    /// hash, now, the device's hash, salt of the successor.
    USE_REFRESH_TOKEN = "UPDATE refresh_tokens SET used_at = $2, used_by = $3, successor_salt = $4 WHERE token_hash = $1";
    /// hash, session -> one row where it is a token of the session that nobody has used.
    UNUSED_REFRESH_TOKEN = "SELECT created_at FROM refresh_tokens WHERE token_hash = $1 AND session_id = $2 AND used_at IS NULL";
    /// now.
    DELETE_EXPIRED_REFRESH_TOKENS = "DELETE FROM refresh_tokens WHERE expires_at <= $1";
}

/// A session.
#[derive(FromRow)]
pub(crate) struct SessionRow {
    id: Uuid,
    org: i64,
    user_id: Uuid,
    methods: String,
    authenticated_at: Option<i64>,
    second_factor_at: Option<i64>,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
    pub(crate) credential_epoch: i64,
}

impl TryFrom<SessionRow> for Session {
    type Error = Fault;

    fn try_from(row: SessionRow) -> Result<Self, Fault> {
        let second_factor_at = row.second_factor_at.map(Timestamp);
        Ok(Self {
            id: SessionId(row.id),
            org: OrgId(row.org),
            user: UserId(row.user_id),
            proof: Proof::from_names(&row.methods, second_factor_at)
                .ok_or(Fault::Row("sessions.methods"))?,
            authenticated_at: row.authenticated_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            last_used_at: Timestamp(row.last_used_at),
            expires_at: Timestamp(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp),
        })
    }
}

/// A session that goes on, and what shows it where it is a browser's.
#[derive(FromRow)]
pub(crate) struct LiveSessionRow {
    #[sqlx(flatten)]
    pub(crate) session: SessionRow,
    pub(crate) cookie_hash: Option<Vec<u8>>,
}

/// A refresh token, known by its hash.
#[derive(FromRow)]
pub(crate) struct RefreshTokenRow {
    expires_at: i64,
    used_at: Option<i64>,
    /// The hash of the device that has used it.
    pub(crate) used_by: Option<Vec<u8>>,
    /// What its successor is derived with.
    pub(crate) successor_salt: Option<Vec<u8>>,
}

impl RefreshTokenRow {
    /// What there is to know of it; whether the same device asks again for an answer that nobody has used, the caller knows.
    pub(crate) fn stored(&self, repeatable: bool) -> StoredRefreshToken {
        StoredRefreshToken {
            expires_at: Timestamp(self.expires_at),
            used_at: self.used_at.map(Timestamp),
            repeatable,
        }
    }
}

/// A browser's session, known by the hash of its cookie.
#[derive(FromRow)]
pub(crate) struct CookieRow {
    pub(crate) id: Uuid,
    pub(crate) org: i64,
    pub(crate) user_id: Uuid,
    pub(crate) authenticated_at: Option<i64>,
    pub(crate) second_factor_at: Option<i64>,
    pub(crate) last_used_at: i64,
    pub(crate) expires_at: i64,
}

/// A session in its user's list.
#[derive(FromRow)]
pub(crate) struct ListedRow {
    pub(crate) id: Uuid,
    pub(crate) address: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) cookie_hash: Option<Vec<u8>>,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: i64,
    pub(crate) expires_at: i64,
}
