//! Notifications in this process: what its use cases share, and its background work.

use std::sync::Arc;
use std::time::Duration;

use contracts::identity::{Contacts, SharedIdentity};
use db::Db;
use events::{Consumer, Feed};
use platform::clock::SharedClock;
use platform::ids::Ids;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use vault::Vault;

use crate::channels::{Channel, email};
use crate::config::Config;
use crate::error::StartError;
use crate::texts::Texts;
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
    /// Whose audit trail keeps what operators do.
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
    pub(crate) vault: Arc<Vault>,
    pub(crate) texts: Texts,
    pub(crate) language: String,
    pub(crate) public_url: String,
    pub(crate) max_clock_step: i64,
    pub(crate) channels: Vec<Box<dyn Channel>>,
    /// Told that there is something to send.
    pub(crate) to_send: Arc<Notify>,
    consumers: Vec<Arc<Consumer>>,
}

/// How often messages are looked for that are due.
const SEND_EVERY: Duration = Duration::from_secs(1);
/// How often it is seen whether the texts have changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After so many looks, what is old is deleted.
const DELETE_EVERY: u64 = 720;

/// Work that nobody asks for. Ends when dropped; what was under way is left to the next start.
#[derive(Debug)]
pub struct Background(
    #[expect(dead_code, reason = "held for its drop, which ends the tasks")] JoinSet<()>,
);

impl Service {
    /// Notifications over its tables.
    ///
    /// # Errors
    /// A setting or a text that cannot be used.
    pub fn open(db: Db, deps: Deps) -> Result<Arc<Self>, StartError> {
        let (vault, to_send) = (Arc::new(deps.vault), Arc::new(Notify::new()));
        let told = Arc::new(Told {
            ids: deps.ids.clone(),
            clock: deps.clock.clone(),
            vault: vault.clone(),
            to_send: to_send.clone(),
        });
        let consumer = |feed: Arc<dyn Feed>| {
            let (clock, ids) = (deps.clock.clone(), deps.ids.clone());
            Arc::new(Consumer::new(db.clone(), feed, told.clone(), clock, ids))
        };
        Ok(Arc::new(Self {
            texts: deps.config.texts()?,
            channels: email::providers(&deps.config.email)?,
            language: deps.config.language,
            public_url: deps.config.public_url,
            max_clock_step: deps.config.max_clock_step,
            vault,
            to_send,
            consumers: deps.feeds.into_iter().map(consumer).collect(),
            clock: deps.clock,
            contacts: deps.contacts,
            identity: deps.identity,
            db,
        }))
    }

    /// Begins to read the feeds.
    pub fn start_background(self: &Arc<Self>) -> Background {
        let mut tasks = JoinSet::new();
        for consumer in &self.consumers {
            tasks.spawn(consumer.clone().run());
        }
        tasks.spawn(self.clone().keep_sending());
        tasks.spawn(self.clone().keep_house());
        Background(tasks)
    }

    /// Sends messages as soon as there are some, and those that are due again.
    async fn keep_sending(self: Arc<Self>) {
        let mut failing = false;
        loop {
            // Whether it was told or not: another node may have written some.
            drop(timeout(SEND_EVERY, self.to_send.notified()).await);
            match self.send_messages().await {
                Err(error) if !failing => {
                    failing = true;
                    tracing::error!(%error, "messages cannot be sent");
                }
                Ok(()) if failing => {
                    failing = false;
                    tracing::info!("messages can be sent again");
                }
                _ => {}
            }
        }
    }

    /// Takes up changed texts, and deletes what is old.
    async fn keep_house(self: Arc<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        for tick in 0_u64.. {
            ticks.tick().await;
            self.reload_texts();
            if tick.is_multiple_of(DELETE_EVERY)
                && let Err(error) = self.delete_old().await
            {
                tracing::error!(%error, "old messages could not be deleted");
            }
        }
    }

    /// Erases and deletes what is old.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn delete_old(&self) -> Result<(), crate::Error> {
        let now = self.clock.now();
        idempotency::delete_old(&self.db, now).await?;
        self.delete_old_messages(now).await
    }

    /// Takes up texts that an operator has changed; those in force stay where one of the new ones cannot be used.
    pub fn reload_texts(&self) {
        match self.texts.reload() {
            Ok(true) => tracing::info!("the texts were read again"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "a text cannot be used: all stay as they were"),
        }
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
