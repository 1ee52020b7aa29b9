//! The SQL of events that wait for another service, and of those of the same subject behind them.

use std::collections::BTreeSet;

use contracts::events::Event;
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;
use values::Timestamp;

use crate::statements;
use crate::store::Whose;

statements! {
    /// consumer, feed, sequence, subject, attempts, retry at, now, error.
    PARK = "INSERT INTO parked_events (consumer, feed, sequence, subject, attempts, retry_at, first_at, error)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (consumer, feed, sequence) DO NOTHING";
    /// consumer, feed, [`AT_ONCE`] subjects -> those of them of which an event waits.
    SUBJECTS = "SELECT DISTINCT subject FROM parked_events WHERE consumer = $1 AND feed = $2
        AND subject IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    /// consumer, feed -> how many wait.
    COUNT = "SELECT count(*) FROM parked_events WHERE consumer = $1 AND feed = $2";
    /// consumer, feed, now, the longest wait -> the [`ParkedRow`] that is due first. A wait that is
    /// longer was written by a clock that was ahead.
    DUE = "SELECT sequence, subject, attempts, failures FROM parked_events WHERE consumer = $1 AND feed = $2 AND retry_at IS NOT NULL
        AND (retry_at <= $3 OR retry_at > $4) ORDER BY retry_at, sequence LIMIT 1";
    /// consumer, feed, sequence.
    UNPARK = "DELETE FROM parked_events WHERE consumer = $1 AND feed = $2 AND sequence = $3";
    /// consumer, feed, subject: the next one of the subject may be tried.
    NEXT = "UPDATE parked_events SET retry_at = 0 WHERE consumer = $1 AND feed = $2 AND retry_at IS NULL AND sequence =
        (SELECT min(sequence) FROM parked_events WHERE consumer = $1 AND feed = $2 AND subject = $3)";
    /// consumer, feed, sequence, attempts, failures, retry at, error: unless another node has noted
    /// as many attempts.
    PUT_OFF = "UPDATE parked_events SET attempts = $4, failures = $5, retry_at = $6, error = $7
        WHERE consumer = $1 AND feed = $2 AND sequence = $3 AND attempts < $4";
    /// consumer, feed -> since when the oldest waits, and why.
    OLDEST = "SELECT first_at, error FROM parked_events WHERE consumer = $1 AND feed = $2 ORDER BY first_at, sequence LIMIT 1";
}

/// How many subjects are looked up at once.
const AT_ONCE: usize = 16;

/// An event that waits.
#[derive(Debug, FromRow)]
pub(crate) struct ParkedRow {
    pub(crate) sequence: i64,
    subject: String,
    pub(crate) attempts: i64,
    /// How many of them failed although no service was away.
    pub(crate) failures: i64,
}

/// Those subjects of some events of which an event waits.
pub(crate) async fn subjects(
    tx: &mut Tx,
    whose: Whose,
    events: &[Event],
) -> Result<BTreeSet<String>, DbError> {
    let subjects: BTreeSet<&str> = events.iter().map(|event| event.subject.as_str()).collect();
    let subjects: Vec<_> = subjects.into_iter().collect();
    let mut waiting = BTreeSet::new();
    for some in subjects.chunks(AT_ONCE) {
        let mut args = args![whose.name, whose.feed];
        // The last ones are too few: the first of them is asked for again.
        let asked = some.iter().chain(some.iter().take(1).cycle()).take(AT_ONCE);
        args.extend(asked.flat_map(|subject| args![*subject]));
        let found: Vec<(String,)> = tx.fetch_all(SUBJECTS, args).await?;
        waiting.extend(found.into_iter().map(|(subject,)| subject));
    }
    Ok(waiting)
}

/// How many events wait.
pub(crate) async fn count(db: &Db, whose: Whose) -> Result<i64, DbError> {
    let (count,): (i64,) = db.fetch_one(COUNT, args![whose.name, whose.feed]).await?;
    Ok(count)
}

/// Has an event wait behind those of its subject that wait.
pub(crate) async fn park_behind(
    tx: &mut Tx,
    whose: Whose,
    event: &Event,
    now: Timestamp,
) -> Result<(), DbError> {
    park(
        tx,
        whose,
        event,
        (0, None, "it waits for one before it"),
        now,
    )
    .await
}

/// Has an event wait.
pub(crate) async fn park(
    tx: &mut Tx,
    whose: Whose,
    event: &Event,
    (attempts, retry_at, error): (i64, Option<Timestamp>, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![
        whose.name,
        whose.feed,
        event.sequence,
        event.subject.as_str(),
        attempts,
        retry_at,
        now,
        error
    ];
    tx.execute(PARK, args).await?;
    Ok(())
}

/// Since when the oldest event waits, and why.
pub(crate) async fn oldest(db: &Db, whose: Whose) -> Result<Option<(Timestamp, String)>, DbError> {
    let row: Option<(i64, String)> = db
        .fetch_optional(OLDEST, args![whose.name, whose.feed])
        .await?;
    Ok(row.map(|(at, error)| (Timestamp(at), error)))
}

/// An event waits no more, and the next one of its subject may be tried; whether it did wait.
pub(crate) async fn unpark(tx: &mut Tx, whose: Whose, row: &ParkedRow) -> Result<bool, DbError> {
    let (name, feed) = (whose.name, whose.feed);
    let gone = tx.execute(UNPARK, args![name, feed, row.sequence]).await? == 1;
    let subject = row.subject.as_str();
    tx.execute(NEXT, args![name, feed, subject]).await?;
    Ok(gone)
}

/// The event that is due first, where one is.
pub(crate) async fn due(
    db: &Db,
    whose: Whose,
    now: Timestamp,
    longest: Timestamp,
) -> Result<Option<ParkedRow>, DbError> {
    let args = args![whose.name, whose.feed, now, longest];
    db.fetch_optional(DUE, args).await
}

/// Notes that an event failed once more: as it is now, when it is tried again, and why.
pub(crate) async fn put_off(
    db: &Db,
    whose: Whose,
    row: &ParkedRow,
    (retry_at, error): (Timestamp, &str),
) -> Result<(), DbError> {
    let args = args![
        whose.name,
        whose.feed,
        row.sequence,
        row.attempts,
        row.failures,
        retry_at,
        error
    ];
    db.execute(PUT_OFF, args).await?;
    Ok(())
}
