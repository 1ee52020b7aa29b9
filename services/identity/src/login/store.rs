//! The SQL of failed logins and of known devices.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use values::Timestamp;

use crate::login::lockout::Failures;

statements! {
    /// org, key -> [`FailuresRow`].
    FAILURES = "SELECT failures, last_failed_at, locked_until FROM login_failures WHERE org = $1 AND key = $2";
    /// org, key, now -> [`FailuresRow`], as it was. An update, because that locks the counter on
    /// both engines.
    LOCK_FAILURES = "INSERT INTO login_failures (org, key, failures, last_failed_at, locked_until)
        VALUES ($1, $2, 0, $3, 0)
        ON CONFLICT (org, key) DO UPDATE SET failures = login_failures.failures
        RETURNING failures, last_failed_at, locked_until";
    /// org, key, failures, last, locked until.
    COUNT_FAILURE = "UPDATE login_failures SET failures = $3, last_failed_at = $4, locked_until = $5
        WHERE org = $1 AND key = $2";
    /// org, key.
    FORGET_FAILURES = "DELETE FROM login_failures WHERE org = $1 AND key = $2";
    /// until, how many.
    DELETE_FORGOTTEN = "DELETE FROM login_failures
        WHERE (org, key) IN (SELECT org, key FROM login_failures WHERE last_failed_at <= $1 LIMIT $2)";
    /// latest, how many: those that say that they were counted later.
    DELETE_FAILURES_AHEAD = "DELETE FROM login_failures
        WHERE (org, key) IN (SELECT org, key FROM login_failures WHERE last_failed_at > $1 LIMIT $2)";

    /// org, normalised e-mail, two marks, seen after -> the mark that is known. One statement, so
    /// that an e-mail that nobody has takes as long.
    KNOWN_DEVICE = "SELECT d.mark FROM known_devices d JOIN users u ON u.org = d.org AND u.id = d.user_id
        WHERE u.org = $1 AND u.email_normalised = $2 AND d.mark IN ($3, $4) AND d.seen_at > $5 ORDER BY d.mark LIMIT 1";
    /// org, user, two marks, seen after -> how many are known.
    KNOWN_MARKS = "SELECT count(*) FROM known_devices
        WHERE org = $1 AND user_id = $2 AND mark IN ($3, $4) AND seen_at > $5";
    /// org, user, mark, now.
    SEE_DEVICE = "INSERT INTO known_devices (org, user_id, mark, seen_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (org, user_id, mark) DO UPDATE SET seen_at = excluded.seen_at";
    /// org, user.
    DELETE_DEVICES = "DELETE FROM known_devices WHERE org = $1 AND user_id = $2";
    /// org, user, two marks.
    DELETE_OTHER_DEVICES = "DELETE FROM known_devices WHERE org = $1 AND user_id = $2 AND mark <> $3 AND mark <> $4";
    /// until, how many.
    DELETE_UNSEEN = "DELETE FROM known_devices WHERE (org, user_id, mark) IN
        (SELECT org, user_id, mark FROM known_devices WHERE seen_at <= $1 LIMIT $2)";
    /// latest, how many: as if those that say so were not seen later.
    SEEN_AHEAD = "UPDATE known_devices SET seen_at = $1 WHERE (org, user_id, mark) IN
        (SELECT org, user_id, mark FROM known_devices WHERE seen_at > $1 LIMIT $2)";
}

#[derive(FromRow)]
struct FailuresRow {
    failures: i64,
    last_failed_at: i64,
    locked_until: i64,
}

impl From<FailuresRow> for Failures {
    fn from(row: FailuresRow) -> Self {
        Self {
            count: row.failures,
            last: Timestamp(row.last_failed_at),
            locked_until: Timestamp(row.locked_until),
        }
    }
}

/// A counter of failed logins; none where nobody has failed.
pub(crate) async fn failures(db: &Db, org: OrgId, key: &[u8]) -> Result<Option<Failures>, DbError> {
    let args = args![org.0, key.to_vec()];
    let row: Option<FailuresRow> = db.fetch_optional(FAILURES, args).await?;
    Ok(row.map(Failures::from))
}

