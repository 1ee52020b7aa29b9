//! The SQL of what operators are told of dead letters.

use contracts::events::EventId;
use db::{Db, DbError, args};
use values::Timestamp;

statements! {
    /// since -> [`GivenUp`] of letters that wait, by the hour in which they were given up.
    GIVEN_UP = "SELECT org, consumer, feed, first_at / 3600000000 AS hour, count(*) AS count FROM dead_letters
        WHERE state = 'waiting' AND first_at >= $1 GROUP BY org, consumer, feed, first_at / 3600000000
        ORDER BY org, consumer, feed, first_at / 3600000000";
    /// event -> how many were told of it.
    TOLD = "SELECT count(*) FROM notifications WHERE event = $1";
}

/// How many events a consumer has given up in an hour: organisation, consumer, feed, hour, count.
pub(crate) type GivenUp = (i64, String, String, i64, i64);

/// What was given up since a time and waits.
pub(crate) async fn given_up(db: &Db, since: Timestamp) -> Result<Vec<GivenUp>, DbError> {
    db.fetch_all(GIVEN_UP, args![since]).await
}

/// Whether anybody was told of an event.
pub(crate) async fn is_told(db: &Db, event: EventId) -> Result<bool, DbError> {
    let (told,): (i64,) = db.fetch_one(TOLD, args![event.uuid()]).await?;
    Ok(told > 0)
}
