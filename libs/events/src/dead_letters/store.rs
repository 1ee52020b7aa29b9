//! The SQL of dead letters and of their replays.

use contracts::identity::OrgId;
use db::{Arg, Db, DbError, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;
use values::Timestamp;

use super::{LetterFilter, LetterGroup};
use crate::statements;

macro_rules! columns {
    () => {
        "id, org, consumer, feed, sequence, event, type, subject, cause, error, attempts, first_at, last_at, state, ended_by, reason"
    };
}
/// $1 org, $2 consumer, $3 feed, $4 type, $5 cause, $6 state, $7 since.
macro_rules! fitting {
    () => {
        "org = $1 AND (CAST($2 AS TEXT) IS NULL OR consumer = CAST($2 AS TEXT))
        AND (CAST($3 AS TEXT) IS NULL OR feed = CAST($3 AS TEXT)) AND (CAST($4 AS TEXT) IS NULL OR type = CAST($4 AS TEXT))
        AND (CAST($5 AS TEXT) IS NULL OR cause = CAST($5 AS TEXT)) AND state = $6
        AND (CAST($7 AS BIGINT) IS NULL OR last_at >= CAST($7 AS BIGINT))"
    };
}
macro_rules! replay_columns {
    () => {
        "id, org, consumer, feed, type, cause, since, last, place, total, replayed, failed, state, started_by, started_at, ended_at, lease_until"
    };
}

statements! {
    /// The filter, before, limit -> [`LetterRow`], newest first.
    LIST = concat!("SELECT ", columns!(), " FROM dead_letters WHERE ", fitting!(), " AND id < $8 ORDER BY id DESC LIMIT $9");
    /// The filter, after, up to, limit -> [`LetterRow`], oldest first.
    WAITING = concat!("SELECT ", columns!(), " FROM dead_letters WHERE ", fitting!(), " AND id > $8 AND id <= $9 ORDER BY id LIMIT $10");
    /// The filter -> how many fit.
    COUNT = concat!("SELECT count(*) FROM dead_letters WHERE ", fitting!());
    /// The filter, limit -> [`LetterGroup`], those with the most letters first.
    GROUPS = concat!(
        "SELECT consumer, cause, count(*) AS count, min(first_at) AS first_at, max(last_at) AS last_at FROM dead_letters WHERE ",
        fitting!(), " GROUP BY cause, consumer ORDER BY count DESC, cause, consumer LIMIT $8"
    );
    /// org, id -> [`LetterRow`].
    ONE = concat!("SELECT ", columns!(), " FROM dead_letters WHERE org = $1 AND id = $2");
    /// org, id, state, by, reason, now: ends a letter that waits; one row, or none where it does
    /// not.
    END = "UPDATE dead_letters SET state = $3, ended_by = $4, reason = $5, last_at = $6
        WHERE org = $1 AND id = $2 AND state = 'waiting'";
    /// The filter, state, by, reason, now, limit: ends those that fit, the oldest first.
    END_ALL = concat!(
        "UPDATE dead_letters SET state = $8, ended_by = $9, reason = $10, last_at = $11 WHERE state = 'waiting' AND id IN
         (SELECT id FROM dead_letters WHERE ", fitting!(), " ORDER BY id LIMIT $12)"
    );
    /// org, id, cause, error, now: one more attempt.
    FAIL = "UPDATE dead_letters SET attempts = attempts + 1, cause = $3, error = $4, last_at = $5
        WHERE org = $1 AND id = $2 AND state = 'waiting'";
    /// id, org, consumer, feed, type, cause, since, last, place, total, by, now.
    INSERT_REPLAY = "INSERT INTO dead_letter_replays
        (id, org, consumer, feed, type, cause, since, last, place, total, started_by, started_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    /// org, id -> [`ReplayRow`].
    REPLAY = concat!("SELECT ", replay_columns!(), " FROM dead_letter_replays WHERE org = $1 AND id = $2");
    /// now, the longest lease -> the oldest [`ReplayRow`] that nobody works at, of any
    /// organisation. A lease that is longer was written by a clock that was ahead.
    FREE_REPLAY = concat!("SELECT ", replay_columns!(), " FROM dead_letter_replays
        WHERE state = 'running' AND (lease_until < $1 OR lease_until > $2) ORDER BY id LIMIT 1");
    /// id, lease before, lease.
    TAKE_REPLAY = "UPDATE dead_letter_replays SET lease_until = $3 WHERE id = $1 AND lease_until = $2 AND state = 'running'";
    /// id, place before, place, replayed, failed, lease: one row, or none where another node goes
    /// on with it.
    MOVE_REPLAY = "UPDATE dead_letter_replays SET place = $3, replayed = replayed + $4, failed = failed + $5, lease_until = $6
        WHERE id = $1 AND place = $2 AND state = 'running'";
    /// id, now.
    END_REPLAY = "UPDATE dead_letter_replays SET state = 'done', ended_at = $2 WHERE id = $1 AND state = 'running'";
}

/// A letter.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct LetterRow {
    pub(crate) id: Uuid,
    pub(crate) org: i64,
    pub(crate) consumer: String,
    pub(crate) feed: String,
    pub(crate) sequence: i64,
    pub(crate) event: Uuid,
    #[sqlx(rename = "type")]
    pub(crate) kind: String,
    pub(crate) subject: String,
    pub(crate) cause: String,
    pub(crate) error: String,
    pub(crate) attempts: i64,
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
    pub(crate) state: String,
    pub(crate) ended_by: Option<String>,
    pub(crate) reason: Option<String>,
}

/// A replay.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct ReplayRow {
    pub(crate) id: Uuid,
    pub(crate) org: i64,
    pub(crate) consumer: Option<String>,
    pub(crate) feed: Option<String>,
    #[sqlx(rename = "type")]
    pub(crate) kind: Option<String>,
    pub(crate) cause: Option<String>,
    pub(crate) since: Option<i64>,
    pub(crate) last: Uuid,
    pub(crate) place: Uuid,
    pub(crate) total: i64,
    pub(crate) replayed: i64,
    pub(crate) failed: i64,
    pub(crate) state: String,
    pub(crate) started_by: String,
    pub(crate) started_at: i64,
    pub(crate) ended_at: Option<i64>,
    pub(crate) lease_until: i64,
}

impl ReplayRow {
    pub(crate) fn filter(&self) -> LetterFilter {
        LetterFilter {
            consumer: self.consumer.clone(),
            feed: self.feed.clone(),
            kind: self.kind.clone(),
            cause: self.cause.clone(),
            since: self.since.map(Timestamp),
            ..LetterFilter::default()
        }
    }
}

fn fitting(org: OrgId, filter: &LetterFilter) -> Vec<Arg> {
    args![
        org.0,
        filter.consumer.clone(),
        filter.feed.clone(),
        filter.kind.clone(),
        filter.cause.clone(),
        filter.state.as_str(),
        filter.since
    ]
}

fn and(mut args: Vec<Arg>, more: Vec<Arg>) -> Vec<Arg> {
    args.extend(more);
    args
}

/// Before an id, the newest first.
pub(crate) async fn list(
    db: &Db,
    org: OrgId,
    filter: &LetterFilter,
    before: Uuid,
    limit: i64,
) -> Result<Vec<LetterRow>, DbError> {
    let args = and(fitting(org, filter), args![before, limit]);
    db.fetch_all(LIST, args).await
}

/// Between two ids, the oldest first.
pub(crate) async fn waiting(
    db: &Db,
    org: OrgId,
    filter: &LetterFilter,
    (after, last): (Uuid, Uuid),
    limit: i64,
) -> Result<Vec<LetterRow>, DbError> {
    let args = and(fitting(org, filter), args![after, last, limit]);
    db.fetch_all(WAITING, args).await
}

pub(crate) async fn count(db: &Db, org: OrgId, filter: &LetterFilter) -> Result<i64, DbError> {
    let (count,): (i64,) = db.fetch_one(COUNT, fitting(org, filter)).await?;
    Ok(count)
}

pub(crate) async fn groups(
    db: &Db,
    org: OrgId,
    filter: &LetterFilter,
    limit: i64,
) -> Result<Vec<LetterGroup>, DbError> {
    let args = and(fitting(org, filter), args![limit]);
    db.fetch_all(GROUPS, args).await
}

pub(crate) async fn one(db: &Db, org: OrgId, id: Uuid) -> Result<Option<LetterRow>, DbError> {
    db.fetch_optional(ONE, args![org.0, id]).await
}

pub(crate) async fn one_in(
    tx: &mut Tx,
    org: OrgId,
    id: Uuid,
) -> Result<Option<LetterRow>, DbError> {
    tx.fetch_optional(ONE, args![org.0, id]).await
}

/// What becomes of a letter, and who has it so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End<'a> {
    pub(crate) state: &'static str,
    pub(crate) by: &'a str,
    pub(crate) reason: Option<&'a str>,
    pub(crate) at: Timestamp,
}

