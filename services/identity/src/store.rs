//! Identity's SQL: one text per statement for both engines, and the rows that come back. It decides nothing.
//!
//! A statement names the organisation, or goes by a secret or an id that only one organisation can have
//! (a token's hash, a session's id), or serves the installation as a whole (revocations, cleaning up).

use contracts::identity::{OrgId, SessionId, UserId};
use platform::clock::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::Error;
use crate::session::{Session, StoredRefreshToken};
use crate::user::{User, UserStatus};

macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)*
        #[cfg(test)]
        const ALL: &[&str] = &[$($name),*];
    };
}

macro_rules! user_columns {
    () => {
        "id, org, email, name, role, status, email_verified, two_factor_enabled, kyc_status, created_at"
    };
}

statements! {
    /// id, org, email, normalised, name, role, status, hash, now.
    INSERT_USER = "INSERT INTO users
        (id, org, email, email_normalised, name, role, status, password_hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// org, id -> [`UserRow`].
    USER_BY_ID = concat!("SELECT ", user_columns!(), " FROM users WHERE org = $1 AND id = $2");
    /// org, normalised -> [`CredentialsRow`].
    CREDENTIALS_BY_EMAIL = concat!(
        "SELECT ", user_columns!(), ", password_hash FROM users WHERE org = $1 AND email_normalised = $2"
    );
    /// org, normalised -> id, name, status.
    USER_BY_EMAIL = "SELECT id, name, status FROM users WHERE org = $1 AND email_normalised = $2";

    /// id, org, user, created, last used, expires.
    INSERT_SESSION = "INSERT INTO sessions (id, org, user_id, created_at, last_used_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    /// hash, now -> [`SessionRow`]. An update, because that locks the family on both engines: what follows in the
    /// transaction cannot be overtaken by another refresh or a logout.
    LOCK_SESSION_OF_TOKEN = "UPDATE sessions SET last_used_at = $2
        WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1)
        RETURNING id, org, user_id, created_at, last_used_at, expires_at, revoked_at";
    /// id, now.
    REVOKE_SESSION = "UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    /// hash, now -> id. Any token of the family will do, also a used one.
    REVOKE_SESSION_OF_TOKEN = "UPDATE sessions SET revoked_at = $2
        WHERE id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1) AND revoked_at IS NULL
        RETURNING id";
    /// since -> id, when.
    REVOKED_SINCE = "SELECT id, revoked_at FROM sessions WHERE revoked_at > $1";
    /// now. Their refresh tokens go with them.
    DELETE_EXPIRED_SESSIONS = "DELETE FROM sessions WHERE expires_at <= $1";

    /// hash, org, session, now, expires.
    INSERT_REFRESH_TOKEN = "INSERT INTO refresh_tokens (token_hash, org, session_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5)";
    /// hash -> [`RefreshTokenRow`].
    REFRESH_TOKEN = "SELECT expires_at, used_at FROM refresh_tokens WHERE token_hash = $1";
    /// hash, now.
    USE_REFRESH_TOKEN = "UPDATE refresh_tokens SET used_at = $2 WHERE token_hash = $1";
    /// now.
    DELETE_EXPIRED_REFRESH_TOKENS = "DELETE FROM refresh_tokens WHERE expires_at <= $1";

    /// org, kid, algorithm, private key, now. Of several first starts one wins, and all read its key.
    INSERT_FIRST_KEY = "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at)
        VALUES ($1, 1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    /// org -> kid, private key; the newest first.
    SIGNING_KEYS = "SELECT kid, private_key FROM signing_keys WHERE org = $1 ORDER BY generation DESC";
}

/// A user.
#[derive(FromRow)]
pub(crate) struct UserRow {
    id: Uuid,
    org: i64,
    email: String,
    name: String,
    role: String,
    status: String,
    email_verified: i64,
    two_factor_enabled: i64,
    kyc_status: String,
    created_at: i64,
}

impl TryFrom<UserRow> for User {
    type Error = Error;

    fn try_from(row: UserRow) -> Result<Self, Error> {
        Ok(Self {
            id: UserId(row.id),
            org: OrgId(row.org),
            email: row.email,
            name: row.name,
            role: row.role.parse().map_err(|_| Error::Row("users.role"))?,
            status: UserStatus::from_name(&row.status).ok_or(Error::Row("users.status"))?,
            email_verified: row.email_verified != 0,
            two_factor_enabled: row.two_factor_enabled != 0,
            kyc_status: row.kyc_status,
            created_at: Timestamp(row.created_at),
        })
    }
}

/// A user and what proves that it is them.
#[derive(FromRow)]
pub(crate) struct CredentialsRow {
    #[sqlx(flatten)]
    pub(crate) user: UserRow,
    pub(crate) password_hash: String,
}

/// A session.
#[derive(FromRow)]
pub(crate) struct SessionRow {
    id: Uuid,
    org: i64,
    user_id: Uuid,
    created_at: i64,
    last_used_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: SessionId(row.id),
            org: OrgId(row.org),
            user: UserId(row.user_id),
            created_at: Timestamp(row.created_at),
            last_used_at: Timestamp(row.last_used_at),
            expires_at: Timestamp(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp),
        }
    }
}

/// A refresh token, known by its hash.
#[derive(FromRow)]
pub(crate) struct RefreshTokenRow {
    expires_at: i64,
    used_at: Option<i64>,
}

impl From<RefreshTokenRow> for StoredRefreshToken {
    fn from(row: RefreshTokenRow) -> Self {
        Self {
            expires_at: Timestamp(row.expires_at),
            used_at: row.used_at.map(Timestamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let db = store
                .open(crate::SCHEMA, crate::migrations())
                .await
                .unwrap();
            for sql in ALL {
                assert!(db.prepare(sql).await.is_ok(), "{engine:?}: {sql}");
            }
        }
    }

    #[test]
    fn both_engines_have_the_same_migrations() {
        let versions = |migrator: &sqlx::migrate::Migrator| {
            migrator
                .iter()
                .map(|migration| migration.version)
                .collect::<Vec<_>>()
        };
        let migrations = crate::migrations();
        assert_eq!(versions(migrations.sqlite), versions(migrations.postgres));
    }
}
