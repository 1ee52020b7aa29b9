//! The SQL of channels as queues.

use db::{Db, DbError, args};
use sqlx::FromRow;
use values::Timestamp;

statements! {
    /// -> [`WaitingRow`] of channels where something waits.
    WAITING = "SELECT d.channel, count(*) AS depth, min(m.created_at) AS oldest, max(d.error) AS last_error
        FROM deliveries d JOIN messages m ON m.id = d.message WHERE d.due_at IS NOT NULL GROUP BY d.channel";
    /// -> channel, how many were given up.
    FAILED = "SELECT channel, count(*) FROM deliveries WHERE state = 'failed' GROUP BY channel";
    /// -> channels that stand still.
    PAUSED = "SELECT channel FROM paused_channels";
    /// channel, now.
    PAUSE = "INSERT INTO paused_channels (channel, paused_at) VALUES ($1, $2) ON CONFLICT (channel) DO NOTHING";
    /// channel.
    RESUME = "DELETE FROM paused_channels WHERE channel = $1";
}

/// What waits on a channel.
#[derive(Debug, FromRow)]
pub(crate) struct WaitingRow {
    pub(crate) channel: String,
    pub(crate) depth: i64,
    pub(crate) oldest: Option<i64>,
    /// Why one of them was not sent yet.
    pub(crate) last_error: Option<String>,
}

pub(crate) async fn waiting(db: &Db) -> Result<Vec<WaitingRow>, DbError> {
    db.fetch_all(WAITING, args![]).await
}

pub(crate) async fn failed(db: &Db) -> Result<Vec<(String, i64)>, DbError> {
    db.fetch_all(FAILED, args![]).await
}

pub(crate) async fn paused(db: &Db) -> Result<Vec<String>, DbError> {
    let found: Vec<(String,)> = db.fetch_all(PAUSED, args![]).await?;
    Ok(found.into_iter().map(|(channel,)| channel).collect())
}

pub(crate) async fn pause(db: &Db, channel: &str, now: Timestamp) -> Result<(), DbError> {
    db.execute(PAUSE, args![channel, now]).await?;
    Ok(())
}

pub(crate) async fn resume(db: &Db, channel: &str) -> Result<(), DbError> {
    db.execute(RESUME, args![channel]).await?;
    Ok(())
}