/// Ends letters that fit, the oldest first, so many at most; how many.
pub(crate) async fn end_all(
    tx: &mut Tx,
    org: OrgId,
    filter: &LetterFilter,
    end: End<'_>,
    most: i64,
) -> Result<u64, DbError> {
    let end = args![
        end.state,
        end.by,
        end.reason.map(str::to_owned),
        end.at,
        most
    ];
    tx.execute(END_ALL, and(fitting(org, filter), end)).await
}

/// Ends a letter; whether it waited. No other ends it before the transaction does.
pub(crate) async fn end(tx: &mut Tx, org: i64, id: Uuid, end: End<'_>) -> Result<bool, DbError> {
    let reason = end.reason.map(str::to_owned);
    let args = args![org, id, end.state, end.by, reason, end.at];
    Ok(tx.execute(END, args).await? == 1)
}

/// Notes that a letter failed again.
pub(crate) async fn fail(
    db: &Db,
    letter: &LetterRow,
    (cause, error): (&str, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    db.execute(FAIL, args![letter.org, letter.id, cause, error, now])
        .await?;
    Ok(())
}

pub(crate) async fn insert_replay(tx: &mut Tx, row: &ReplayRow) -> Result<(), DbError> {
    let args = args![
        row.id,
        row.org,
        row.consumer.clone(),
        row.feed.clone(),
        row.kind.clone(),
        row.cause.clone(),
        row.since,
        row.last,
        row.place,
        row.total,
        row.started_by.as_str(),
        row.started_at
    ];
    tx.execute(INSERT_REPLAY, args).await?;
    Ok(())
}

pub(crate) async fn replay(db: &Db, org: OrgId, id: Uuid) -> Result<Option<ReplayRow>, DbError> {
    db.fetch_optional(REPLAY, args![org.0, id]).await
}

/// The oldest replay that nobody works at.
pub(crate) async fn free_replay(
    db: &Db,
    now: Timestamp,
    longest: Timestamp,
) -> Result<Option<ReplayRow>, DbError> {
    db.fetch_optional(FREE_REPLAY, args![now, longest]).await
}

/// Whether it is this node's now.
pub(crate) async fn take_replay(
    db: &Db,
    row: &ReplayRow,
    until: Timestamp,
) -> Result<bool, DbError> {
    let taken = db.execute(TAKE_REPLAY, args![row.id, row.lease_until, until]);
    Ok(taken.await? == 1)
}

/// How far a replay came with some letters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moved {
    pub(crate) place: Uuid,
    pub(crate) replayed: i64,
    pub(crate) failed: i64,
    pub(crate) lease_until: Timestamp,
}

/// Whether it is still this node's.
pub(crate) async fn move_replay(
    tx: &mut Tx,
    (id, before): (Uuid, Uuid),
    moved: Moved,
) -> Result<bool, DbError> {
    let args = args![
        id,
        before,
        moved.place,
        moved.replayed,
        moved.failed,
        moved.lease_until
    ];
    Ok(tx.execute(MOVE_REPLAY, args).await? == 1)
}

pub(crate) async fn end_replay(db: &Db, id: Uuid, now: Timestamp) -> Result<(), DbError> {
    db.execute(END_REPLAY, args![id, now]).await?;
    Ok(())
}
