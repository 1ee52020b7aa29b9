//! The SQL of step-up codes.

use contracts::identity::{OrgId, UserId};
use contracts::payments::TransactionId;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use values::Timestamp;

statements! {
    /// transaction, org, user, now, the last may have been sent until, how many may be sent ->
    /// how many were, with this one. No row where it may not be.
    COUNT_SENT = "INSERT INTO step_up_codes (transaction_id, org, user_id, sent, sent_at, expires_at) VALUES ($1, $2, $3, 1, $4, $4)
        ON CONFLICT (transaction_id) DO UPDATE SET sent = step_up_codes.sent + 1, sent_at = excluded.sent_at
        WHERE step_up_codes.org = $2 AND step_up_codes.user_id = $3 AND step_up_codes.sent_at <= $5 AND step_up_codes.sent < $6
        RETURNING sent";
    /// transaction, org -> how many were sent, and when the last was.
    SENT = "SELECT sent, sent_at FROM step_up_codes WHERE transaction_id = $1 AND org = $2";
    /// transaction, sent at, then: it was not sent, and does not count; there may be another at
    /// once.
    UNCOUNT_SENT = "UPDATE step_up_codes SET sent = sent - 1, sent_at = $3 WHERE transaction_id = $1 AND sent_at = $2";
    /// transaction, code, terms, tries, expires, channel, hint at the address.
    PUT = "UPDATE step_up_codes SET code = $2, terms = $3, tries_left = $4, expires_at = $5, channel = $6, hint = $7
        WHERE transaction_id = $1";
    /// transaction, org, user -> [`LastCode`].
    LAST = "SELECT sent, sent_at, expires_at, tries_left, channel, hint FROM step_up_codes
        WHERE transaction_id = $1 AND org = $2 AND user_id = $3";
    /// transaction, org, user, now -> [`LivingCode`].
    LIVING = "SELECT code, terms FROM step_up_codes WHERE transaction_id = $1 AND org = $2 AND user_id = $3
        AND expires_at > $4 AND tries_left > 0 AND code IS NOT NULL";
    /// transaction, code -> tries left, after this one. No row where it is not that code any more.
    TRY = "UPDATE step_up_codes SET tries_left = tries_left - 1 WHERE transaction_id = $1 AND code = $2 AND tries_left > 0
        RETURNING tries_left";
    /// transaction: it cannot be used again.
    USE = "UPDATE step_up_codes SET tries_left = 0 WHERE transaction_id = $1";
    /// org, user, since -> how many wrong ones there are with this one.
    COUNT_WRONG = "INSERT INTO wrong_codes (org, user_id, since, count) VALUES ($1, $2, $3, 1)
        ON CONFLICT (org, user_id, since) DO UPDATE SET count = wrong_codes.count + 1 RETURNING count";
    /// org, user, since: it was right.
    UNCOUNT_WRONG = "UPDATE wrong_codes SET count = count - 1 WHERE org = $1 AND user_id = $2 AND since = $3";
    /// until, how many.
    DELETE_WRONG = "DELETE FROM wrong_codes
        WHERE (org, user_id, since) IN (SELECT org, user_id, since FROM wrong_codes WHERE since <= $1 LIMIT $2)";
    /// until, how many.
    DELETE_CODES = "DELETE FROM step_up_codes
        WHERE transaction_id IN (SELECT transaction_id FROM step_up_codes WHERE sent_at <= $1 LIMIT $2)";
}

/// Which transaction, of whom.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whose {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) transaction: TransactionId,
}

/// A code that can still be typed.
#[derive(Debug, FromRow)]
pub(crate) struct LivingCode {
    pub(crate) code: Vec<u8>,
    pub(crate) terms: Vec<u8>,
}

/// The code that was last sent, without itself.
#[derive(Debug, FromRow)]
pub(crate) struct LastCode {
    pub(crate) sent: i64,
    pub(crate) sent_at: i64,
    pub(crate) expires_at: i64,
    pub(crate) tries_left: i64,
    pub(crate) channel: Option<String>,
    pub(crate) hint: Option<String>,
}

