//! Notifications in this process: what its use cases share, and its background work.

use std::sync::Arc;

use contracts::identity::{Contacts, SharedIdentity};
use db::Db;
use events::{Consumer, DeadLetters, Feed, Queue};
use platform::clock::SharedClock;
use platform::ids::Ids;
use tokio::task::JoinSet;
use vault::Vault;

use crate::config::Config;
use crate::queues::metrics::QueueMetrics;
use crate::stream::Live;
use crate::told::Told;

/// What notifications stands on, beside its tables.
pub struct Deps {
    /// Settings.
    pub config: Config,
    /// The time.
    pub clock: SharedClock,
    /// Where ids come from.
    pub ids: Ids,
    /// What seals secrets in its tables.
    pub vault: Vault,
    /// How users are reached.
    pub contacts: Arc<dyn Contacts>,
    /// Who keeps the audit trail.
    pub identity: SharedIdentity,
    /// What other services have committed.
    pub feeds: Vec<Arc<dyn Feed>>,
}

/// Notifications: its store, and what reads the feeds into it.
pub struct Service {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) contacts: Arc<dyn Contacts>,
    pub(crate) identity: SharedIdentity,
    pub(crate) consumers: Vec<Arc<Consumer>>,
    /// Everything here that has work waiting.
    pub(crate) queues: Vec<Arc<dyn Queue>>,
    pub(crate) letters: Arc<DeadLetters>,
    pub(crate) queue_metrics: QueueMetrics,
    pub(crate) live: Arc<Live>,
}

/// Work that nobody asks for. Ends when dropped; what was under way is left to the next start.
#[derive(Debug)]
pub struct Background(
    #[expect(dead_code, reason = "held for its drop, which ends the tasks")] JoinSet<()>,
);

impl Service {
    /// Notifications over its tables.
    #[must_use]
    pub fn open(db: Db, deps: Deps) -> Arc<Self> {
        let told = Arc::new(Told::new(deps.ids.clone(), deps.clock.clone()));
        let consumer = |feed: Arc<dyn Feed>| {
            let (clock, ids) = (deps.clock.clone(), deps.ids.clone());
            Arc::new(Consumer::new(db.clone(), feed, told.clone(), clock, ids))
        };
        let consumers: Vec<_> = deps.feeds.iter().cloned().map(consumer).collect();
        let queues = consumers.iter().map(|it| it.clone() as Arc<dyn Queue>);
        let (clock, ids) = (deps.clock.clone(), deps.ids.clone());
        Arc::new(Self {
            queues: queues.collect(),
            letters: Arc::new(DeadLetters::new(db.clone(), consumers.clone(), clock, ids)),
            queue_metrics: QueueMetrics::default(),
            live: Live::new(deps.feeds, deps.config.stream),
            identity: deps.identity,
            consumers,
            clock: deps.clock,
            contacts: deps.contacts,
            db,
        })
    }

    /// Begins to read the feeds.
    pub fn start_background(self: &Arc<Self>) -> Background {
        let mut tasks = JoinSet::new();
        for consumer in &self.consumers {
            tasks.spawn(consumer.clone().run());
        }
        tasks.spawn(self.letters.clone().run());
        tasks.spawn(self.clone().show_queues());
        for reader in self.live.readers() {
            tasks.spawn(reader);
        }
        Background(tasks)
    }

    /// Handles what the feeds have, and returns when there is nothing left: what the background
    /// does, for tests.
    ///
    /// # Errors
    /// As [`Consumer::step`].
    pub async fn catch_up(&self) -> Result<(), events::queue::QueueError> {
        for consumer in &self.consumers {
            while !matches!(consumer.step().await?, events::Step::Idle(_)) {}
        }
        Ok(())
    }
}
