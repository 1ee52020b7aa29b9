//! The SQL of consumers' positions.

use contracts::events::Event;
use db::{Db, DbError, Position, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use crate::statements;

statements! {
    /// name, feed -> [`State`].
    STATE = "SELECT position, attempts, retry_at, last_error, paused,
        CAST(CASE WHEN EXISTS (SELECT 1 FROM parked_events p WHERE p.consumer = $1 AND p.feed = $2) THEN 1 ELSE 0 END AS BIGINT) AS parked
        FROM consumers WHERE name = $1 AND feed = $2";
    /// name, feed, position.
    INSERT = "INSERT INTO consumers (name, feed, position) VALUES ($1, $2, $3) ON CONFLICT (name, feed) DO NOTHING";
    /// -> a consumer, where there is one.
    ANY = "SELECT name FROM consumers LIMIT 1";
    /// name, feed, position: locks the row where the consumer stands there and is not paused.
    LOCK = "UPDATE consumers SET position = position WHERE name = $1 AND feed = $2 AND position = $3 AND paused = 0";
    /// name, feed, position.
    MOVE = "UPDATE consumers SET position = $3, attempts = 0, retry_at = NULL, last_error = NULL WHERE name = $1 AND feed = $2";
    /// name, feed, position, attempts, retry at, error: unless another node has noted as many
    /// attempts.
    FAIL = "UPDATE consumers SET attempts = $4, retry_at = $5, last_error = $6
        WHERE name = $1 AND feed = $2 AND position = $3 AND attempts < $4";
    /// name, feed, paused.
    PAUSE = "UPDATE consumers SET paused = $3 WHERE name = $1 AND feed = $2";
    /// name, feed, position: puts a consumer back, or ahead.
    REWIND = "UPDATE consumers SET position = $3, attempts = 0, retry_at = NULL, last_error = NULL WHERE name = $1 AND feed = $2";
    /// name, feed, position: events that wait after it are read again.
    FORGET = "DELETE FROM parked_events WHERE consumer = $1 AND feed = $2 AND sequence > $3";
    /// id, org, consumer, feed, sequence, event, type, subject, cause, error, attempts, now. An
    /// event that is handled anew and fails again is the same letter.
    INSERT_LETTER = "INSERT INTO dead_letters
        (id, org, consumer, feed, sequence, event, type, subject, cause, error, attempts, first_at, last_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        ON CONFLICT (consumer, feed, sequence) DO UPDATE SET state = 'waiting', cause = excluded.cause, error = excluded.error,
        attempts = dead_letters.attempts + excluded.attempts, last_at = excluded.last_at, ended_by = NULL, reason = NULL";
    /// feed, no, hash. It never goes back.
    NOTE_END = "INSERT INTO log_ends (feed, no, hash) VALUES ($1, $2, $3)
        ON CONFLICT (feed) DO UPDATE SET no = excluded.no, hash = excluded.hash WHERE log_ends.no < excluded.no";
    /// -> feed, no, hash.
    ENDS = "SELECT feed, no, hash FROM log_ends ORDER BY feed";
    /// feed.
    FORGET_END = "DELETE FROM log_ends WHERE feed = $1";
    /// consumer, feed -> how many letters wait.
    LETTERS = "SELECT count(*) FROM dead_letters WHERE consumer = $1 AND feed = $2 AND state = 'waiting'";
}

/// Where a consumer stands.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct State {
    pub(crate) position: i64,
    pub(crate) attempts: i64,
    pub(crate) retry_at: Option<i64>,
    pub(crate) last_error: Option<String>,
    paused: i64,
    parked: i64,
}

impl State {
    pub(crate) const fn is_paused(&self) -> bool {
        self.paused != 0
    }

    /// Whether an event waits for another service.
    pub(crate) const fn has_parked(&self) -> bool {
        self.parked != 0
    }
}

/// A consumer's name and the feed that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whose {
    pub(crate) name: &'static str,
    pub(crate) feed: &'static str,
}

/// Where the consumer stands; none where it was never there.
pub(crate) async fn state(db: &Db, whose: Whose) -> Result<Option<State>, DbError> {
    db.fetch_optional(STATE, args![whose.name, whose.feed])
        .await
}

