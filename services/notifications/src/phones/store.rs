//! The SQL of phone numbers.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use values::Timestamp;

statements! {
    /// org, user -> [`PhoneRow`].
    GET = "SELECT number, verified_at, stopped_at FROM phones WHERE org = $1 AND user_id = $2";
    /// org, user, number, fingerprint, now. A number that is verified anew is not stopped.
    PUT = "INSERT INTO phones (org, user_id, number, fingerprint, verified_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (org, user_id) DO UPDATE SET number = excluded.number, fingerprint = excluded.fingerprint,
        verified_at = excluded.verified_at, stopped_at = NULL";
    /// org, user.
    DELETE = "DELETE FROM phones WHERE org = $1 AND user_id = $2";
    /// fingerprint, now.
    STOP = "UPDATE phones SET stopped_at = $2 WHERE fingerprint = $1 AND stopped_at IS NULL";
    /// fingerprint.
    START = "UPDATE phones SET stopped_at = NULL WHERE fingerprint = $1";
    /// org, user, number, code, expires, epoch.
    PUT_CLAIM = "INSERT INTO phone_claims (org, user_id, number, code, attempts, expires_at, credential_epoch)
        VALUES ($1, $2, $3, $4, 0, $5, $6)
        ON CONFLICT (org, user_id) DO UPDATE SET number = excluded.number, code = excluded.code, attempts = 0,
        expires_at = excluded.expires_at, credential_epoch = excluded.credential_epoch";
    /// org, user, now, attempts allowed, epoch -> [`ClaimRow`]: counts an attempt.
    TRY_CLAIM = "UPDATE phone_claims SET attempts = attempts + 1
        WHERE org = $1 AND user_id = $2 AND expires_at > $3 AND attempts < $4 AND credential_epoch = $5 RETURNING number, code";
    /// org, user, code -> changes nothing where it was used already.
    DELETE_CLAIM = "DELETE FROM phone_claims WHERE org = $1 AND user_id = $2 AND code = $3";
    /// org, user.
    DELETE_CLAIMS = "DELETE FROM phone_claims WHERE org = $1 AND user_id = $2";
    /// until, how many.
    DELETE_OLD_CLAIMS = "DELETE FROM phone_claims
        WHERE (org, user_id) IN (SELECT org, user_id FROM phone_claims WHERE expires_at <= $1 LIMIT $2)";
}

/// A number that was verified.
#[derive(Debug, FromRow)]
pub(crate) struct PhoneRow {
    /// Sealed.
    pub(crate) number: Vec<u8>,
    pub(crate) verified_at: i64,
    pub(crate) stopped_at: Option<i64>,
}

/// A number that is to be verified.
#[derive(Debug, FromRow)]
pub(crate) struct ClaimRow {
    /// Sealed.
    pub(crate) number: Vec<u8>,
    /// A keyed hash.
    pub(crate) code: Vec<u8>,
}

type Whose = (OrgId, UserId);

pub(crate) async fn get(db: &Db, (org, user): Whose) -> Result<Option<PhoneRow>, DbError> {
    db.fetch_optional(GET, args![org.0, user.uuid()]).await
}

/// Stores a number that was verified by this code; says no where the code was used already.
pub(crate) async fn put(
    tx: &mut Tx,
    (org, user): Whose,
    (number, fingerprint): (Vec<u8>, Vec<u8>),
    code: Vec<u8>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let claimed = args![org.0, user.uuid(), code];
    if tx.execute(DELETE_CLAIM, claimed).await? == 0 {
        return Ok(false);
    }
    let args = args![org.0, user.uuid(), number, fingerprint, now];
    tx.execute(PUT, args).await?;
    Ok(true)
}

/// Forgets the number of somebody, and one that is to be verified; whether there was one.
pub(crate) async fn delete(tx: &mut Tx, org: OrgId, user: UserId) -> Result<bool, DbError> {
    tx.execute(DELETE_CLAIMS, args![org.0, user.uuid()]).await?;
    let deleted = tx.execute(DELETE, args![org.0, user.uuid()]).await?;
    Ok(deleted > 0)
}

/// Nobody who has this number gets SMS from now on.
pub(crate) async fn stop(db: &Db, fingerprint: Vec<u8>, now: Timestamp) -> Result<u64, DbError> {
    db.execute(STOP, args![fingerprint, now]).await
}

/// They get them again.
pub(crate) async fn start(db: &Db, fingerprint: Vec<u8>) -> Result<u64, DbError> {
    db.execute(START, args![fingerprint]).await
}

/// A number is to be verified; another one is no more.
pub(crate) async fn put_claim(
    db: &Db,
    (org, user): Whose,
    number: Vec<u8>,
    code: Vec<u8>,
    (expires_at, epoch): (Timestamp, i64),
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid(), number, code, expires_at, epoch];
    db.execute(PUT_CLAIM, args).await?;
    Ok(())
}

/// Counts an attempt at a number that is to be verified; none where there is none, or no attempt is
/// left, or it began in another epoch of their credentials.
pub(crate) async fn try_claim(
    db: &Db,
    (org, user): Whose,
    (now, epoch): (Timestamp, i64),
    most: i64,
) -> Result<Option<ClaimRow>, DbError> {
    let mut tx = db.begin().await?;
    let args = args![org.0, user.uuid(), now, most, epoch];
    let claim = tx.fetch_optional(TRY_CLAIM, args).await?;
    tx.commit().await?;
    Ok(claim)
}

pub(crate) async fn delete_old_claims(db: &Db, now: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_OLD_CLAIMS, args![now]).await
}
