//! The SQL of authenticator apps, recovery codes, wrong codes, and sign-ins that wait for a second
//! factor.

use contracts::identity::{OrgId, UserId};
use db::{Arg, Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::accounts::user::User;
use crate::factors::second_factor::{Failures, TRIES_OF_A_SIGN_IN};
use crate::factors::totp;
use crate::fault::Fault;
use crate::passkeys::store as passkeys;
use crate::sessions::session::{Carrier, Proof};

statements! {
    /// org, user, sealed secret, now, epoch. Changes nothing where one is in use.
    SET_UP_TOTP = "INSERT INTO totp_secrets (org, user_id, secret, last_step, created_at, credential_epoch)
        VALUES ($1, $2, $3, 0, $4, $5)
        ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at, last_step = 0,
        credential_epoch = excluded.credential_epoch
        WHERE totp_secrets.enabled_at IS NULL";
    /// org, user -> sealed secret, since when it is in use, in which epoch it was set up.
    TOTP = "SELECT secret, enabled_at, credential_epoch FROM totp_secrets WHERE org = $1 AND user_id = $2";
    /// org, user, step, the last one that a right clock has used. Changes nothing where a code of
    /// this step or a later one was used: also not of two at once. One that a clock in the future
    /// has used counts as none.
    USE_TOTP_STEP = "UPDATE totp_secrets SET last_step = $3
        WHERE org = $1 AND user_id = $2 AND (last_step < $3 OR last_step > $4)";
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

    /// org, user -> failures, until when to wait. It writes, because that locks the account's count
    /// on both engines: codes of one account are checked one after the other.
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
    /// hash, now, most tries -> [`SignInRow`]. An update, because that counts the try and locks the
    /// sign-in.
    TRY_SIGN_IN = concat!("UPDATE pending_sign_ins SET tries = tries + 1
        WHERE hash = $1 AND expires_at > $2 AND tries < $3", made_by!("$2"),
        " RETURNING org, user_id, methods, carrier, credential_epoch");
    /// hash.
    DELETE_SIGN_IN = "DELETE FROM pending_sign_ins WHERE hash = $1";
    /// now, how many.
    DELETE_EXPIRED_SIGN_INS = "DELETE FROM pending_sign_ins
        WHERE hash IN (SELECT hash FROM pending_sign_ins WHERE expires_at <= $1 LIMIT $2)";
    /// latest, how many: those that say that they were made later.
    DELETE_SIGN_INS_AHEAD = "DELETE FROM pending_sign_ins
        WHERE hash IN (SELECT hash FROM pending_sign_ins WHERE created_at > $1 LIMIT $2)";
}

/// An authenticator app's secret, sealed.
pub(crate) struct StoredTotp {
    pub(crate) sealed: Vec<u8>,
    /// Whether it is in use: a code of it was sent.
    pub(crate) enabled: bool,
    /// The epoch of the credentials in which it was set up.
    pub(crate) epoch: i64,
}

/// Stores a new secret; says no where an app is in use.
pub(crate) async fn set_up_totp(
    tx: &mut Tx,
    user: &User,
    sealed: Vec<u8>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let epoch = user.credential_epoch;
    let args = args![user.org.0, user.id.uuid(), sealed, now, epoch];
    Ok(tx.execute(SET_UP_TOTP, args).await? > 0)
}

/// The secret of a user's app, in use or not.
pub(crate) async fn totp(tx: &mut Tx, user: &User) -> Result<Option<StoredTotp>, DbError> {
    let row: Option<(Vec<u8>, Option<i64>, i64)> = tx.fetch_optional(TOTP, whose(user)).await?;
    Ok(row.map(|(sealed, enabled_at, epoch)| StoredTotp {
        sealed,
        enabled: enabled_at.is_some(),
        epoch,
    }))
}

/// Uses a time step up; says no where one of it or of a later one was used.
pub(crate) async fn use_totp_step(
    tx: &mut Tx,
    user: &User,
    step: i64,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![user.org.0, user.id.uuid(), step, totp::latest_step(now)];
    Ok(tx.execute(USE_TOTP_STEP, args).await? == 1)
}

/// Takes an app into use.
pub(crate) async fn enable_totp(tx: &mut Tx, user: &User, now: Timestamp) -> Result<(), DbError> {
    let args = args![user.org.0, user.id.uuid(), now];
    tx.execute(ENABLE_TOTP, args).await?;
    Ok(())
}

/// Deletes an app's secret; says whether there was one.
pub(crate) async fn delete_totp(tx: &mut Tx, user: &User) -> Result<bool, DbError> {
    Ok(tx.execute(DELETE_TOTP, whose(user)).await? > 0)
}

/// Stores new recovery codes, by their hashes, in the place of those before.
pub(crate) async fn replace_recovery_codes(
    tx: &mut Tx,
    user: &User,
    hashes: impl Iterator<Item = Vec<u8>>,
    now: Timestamp,
) -> Result<(), DbError> {
    delete_recovery_codes(tx, user).await?;
    for hash in hashes {
        let args = args![hash, user.org.0, user.id.uuid(), now];
        tx.execute(INSERT_RECOVERY_CODE, args).await?;
    }
    Ok(())
}

/// Deletes a user's recovery codes.
pub(crate) async fn delete_recovery_codes(tx: &mut Tx, user: &User) -> Result<(), DbError> {
    tx.execute(DELETE_RECOVERY_CODES, whose(user)).await?;
    Ok(())
}

/// Uses a recovery code up; says whether it was one that nobody has used.
pub(crate) async fn use_recovery_code(
    tx: &mut Tx,
    user: &User,
    hash: Vec<u8>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let args = args![user.org.0, user.id.uuid(), hash, now];
    Ok(tx.execute(USE_RECOVERY_CODE, args).await? == 1)
}

/// How many recovery codes a user has left.
pub(crate) async fn recovery_codes_left(db: &Db, user: &User) -> Result<i64, DbError> {
    let (left,): (i64,) = db.fetch_one(RECOVERY_CODES_LEFT, whose(user)).await?;
    Ok(left)
}

/// A user's wrong codes so far. Locks them: codes of one account are checked one after the other.
pub(crate) async fn lock_failures(tx: &mut Tx, user: &User) -> Result<Failures, Fault> {
    let row: Option<(i64, i64)> = tx.fetch_optional(LOCK_FAILURES, whose(user)).await?;
    let (count, wait_until) = row.ok_or(Fault::Row("proof_failures"))?;
    Ok(Failures {
        count,
        wait_until: Timestamp(wait_until),
    })
}

/// Stores a user's wrong codes.
pub(crate) async fn set_failures(
    tx: &mut Tx,
    user: &User,
    failures: Failures,
) -> Result<(), DbError> {
    let Failures { count, wait_until } = failures;
    let args = args![user.org.0, user.id.uuid(), count, wait_until];
    tx.execute(SET_FAILURES, args).await?;
    Ok(())
}

/// Deletes all that a user has beside their password.
pub(crate) async fn delete_factors(tx: &mut Tx, user: &User) -> Result<(), DbError> {
    for sql in [
        DELETE_TOTP,
        DELETE_RECOVERY_CODES,
        DELETE_FAILURES,
        DELETE_SIGN_INS_OF_USER,
    ] {
        tx.execute(sql, whose(user)).await?;
    }
    passkeys::delete_all(tx, user).await
}

fn whose(user: &User) -> Vec<Arg> {
    args![user.org.0, user.id.uuid()]
}

/// A sign-in that waits for its second factor.
pub(crate) struct WaitingSignIn {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    /// What was shown so far.
    pub(crate) proof: Proof,
    pub(crate) carrier: Carrier,
    /// The epoch of the user's credentials in which it began.
    pub(crate) credential_epoch: i64,
}

#[derive(FromRow)]
struct SignInRow {
    org: i64,
    user_id: Uuid,
    methods: String,
    carrier: String,
    credential_epoch: i64,
}

impl TryFrom<SignInRow> for WaitingSignIn {
    type Error = Fault;

    fn try_from(row: SignInRow) -> Result<Self, Fault> {
        Ok(Self {
            org: OrgId(row.org),
            user: UserId(row.user_id),
            proof: Proof::from_names(&row.methods, None)
                .ok_or(Fault::Row("pending_sign_ins.methods"))?,
            carrier: Carrier::from_name(&row.carrier)
                .ok_or(Fault::Row("pending_sign_ins.carrier"))?,
            credential_epoch: row.credential_epoch,
        })
    }
}

/// Stores that a sign-in waits, by the hash of its token.
pub(crate) async fn insert_sign_in(
    tx: &mut Tx,
    token_hash: Vec<u8>,
    user: &User,
    (proof, carrier): (&Proof, Carrier),
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    let args = args![
        token_hash,
        user.org.0,
        user.id.uuid(),
        proof.names(),
        carrier.as_str(),
        now,
        expires_at,
        user.credential_epoch
    ];
    tx.execute(INSERT_SIGN_IN, args).await?;
    Ok(())
}

/// Counts a try of a sign-in that waits, and locks it. None where it is over or was tried too
/// often.
pub(crate) async fn try_sign_in(
    tx: &mut Tx,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<WaitingSignIn>, Fault> {
    let args = args![token_hash.to_vec(), now, TRIES_OF_A_SIGN_IN];
    let row: Option<SignInRow> = tx.fetch_optional(TRY_SIGN_IN, args).await?;
    row.map(WaitingSignIn::try_from).transpose()
}

/// Deletes a sign-in that has gone on.
pub(crate) async fn delete_sign_in(tx: &mut Tx, token_hash: Vec<u8>) -> Result<(), DbError> {
    tx.execute(DELETE_SIGN_IN, args![token_hash]).await?;
    Ok(())
}

/// Deletes sign-ins that nobody went on with in time.
pub(crate) async fn delete_expired_sign_ins(db: &Db, now: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_EXPIRED_SIGN_INS, args![now])
        .await
}

/// Deletes those that say that they were made after this time.
pub(crate) async fn delete_sign_ins_made_after(db: &Db, latest: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_SIGN_INS_AHEAD, args![latest])
        .await
}