pub(crate) async fn last(db: &Db, whose: Whose) -> Result<Option<LastCode>, DbError> {
    let args = args![whose.transaction.uuid(), whose.org.0, whose.user.uuid()];
    db.fetch_optional(LAST, args).await
}

/// Counts a code that is about to be sent; false where there may be none now.
pub(crate) async fn count_sent(
    db: &Db,
    whose: Whose,
    now: Timestamp,
    (last_until, most): (Timestamp, i64),
) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let args = args![
        whose.transaction.uuid(),
        whose.org.0,
        whose.user.uuid(),
        now,
        last_until,
        most
    ];
    let counted: Option<(i64,)> = tx.fetch_optional(COUNT_SENT, args).await?;
    tx.commit().await?;
    Ok(counted.is_some())
}

/// How many codes a transaction was sent, and when the last was.
pub(crate) async fn sent(db: &Db, whose: Whose) -> Result<Option<(i64, Timestamp)>, DbError> {
    let args = args![whose.transaction.uuid(), whose.org.0];
    let row: Option<(i64, i64)> = db.fetch_optional(SENT, args).await?;
    Ok(row.map(|(sent, at)| (sent, Timestamp(at))))
}

/// A code that was counted at a time was not sent: it is as if it were sent then.
pub(crate) async fn uncount_sent(
    db: &Db,
    whose: Whose,
    at: Timestamp,
    then: Timestamp,
) -> Result<(), DbError> {
    let args = args![whose.transaction.uuid(), at, then];
    db.execute(UNCOUNT_SENT, args).await?;
    Ok(())
}

/// The code that is good from now on, instead of the one before.
pub(crate) struct NewCode {
    pub(crate) code: Vec<u8>,
    pub(crate) terms: Vec<u8>,
    pub(crate) tries: i64,
    pub(crate) expires_at: Timestamp,
}

/// Where it went, and a hint at the address there.
pub(crate) async fn put(
    db: &Db,
    whose: Whose,
    new: NewCode,
    (channel, hint): (&str, &str),
) -> Result<(), DbError> {
    let args = args![
        whose.transaction.uuid(),
        new.code,
        new.terms,
        new.tries,
        new.expires_at,
        channel,
        hint
    ];
    db.execute(PUT, args).await?;
    Ok(())
}

pub(crate) async fn living(
    tx: &mut Tx,
    whose: Whose,
    now: Timestamp,
) -> Result<Option<LivingCode>, DbError> {
    let args = args![
        whose.transaction.uuid(),
        whose.org.0,
        whose.user.uuid(),
        now
    ];
    tx.fetch_optional(LIVING, args).await
}

/// Counts a try; how many are left.
pub(crate) async fn count_try(
    tx: &mut Tx,
    whose: Whose,
    code: Vec<u8>,
) -> Result<Option<i64>, DbError> {
    let args = args![whose.transaction.uuid(), code];
    let left: Option<(i64,)> = tx.fetch_optional(TRY, args).await?;
    Ok(left.map(|(left,)| left))
}

pub(crate) async fn use_up(tx: &mut Tx, whose: Whose) -> Result<(), DbError> {
    tx.execute(USE, args![whose.transaction.uuid()]).await?;
    Ok(())
}

/// Counts a code of a user as wrong; how many there are. The row is locked until the transaction
/// ends.
pub(crate) async fn count_wrong(
    tx: &mut Tx,
    whose: Whose,
    since: Timestamp,
) -> Result<i64, DbError> {
    let args = args![whose.org.0, whose.user.uuid(), since];
    let counted: Option<(i64,)> = tx.fetch_optional(COUNT_WRONG, args).await?;
    Ok(counted.map_or(0, |(count,)| count))
}

pub(crate) async fn uncount_wrong(
    tx: &mut Tx,
    whose: Whose,
    since: Timestamp,
) -> Result<(), DbError> {
    let args = args![whose.org.0, whose.user.uuid(), since];
    tx.execute(UNCOUNT_WRONG, args).await?;
    Ok(())
}

/// Deletes what was counted, and codes that were sent, until a time.
pub(crate) async fn delete_old(db: &Db, until: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_WRONG, args![until]).await?;
    db.execute_in_pieces(DELETE_CODES, args![until]).await
}
