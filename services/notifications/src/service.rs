//! Notifications in this process: what its use cases share, and its background work.

use std::sync::Arc;

use contracts::identity::Contacts;
use db::Db;
use events::{Consumer, Feed};
use platform::clock::SharedClock;
use platform::ids::Ids;
use tokio::task::JoinSet;
use vault::Vault;

use crate::config::Config;
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
    /// What other services have committed.
    pub feeds: Vec<Arc<dyn Feed>>,
}

/// Notifications: its store, and what reads the feeds into it.
pub struct Service {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) contacts: Arc<dyn Contacts>,
    consumers: Vec<Arc<Consumer>>,
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
        Arc::new(Self {
            consumers: deps.feeds.into_iter().map(consumer).collect(),
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