/// Locks a counter until the transaction ends, and reads it.
pub(crate) async fn lock_failures(
    tx: &mut Tx,
    org: OrgId,
    key: &[u8],
    now: Timestamp,
) -> Result<Failures, DbError> {
    let args = args![org.0, key.to_vec(), now];
    let row: Option<FailuresRow> = tx.fetch_optional(LOCK_FAILURES, args).await?;
    Ok(row.map_or_else(|| Failures::none(now), Failures::from))
}

/// Stores a counter that is locked.
pub(crate) async fn save_failures(
    tx: &mut Tx,
    org: OrgId,
    key: &[u8],
    failures: &Failures,
) -> Result<(), DbError> {
    let args = args![
        org.0,
        key.to_vec(),
        failures.count,
        failures.last,
        failures.locked_until
    ];
    tx.execute(COUNT_FAILURE, args).await?;
    Ok(())
}

/// Clears a counter.
pub(crate) async fn forget_failures(db: &Db, org: OrgId, key: &[u8]) -> Result<(), DbError> {
    let args = args![org.0, key.to_vec()];
    db.execute(FORGET_FAILURES, args).await?;
    Ok(())
}

/// As [`forget_failures`], within a transaction.
pub(crate) async fn forget_failures_in(
    tx: &mut Tx,
    org: OrgId,
    key: Vec<u8>,
) -> Result<(), DbError> {
    tx.execute(FORGET_FAILURES, args![org.0, key]).await?;
    Ok(())
}

/// Deletes counters on which the last failure was before this time.
pub(crate) async fn delete_old_failures(db: &Db, until: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_FORGOTTEN, args![until]).await
}

/// Forgets failures that say that they were after this time, and has devices seen no later.
pub(crate) async fn forget_made_after(db: &Db, latest: Timestamp) -> Result<(), DbError> {
    for sql in [DELETE_FAILURES_AHEAD, SEEN_AHEAD] {
        db.execute_in_pieces(sql, args![latest]).await?;
    }
    Ok(())
}

/// By which of two marks the user with this e-mail is known, if by any.
pub(crate) async fn known_mark(
    db: &Db,
    org: OrgId,
    normalised: &str,
    (cookie, place): (Option<Vec<u8>>, Vec<u8>),
    seen_after: Timestamp,
) -> Result<Option<Vec<u8>>, DbError> {
    let args = args![org.0, normalised, cookie, place, seen_after];
    let row: Option<(Vec<u8>,)> = db.fetch_optional(KNOWN_DEVICE, args).await?;
    Ok(row.map(|(mark,)| mark))
}

/// Whether a user is known by one of two marks.
pub(crate) async fn is_known_by(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    (cookie, place): (Option<Vec<u8>>, Option<Vec<u8>>),
    seen_after: Timestamp,
) -> Result<bool, DbError> {
    let args = args![org.0, user.uuid(), cookie, place, seen_after];
    let row: Option<(i64,)> = tx.fetch_optional(KNOWN_MARKS, args).await?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Notes that a user was seen on the device with this mark.
pub(crate) async fn see_device(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    mark: Vec<u8>,
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid(), mark, now];
    tx.execute(SEE_DEVICE, args).await?;
    Ok(())
}

/// Forgets the devices of a user.
pub(crate) async fn delete_devices(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE_DEVICES, args![org.0, user.uuid()])
        .await?;
    Ok(())
}

/// Forgets the devices of a user that have neither of two marks.
pub(crate) async fn delete_other_devices(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    (cookie, place): (Vec<u8>, Vec<u8>),
) -> Result<(), DbError> {
    let args = args![org.0, user.uuid(), cookie, place];
    tx.execute(DELETE_OTHER_DEVICES, args).await?;
    Ok(())
}

/// Deletes devices that were not seen since.
pub(crate) async fn delete_unseen_devices(db: &Db, until: Timestamp) -> Result<(), DbError> {
    db.execute_in_pieces(DELETE_UNSEEN, args![until]).await
}
