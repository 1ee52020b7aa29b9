//! The SQL of failed logins and of known devices.

use sqlx::FromRow;
use values::Timestamp;

use crate::login::lockout::Failures;

statements! {
    /// org, key -> [`FailuresRow`].
    FAILURES = "SELECT failures, last_failed_at, locked_until FROM login_failures WHERE org = $1 AND key = $2";
    /// org, key, now -> [`FailuresRow`], as it was. An update, because that locks the counter on both engines.
    LOCK_FAILURES = "INSERT INTO login_failures (org, key, failures, last_failed_at, locked_until)
        VALUES ($1, $2, 0, $3, 0)
        ON CONFLICT (org, key) DO UPDATE SET failures = login_failures.failures
        RETURNING failures, last_failed_at, locked_until";
    /// org, key, failures, last, locked until.
    COUNT_FAILURE = "UPDATE login_failures SET failures = $3, last_failed_at = $4, locked_until = $5
        WHERE org = $1 AND key = $2";
    /// org, key.
    FORGET_FAILURES = "DELETE FROM login_failures WHERE org = $1 AND key = $2";
    /// until.
    DELETE_FORGOTTEN = "DELETE FROM login_failures WHERE last_failed_at <= $1";

    /// org, normalised e-mail, two marks, seen after -> the mark that is known. One statement, so that an e-mail that nobody
    /// has takes as long.
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
    /// until.
    DELETE_UNSEEN = "DELETE FROM known_devices WHERE seen_at <= $1";
}

/// A counter.
#[derive(FromRow)]
pub(crate) struct FailuresRow {
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
