//! Makers' own ids and stored answers: each refers to what exists, and is as it was written.

use platform::clock::{Clock, SystemClock};
use values::SECOND;

use super::acceptances::CLOCK_SET_BACK;
use super::read::{Read, Reader, Stream};
use super::{VerifyError, mismatch, same};
use crate::flows::due;
use crate::journal::AnswerRow;

/// Makers' ids and stored answers refer to what exists.
pub fn check(reader: &mut impl Reader) -> Result<(), VerifyError> {
    let stray_ids = "SELECT x.transaction_no, x.external_id FROM external_ids AS x LEFT JOIN transactions AS t \
        ON t.no = x.transaction_no WHERE t.no IS NULL OR t.external_id IS NULL OR t.external_id <> x.external_id \
        OR t.created_by <> x.owner OR t.org <> x.org ORDER BY x.transaction_no LIMIT 1";
    if let Some((no, id)) = first(reader, "external_ids", stray_ids)? {
        let expected = "the id of the transaction that it names";
        return Err(mismatch("external_ids", no, "external_id", id, expected));
    }
    let stray_answers = format!(
        "SELECT i.no, CAST(i.event AS TEXT) FROM idempotency AS i LEFT JOIN events AS e ON e.seq = i.event \
         WHERE (i.event IS NOT NULL AND (e.seq IS NULL OR e.org <> i.org OR i.body IS NOT NULL \
         OR (e.time < i.created_at AND NOT {CLOCK_SET_BACK}))) OR (i.event IS NULL AND i.body IS NULL) \
         OR i.status NOT BETWEEN 200 AND 499 ORDER BY i.no LIMIT 1"
    );
    if let Some((no, event)) = first(reader, "idempotency", &stray_answers)? {
        let expected = "an event of its organisation, or a body, with the status of an answer";
        return Err(mismatch("idempotency", no, "event", event, expected));
    }
    checksums(reader)?;
    all_are_kept(reader)
}

/// -> the first batch after `$1` at whose time fewer or more answers are left than were stored, and
/// how many there should be. Batches of an earlier version do not say.
const LOST_ANSWERS: &str = "SELECT b.no, CAST(b.stored AS TEXT) FROM \
    (SELECT MAX(no) AS no, time, SUM(answers) AS stored, MIN(answers) AS least FROM batches \
    WHERE time > $1 GROUP BY time) AS b LEFT JOIN (SELECT created_at, COUNT(*) AS kept FROM idempotency \
    GROUP BY created_at) AS i ON i.created_at = b.time \
    WHERE b.least >= 0 AND b.stored <> COALESCE(i.kept, 0) ORDER BY b.no LIMIT 1";
/// What is nearly old enough may be removed at this moment.
const MARGIN: i64 = 3_600 * SECOND;

/// Every answer is there that clients may still ask for: without it a repeated request would be
/// done again. The clock is believed here: with one that is ahead, less is looked at.
fn all_are_kept(reader: &mut impl Reader) -> Result<(), VerifyError> {
    let after = SystemClock.now().plus(MARGIN - due::KEPT).micros();
    let found = reader.rows(LOST_ANSWERS, Some(after), |cells| {
        Ok((cells.int()?, cells.optional_text()?.unwrap_or_default()))
    });
    let found = found.map_err(|unread| unread.in_table("batches", ""))?;
    match found.into_iter().next() {
        Some((no, stored)) => {
            let expected =
                "as many rows of idempotency at the batch's time, which are kept for 7 days";
            Err(mismatch("batches", no, "answers", stored, expected))
        }
        None => Ok(()),
    }
}

/// The columns of `idempotency`.
const ANSWER: &str = "no, scope, org, body_hash, status, event, body, created_at, checksum";

/// Every stored answer is as it was written. When an answer replaces another, the time and the
/// body's digest stay those of the first request.
fn checksums(reader: &mut impl Reader) -> Result<(), VerifyError> {
    let read: Read<(u64, AnswerRow<'static>, i64)> =
        |cells| Ok((cells.number()?, AnswerRow::read(cells)?, cells.int()?));
    let mut answers = Stream::of("idempotency", ANSWER, read, |(no, ..)| *no);
    while let Some((no, answer, checksum)) = answers.next(reader)? {
        let expected = answer.checksum();
        same("idempotency", no, "checksum", checksum, expected)?;
    }
    Ok(())
}

fn first(
    reader: &mut impl Reader,
    table: &'static str,
    sql: &str,
) -> Result<Option<(i64, String)>, VerifyError> {
    let found = reader.rows(sql, None, |cells| {
        Ok((
            cells.int()?,
            cells.optional_text()?.unwrap_or("NULL".to_owned()),
        ))
    });
    let found = found.map_err(|unread| unread.in_table(table, ""))?;
    Ok(found.into_iter().next())
}
