//! Channels of messages as queues, for operators. One that is paused holds up its messages on all
//! nodes; one-time codes, which are sent at once, do not wait in it.

pub(crate) mod store;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use db::Db;
use events::queue::{QueueError, Rate};
use events::{Queue, QueueReport};
use platform::clock::SharedClock;
use values::Timestamp;

use crate::channels::ChannelKind;

/// The channels, and what this node does on them.
pub(crate) struct MessageQueues {
    db: Db,
    clock: SharedClock,
    channels: [Working; ChannelKind::ALL.len()],
}

/// What this node does on a channel.
#[derive(Default)]
struct Working {
    rate: Rate,
    in_flight: AtomicI64,
    handled: AtomicU64,
}

/// A message that is being sent; counted as done when this is dropped.
pub(crate) struct Sending<'a> {
    working: &'a Working,
    clock: &'a SharedClock,
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.working.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.working.handled.fetch_add(1, Ordering::Relaxed);
        self.working.rate.note(self.clock.now(), 1);
    }
}

/// The name of a channel as a queue.
fn name(channel: ChannelKind) -> String {
    format!("messages/{}", channel.name())
}

impl MessageQueues {
    pub(crate) fn new(db: &Db, clock: &SharedClock) -> Self {
        Self {
            db: db.clone(),
            clock: clock.clone(),
            channels: ChannelKind::ALL.map(|_| Working::default()),
        }
    }

    /// One more message is being sent on a channel.
    pub(crate) fn sending(&self, channel: ChannelKind) -> Sending<'_> {
        let mut channels = ChannelKind::ALL.into_iter().zip(&self.channels);
        let found = channels.find(|(kind, _)| *kind == channel);
        let working = found.map_or(&self.channels[0], |(_, working)| working);
        working.in_flight.fetch_add(1, Ordering::Relaxed);
        Sending {
            working,
            clock: &self.clock,
        }
    }
}

#[async_trait]
impl Queue for MessageQueues {
    async fn reports(&self) -> Result<Vec<QueueReport>, QueueError> {
        let now = self.clock.now();
        let waiting = store::waiting(&self.db).await?;
        let failed = store::failed(&self.db).await?;
        let paused = store::paused(&self.db).await?;
        let report = |(channel, working): (ChannelKind, &Working)| {
            let waits = waiting.iter().find(|row| row.channel == channel.name());
            let failed = failed.iter().find(|(name, _)| name == channel.name());
            QueueReport {
                name: name(channel),
                kind: "channel",
                depth: waits.map_or(0, |row| row.depth),
                oldest: waits.and_then(|row| row.oldest).map(Timestamp),
                per_second: working.rate.per_second(now),
                in_flight: working.in_flight.load(Ordering::Relaxed),
                dead_letters: failed.map_or(0, |(_, count)| *count),
                paused: paused.iter().any(|paused| paused == channel.name()),
                last_error: waits.and_then(|row| row.last_error.clone()),
            }
        };
        let channels = ChannelKind::ALL.into_iter().zip(&self.channels);
        Ok(channels.map(report).collect())
    }

    async fn pause(&self, queue: &str, paused: bool) -> Result<bool, QueueError> {
        let mut channels = ChannelKind::ALL.into_iter();
        let Some(channel) = channels.find(|channel| name(*channel) == queue) else {
            return Ok(false);
        };
        match paused {
            true => store::pause(&self.db, channel.name(), self.clock.now()).await?,
            false => store::resume(&self.db, channel.name()).await?,
        }
        Ok(true)
    }

    fn handled(&self) -> Vec<(String, u64)> {
        let channels = ChannelKind::ALL.into_iter().zip(&self.channels);
        let handled = channels.map(|(channel, working)| {
            let handled = working.handled.load(Ordering::Relaxed);
            (name(channel), handled)
        });
        handled.collect()
    }
}
