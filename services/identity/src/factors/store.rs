//! The SQL of authenticator apps, recovery codes, wrong codes, and sign-ins that wait for a second factor.

use contracts::identity::{OrgId, UserId};
use sqlx::FromRow;
use uuid::Uuid;

statements! {
    /// org, user, sealed secret, now, epoch. Changes nothing where one is in use.
    SET_UP_TOTP = "INSERT INTO totp_secrets (org, user_id, secret, last_step, created_at, credential_epoch)
        VALUES ($1, $2, $3, 0, $4, $5)
        ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0,
        credential_epoch = excluded.credential_epoch
        WHERE totp_secrets.enabled_at IS NULL";
    /// org, user -> sealed secret, since when it is in use, in which epoch it was set up.
    TOTP = "SELECT secret, enabled_at, credential_epoch FROM totp_secrets WHERE org = $1 AND user_id = $2";
    /// org, user, step. Changes nothing where a code of this step or a later one was used: also not of two at once.
    USE_TOTP_STEP = "UPDATE totp_secrets SET last_step = $3 WHERE org = $1 AND user_id = $2 AND last_step < $3";
    /// org, user, now.
    ENABLE_TOTP = "UPDATE totp_secrets SET enabled_at = $3 WHERE org = $1 AND user_id = $2 AND enabled_at IS NULL";
    /// org, user.
    DELETE_TOTP = "DELETE FROM totp_secrets WHERE org = $1 AND user_id = $2";

    /// hash, org, user, now.
    INSERT_RECOVERY_CODE = "INSERT INTO recovery_codes (hash, org, user_id, created_at) VALUES ($1, $2, $3, $4)";
    /// org, user.
    DELETE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE org = $1 AND user_id = $2";
    /// org, user, hash, now.
    USE_RECOVERY_CODE = "UPDATE recovery_codes SET used_at = $4
        WHERE org = $1 AND user_id = $2 AND hash = $3 AND used_at IS NULL";
    /// org, user -> how many are left.
    RECOVERY_CODES_LEFT = "SELECT count(*) FROM recovery_codes WHERE org = $1 AND user_id = $2 AND used_at IS NULL";

    /// org, user -> failures, until when to wait. It writes, because that locks the account's count on both engines: codes of one
    /// account are checked one after the other.
    LOCK_FAILURES = "INSERT INTO proof_failures (org, user_id, failures, wait_until) VALUES ($1, $2, 0, 0)
        ON CONFLICT (user_id) DO UPDATE SET failures = proof_failures.failures RETURNING failures, wait_until";
    /// org, user, failures, until when to wait.
    SET_FAILURES = "UPDATE proof_failures SET failures = $3, wait_until = $4 WHERE org = $1 AND user_id = $2";

    /// org, user.
    DELETE_FAILURES = "DELETE FROM proof_failures WHERE org = $1 AND user_id = $2";
    /// org, user.
    DELETE_SIGN_INS_OF_USER = "DELETE FROM pending_sign_ins WHERE org = $1 AND user_id = $2";

    /// hash, org, user, methods, carrier, now, expires, epoch.
    INSERT_SIGN_IN = "INSERT INTO pending_sign_ins (hash, org, user_id, methods, carrier, created_at, expires_at, credential_epoch)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// hash, now, most tries -> [`SignInRow`]. An update, because that counts the try and locks the sign-in.
    TRY_SIGN_IN = "UPDATE pending_sign_ins SET tries = tries + 1
        WHERE hash = $1 AND expires_at > $2 AND tries < $3 RETURNING org, user_id, methods, carrier, credential_epoch";
    /// hash.
    DELETE_SIGN_IN = "DELETE FROM pending_sign_ins WHERE hash = $1";
    /// now.
    DELETE_EXPIRED_SIGN_INS = "DELETE FROM pending_sign_ins WHERE expires_at <= $1";
}

/// A sign-in that waits.
#[derive(FromRow)]
pub(crate) struct SignInRow {
    org: i64,
    user_id: Uuid,
    pub(crate) methods: String,
    pub(crate) carrier: String,
    pub(crate) credential_epoch: i64,
}

impl SignInRow {
    /// Whose it is.
    pub(crate) fn user(&self) -> (OrgId, UserId) {
        (OrgId(self.org), UserId(self.user_id))
    }
}
