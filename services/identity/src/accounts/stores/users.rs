//! The SQL of users.

use contracts::identity::{Factor, Factors, OrgId, UserId};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::accounts::user::{User, UserStatus};
use crate::fault::Fault;

macro_rules! user_columns {
    () => {
        "id, org, email, name, role, status, email_verified, kyc_status, credential_epoch, created_at,
        (SELECT count(*) FROM totp_secrets WHERE user_id = users.id AND enabled_at IS NOT NULL) AS totp,
        (SELECT count(*) FROM passkeys WHERE user_id = users.id) AS passkeys,
        (SELECT count(*) FROM recovery_codes WHERE user_id = users.id AND used_at IS NULL) AS recovery_codes"
    };
}
pub(crate) use user_columns;

statements! {
    /// id, org, email, normalised, name, role, status, hash, verified, now.
    INSERT_USER = "INSERT INTO users
        (id, org, email, email_normalised, name, role, status, password_hash, email_verified, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    /// org, id -> [`UserRow`].
    USER_BY_ID = concat!("SELECT ", user_columns!(), " FROM users WHERE org = $1 AND id = $2");
    /// org, normalised -> [`CredentialsRow`].
    CREDENTIALS_BY_EMAIL = concat!(
        "SELECT ", user_columns!(), ", password_hash FROM users
         WHERE org = $1 AND email_normalised = $2 AND closed_at IS NULL"
    );
    /// org, id -> [`CredentialsRow`].
    CREDENTIALS_BY_ID = concat!(
        "SELECT ", user_columns!(), ", password_hash FROM users WHERE org = $1 AND id = $2 AND closed_at IS NULL"
    );
    /// org, normalised -> [`UserRow`], active or not.
    ACCOUNT_BY_EMAIL = concat!("SELECT ", user_columns!(), " FROM users WHERE org = $1 AND email_normalised = $2");
    /// org, id, hash.
    SET_PASSWORD = "UPDATE users SET password_hash = $3 WHERE org = $1 AND id = $2";
    /// org, id, name.
    SET_NAME = "UPDATE users SET name = $3 WHERE org = $1 AND id = $2";
    /// org, id, e-mail, normalised.
    CHANGE_EMAIL = "UPDATE users SET email = $3, email_normalised = $4, email_verified = 1
        WHERE org = $1 AND id = $2 AND status = 'active'";
    /// org, id, now, what stands for the e-mail.
    CLOSE = "UPDATE users SET status = 'suspended', closed_at = $3, email = '', email_normalised = $4, name = '',
        password_hash = '', email_verified = 0 WHERE org = $1 AND id = $2";
    /// org, id, the e-mail that was shown, normalised.
    VERIFY_EMAIL = "UPDATE users SET email_verified = 1
        WHERE org = $1 AND id = $2 AND email_normalised = $3 AND status = 'active'";
    /// org, id, the hash that was verified, the one that replaces it.
    RENEW_HASH = "UPDATE users SET password_hash = $4 WHERE org = $1 AND id = $2 AND password_hash = $3";
    /// -> the highest cost of a hash of bcrypt, of all organisations: two digits. No row where there is none.
    BCRYPT_COST = "SELECT substr(password_hash, 5, 2) FROM users WHERE substr(password_hash, 1, 2) = '$2'
        ORDER BY substr(password_hash, 5, 2) DESC LIMIT 1";
    /// -> id of any user.
    ANYBODY = "SELECT id FROM users LIMIT 1";
    /// org -> id of an administrator.
    ADMINISTRATOR = "SELECT id FROM users WHERE org = $1 AND role = 'admin' AND status = 'active' LIMIT 1";
    /// org, normalised -> id of the administrator with this e-mail.
    ADMINISTRATOR_BY_EMAIL = "SELECT id FROM users WHERE org = $1 AND email_normalised = $2 AND role = 'admin'";
    /// org, normalised -> id, name, status.
    USER_BY_EMAIL = "SELECT id, name, status FROM users WHERE org = $1 AND email_normalised = $2";
    /// org, normalised -> id of whoever has registered with this e-mail and never shown that it is theirs.
    UNCONFIRMED = "SELECT id FROM users WHERE org = $1 AND email_normalised = $2 AND email_verified = 0 AND role = 'user'";
    /// org, normalised -> [`UserRow`], as `UNCONFIRMED`. Changes nothing; but it locks them until the transaction ends.
    HOLD_UNCONFIRMED = concat!(
        "UPDATE users SET status = status WHERE org = $1 AND email_normalised = $2 AND email_verified = 0 AND role = 'user'
         RETURNING ", user_columns!()
    );
    /// org, normalised -> id, name: of an active user who has shown that the e-mail is theirs.
    CONFIRMED_USER_BY_EMAIL = "SELECT id, name FROM users
        WHERE org = $1 AND email_normalised = $2 AND email_verified = 1 AND status = 'active'";
}

/// A user.
#[derive(FromRow)]
pub(crate) struct UserRow {
    pub(crate) id: Uuid,
    org: i64,
    email: String,
    name: String,
    role: String,
    status: String,
    email_verified: i64,
    kyc_status: String,
    credential_epoch: i64,
    created_at: i64,
    totp: i64,
    passkeys: i64,
    recovery_codes: i64,
}

impl TryFrom<UserRow> for User {
    type Error = Fault;

    fn try_from(row: UserRow) -> Result<Self, Fault> {
        Ok(Self {
            id: UserId(row.id),
            org: OrgId(row.org),
            email: row.email,
            name: row.name,
            role: row.role.parse().map_err(|_| Fault::Row("users.role"))?,
            status: UserStatus::from_name(&row.status).ok_or(Fault::Row("users.status"))?,
            email_verified: row.email_verified != 0,
            second_factors: Factors::NONE
                .with(Factor::Totp, row.totp != 0)
                .with(Factor::Passkey, row.passkeys != 0)
                .with(Factor::RecoveryCode, row.recovery_codes != 0),
            kyc_status: row.kyc_status,
            credential_epoch: row.credential_epoch,
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
