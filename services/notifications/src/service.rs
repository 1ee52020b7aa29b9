//! Notifications in this process: what its use cases share, and its background work.

use std::sync::Arc;

use contracts::identity::{Contacts, SharedIdentity, UserId};
use db::Db;
use events::{Consumer, DeadLetters, Feed, Handler, Queue};
use platform::clock::SharedClock;
use platform::ids::Ids;
use tokio::task::JoinSet;
use uuid::Uuid;
use vault::Vault;

use crate::config::Config;
use crate::queues::metrics::QueueMetrics;
use crate::stream::Live;
use crate::told::Told;
use crate::webhooks::Webhooks;

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
    pub(crate) webhooks: Webhooks,
    pub(crate) identity: SharedIdentity,
    consumers: Vec<Arc<Consumer>>,
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
        let made_from = (&deps.clock, &deps.ids);
        let (vault, contacts) = (Arc::new(deps.vault), deps.contacts.clone());
        let webhooks = Webhooks::new(&db, made_from, vault, contacts, deps.config.webhooks);
        let told = Arc::new(Told::new(deps.ids.clone(), deps.clock.clone()));
        let handlers: [Arc<dyn Handler>; 2] = [told, webhooks.fan_out.clone()];
        let consumer = |(feed, handler): (&Arc<dyn Feed>, &Arc<dyn Handler>)| {
            let (clock, ids) = (deps.clock.clone(), deps.ids.clone());
            let (feed, handler) = (feed.clone(), handler.clone());
            Arc::new(Consumer::new(db.clone(), feed, handler, clock, ids))
        };
        let feeds = deps.feeds.iter();
        let pairs = feeds.flat_map(|feed| handlers.iter().map(move |handler| (feed, handler)));
        let consumers: Vec<_> = pairs.map(consumer).collect();
        let (clock, ids) = (deps.clock.clone(), deps.ids.clone());
        Arc::new(Self {
            letters: Arc::new(DeadLetters::new(db.clone(), consumers.clone(), clock, ids)),
            queue_metrics: QueueMetrics::default(),
            live: Live::new(deps.feeds, deps.config.stream),
            identity: deps.identity,
            consumers,
            webhooks,
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
        tasks.spawn(self.webhooks.dispatcher.clone().run());
        Background(tasks)
    }

    /// What its consumers could not handle.
    #[must_use]
    pub fn dead_letters(&self) -> &DeadLetters {
        &self.letters
    }

    /// Its consumer of this name and feed.
    #[must_use]
    pub fn consumer(&self, name: &str, feed: &str) -> Option<&Consumer> {
        let consumers = self.consumers.iter();
        let mut named = consumers.filter(|it| it.full_name() == format!("{name}/{feed}"));
        named.next().map(|consumer| &**consumer)
    }

    /// What has work waiting, as operators see it.
    #[must_use]
    pub fn queues(&self) -> Vec<Arc<dyn Queue>> {
        let consumers = self.consumers.iter().cloned();
        let mut queues: Vec<Arc<dyn Queue>> = Vec::new();
        queues.extend(consumers.map(|consumer| consumer as Arc<dyn Queue>));
        queues.push(self.webhooks.dispatcher.clone());
        queues
    }

    /// Sends the webhooks that are due, and returns when there are none: what the background does, for tests. How many attempts were
    /// made.
    ///
    /// # Errors
    /// A fault.
    pub async fn deliver_webhooks(&self) -> Result<usize, crate::error::Error> {
        Ok(self.webhooks.dispatcher.deliver_due().await?)
    }

    /// Makes what a store for a look around has of webhooks, with these ids: two endpoints of a user, and a delivery to the first.
    ///
    /// # Errors
    /// A fault.
    pub async fn make_demo_webhooks(
        &self,
        user: UserId,
        ids: [Uuid; 3],
    ) -> Result<(), crate::error::Error> {
        Ok(self.webhooks.make_demo(user, ids).await?)
    }

    /// Deletes webhooks that were sent long ago: what the background does now and then, for tests.
    pub async fn delete_old_webhooks(&self) {
        self.webhooks.dispatcher.sweep().await;
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