/// Whether any consumer was ever there.
pub(crate) async fn has_any(db: &Db) -> Result<bool, DbError> {
    let any: Option<(String,)> = db.fetch_optional(ANY, args![]).await?;
    Ok(any.is_some())
}

/// Notes a consumer that was never there; another node may have done so.
pub(crate) async fn insert(db: &Db, whose: Whose, position: i64) -> Result<(), DbError> {
    db.execute(INSERT, args![whose.name, whose.feed, position])
        .await?;
    Ok(())
}

/// Whether the consumer stands at a position and may go on; no other node then moves it before the
/// transaction ends.
pub(crate) async fn lock(tx: &mut Tx, whose: Whose, position: i64) -> Result<bool, DbError> {
    let locked = tx.execute(LOCK, args![whose.name, whose.feed, position]);
    Ok(locked.await? == 1)
}

/// Moves a consumer that is locked.
pub(crate) async fn move_to(tx: &mut Tx, whose: Whose, position: i64) -> Result<(), DbError> {
    tx.execute(MOVE, args![whose.name, whose.feed, position])
        .await?;
    Ok(())
}

/// Notes that the event after a position failed once more.
pub(crate) async fn fail(
    db: &Db,
    whose: Whose,
    position: i64,
    (attempts, retry_at, error): (i64, Timestamp, &str),
) -> Result<(), DbError> {
    let args = args![whose.name, whose.feed, position, attempts, retry_at, error];
    db.execute(FAIL, args).await?;
    Ok(())
}

/// Stops a consumer, or lets it go on; whether there is one.
pub(crate) async fn pause(db: &Db, whose: Whose, paused: bool) -> Result<bool, DbError> {
    let changed = db.execute(PAUSE, args![whose.name, whose.feed, paused]);
    Ok(changed.await? == 1)
}

/// Puts a consumer to another position; whether there is one. What waits after it is read again.
pub(crate) async fn rewind(db: &Db, whose: Whose, position: i64) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    let args = args![whose.name, whose.feed, position];
    let changed = tx.execute(REWIND, args).await? == 1;
    tx.execute(FORGET, args![whose.name, whose.feed, position])
        .await?;
    tx.commit().await?;
    Ok(changed)
}

/// What a dead letter says of a failure.
pub(crate) struct Failure<'a> {
    pub(crate) id: Uuid,
    pub(crate) cause: &'a str,
    pub(crate) error: &'a str,
    pub(crate) attempts: i64,
    pub(crate) at: Timestamp,
}

/// Keeps an event that could not be handled.
pub(crate) async fn insert_letter(
    tx: &mut Tx,
    whose: Whose,
    event: &Event,
    failure: &Failure<'_>,
) -> Result<(), DbError> {
    let args = args![
        failure.id,
        event.org.0,
        whose.name,
        whose.feed,
        event.sequence,
        event.id.uuid(),
        event.kind.as_str(),
        event.subject.as_str(),
        failure.cause,
        failure.error,
        failure.attempts,
        failure.at
    ];
    tx.execute(INSERT_LETTER, args).await?;
    Ok(())
}

/// How many of a consumer's letters wait.
pub(crate) async fn letters(db: &Db, whose: Whose) -> Result<i64, DbError> {
    let (count,): (i64,) = db.fetch_one(LETTERS, args![whose.name, whose.feed]).await?;
    Ok(count)
}

/// Notes where a log ends, where that is further than what is noted.
pub(crate) async fn note_end(tx: &mut Tx, feed: &str, end: Position) -> Result<(), DbError> {
    tx.execute(NOTE_END, args![feed, end.no, end.hash]).await?;
    Ok(())
}

/// Where logs end, as it was noted.
pub(crate) async fn ends(db: &Db) -> Result<Vec<(String, Position)>, DbError> {
    let rows: Vec<(String, i64, Vec<u8>)> = db.fetch_all(ENDS, args![]).await?;
    let end = |(feed, no, hash)| (feed, Position { no, hash });
    Ok(rows.into_iter().map(end).collect())
}

/// Forgets where a log ends.
pub(crate) async fn forget_end(db: &Db, feed: &str) -> Result<(), DbError> {
    db.execute(FORGET_END, args![feed]).await?;
    Ok(())
}
