//! Notifications in this process: what its use cases share, and its background work.

use std::sync::Arc;
use std::time::Duration;

use contracts::identity::{Contacts, SharedIdentity, UserId};
use db::Db;
use events::{Consumer, DeadLetters, Feed, Handler, LogEnds, Queue};
use platform::clock::SharedClock;
use platform::ids::Ids;
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};
use uuid::Uuid;
use vault::Vault;
use web::rate_limit::RateLimiter;

use crate::announced::Announced;
use crate::channels::push::Push;
use crate::channels::{Channel, email, sms};
use crate::codes::config::CodesConfig;
use crate::config::Config;
use crate::error::StartError;
use crate::messages::queues::MessageQueues;
use crate::queues::metrics::QueueMetrics;
use crate::stream::Live;
use crate::texts::Texts;
use crate::told::NotificationHandler;
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
    /// What counts how often somebody does something.
    pub limiter: RateLimiter,
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
    pub(crate) vault: Arc<Vault>,
    pub(crate) texts: Texts,
    pub(crate) language: String,
    pub(crate) public_url: String,
    pub(crate) max_clock_step: i64,
    pub(crate) ids: Ids,
    pub(crate) channels: Vec<Box<dyn Channel>>,
    pub(crate) push: Push,
    pub(crate) codes: CodesConfig,
    /// What signs the calls of Twilio; none where it carries no SMS.
    pub(crate) twilio_token: Option<SecretString>,
    /// Told that there is something to send.
    pub(crate) to_send: Arc<Notify>,
    consumers: Vec<Arc<Consumer>>,
    pub(crate) letters: Arc<DeadLetters>,
    pub(crate) queue_metrics: QueueMetrics,
    pub(crate) live: Arc<Live>,
    pub(crate) message_queues: Arc<MessageQueues>,
    pub(crate) announced: Announced,
    /// How many entries of it are kept.
    keeps_announced: i64,
    log_ends: LogEnds,
}

/// How often messages are looked for that are due.
const SEND_EVERY: Duration = Duration::from_secs(1);
/// How often it is noted how far other services have come.
const NOTE_EVERY: Duration = Duration::from_secs(1);
/// How often acts are sent that are not in the audit trail yet.
const RECORD_EVERY: Duration = Duration::from_secs(5);
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
        db.count_commits();
        let (vault, to_send) = (Arc::new(deps.vault), Arc::new(Notify::new()));
        let (made_from, contacts) = ((&deps.clock, &deps.ids), deps.contacts.clone());
        let texts = deps.config.texts()?;
        let config = &deps.config;
        let push = Push::new((&db, &vault), made_from, &config.push, &config.public_url);
        let mut channels = email::providers(&config.email)?;
        let sms = sms::providers(&config.sms, &config.public_url, &deps.clock)?;
        channels.extend(sms);
        channels.push(Box::new(push.clone()));
        let announced = Announced::new(&db);
        let webhooks = Webhooks::new(
            &db,
            made_from,
            vault.clone(),
            contacts,
            deps.config.webhooks,
            (announced.clone(), deps.limiter),
        );
        let told = Arc::new(NotificationHandler {
            ids: deps.ids.clone(),
            clock: deps.clock.clone(),
            vault: vault.clone(),
            to_send: to_send.clone(),
            announced: announced.clone(),
            contacts: deps.contacts.clone(),
        });
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
        let (log_ends, mut streamed) = (deps.feeds.clone(), deps.feeds);
        streamed.push(Arc::new(announced.clone()));
        Ok(Arc::new(Self {
            message_queues: Arc::new(MessageQueues::new(&db, &deps.clock)),
            keeps_announced: deps.config.stream.back,
            announced,
            letters: Arc::new(DeadLetters::new(db.clone(), consumers.clone(), clock, ids)),
            queue_metrics: QueueMetrics::default(),
            log_ends: LogEnds::new(db.clone(), log_ends),
            live: Live::new(streamed, deps.config.stream),
            texts,
            push,
            twilio_token: deps.config.sms.callback_token(),
            codes: deps.config.codes,
            ids: deps.ids.clone(),
            channels,
            language: deps.config.language,
            public_url: deps.config.public_url,
            max_clock_step: deps.config.max_clock_step,
            vault,
            to_send,
            consumers,
            webhooks,
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
        tasks.spawn(self.letters.clone().run());
        tasks.spawn(self.clone().show_queues());
        for reader in self.live.readers() {
            tasks.spawn(reader);
        }
        tasks.spawn(self.webhooks.dispatcher.clone().run());
        tasks.spawn(self.clone().keep_sending());
        tasks.spawn(self.clone().keep_house());
        tasks.spawn(self.clone().keep_noting_log_ends());
        tasks.spawn(self.clone().keep_recording_acts());
        tasks.spawn(self.webhooks.dispatcher.clone().run_sweeps());
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

    /// What has work waiting, beside the endpoints of webhooks: consumers and channels.
    pub(crate) fn queues(&self) -> Vec<Arc<dyn Queue>> {
        let consumers = self.consumers.iter().cloned();
        let mut queues: Vec<Arc<dyn Queue>> = Vec::new();
        queues.extend(consumers.map(|consumer| consumer as Arc<dyn Queue>));
        queues.push(self.message_queues.clone());
        queues
    }

    /// Sends the webhooks that are due, and returns when there are none: what the background does,
    /// for tests. How many attempts were made.
    ///
    /// # Errors
    /// A fault.
    pub async fn deliver_webhooks(&self) -> Result<usize, crate::error::Error> {
        Ok(self.webhooks.dispatcher.deliver_due().await?)
    }

    /// Makes what a store for a look around has of webhooks, with these ids: two endpoints of a
    /// user, and a delivery to the first.
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

    async fn keep_noting_log_ends(self: Arc<Self>) {
        let mut ticks = interval(NOTE_EVERY);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let noted = self.note_log_ends().await;
            if let Err(error) = &noted
                && !failing
            {
                tracing::error!(%error, "how far other services have come cannot be noted");
            }
            failing = noted.is_err();
        }
    }

    async fn keep_recording_acts(self: Arc<Self>) {
        let mut ticks = interval(RECORD_EVERY);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let recorded = self.record_acts().await;
            if let Err(error) = &recorded
                && !failing
            {
                tracing::error!(%error, "acts that are kept for the audit trail cannot be recorded");
            }
            failing = recorded.is_err();
        }
    }

    /// Notes how far the logs of other services go.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn note_log_ends(&self) -> Result<(), crate::Error> {
        Ok(self.log_ends.note().await?)
    }

    /// Goes on with an older state of a service: what was noted of its log is forgotten, and
    /// consumers that stand behind its end are put there.
    ///
    /// # Errors
    /// A fault of the database or of the feed.
    pub async fn accept_history(&self, service: &str) -> Result<(), events::queue::QueueError> {
        for consumer in &self.consumers {
            let (position, newest) = consumer.place().await?;
            if consumer.feed_name() == service && position > newest {
                consumer.rewind(newest).await?;
            }
        }
        Ok(self.log_ends.forget(service).await?)
    }

    /// Takes up changed texts, and deletes what is old.
    async fn keep_house(self: Arc<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        for tick in 0_u64.. {
            ticks.tick().await;
            self.reload_texts();
            if let Err(error) = self.tell_of_dead_letters().await {
                tracing::error!(%error, "operators cannot be told of dead letters");
            }
            if let Err(error) = self.delete_announced().await {
                tracing::error!(%error, "what streams were told long ago could not be deleted");
            }
            if tick.is_multiple_of(DELETE_EVERY)
                && let Err(error) = self.delete_old().await
            {
                tracing::error!(%error, "old messages could not be deleted");
            }
        }
    }

    /// Deletes what streams do not read again any more.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn delete_announced(&self) -> Result<(), crate::Error> {
        Ok(self.announced.keep(self.keeps_announced).await?)
    }

    /// Erases and deletes what is old.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn delete_old(&self) -> Result<(), crate::Error> {
        let now = self.clock.now();
        idempotency::delete_old(&self.db, now).await?;
        self.delete_old_codes(now).await?;
        self.delete_old_messages(now).await
    }

    /// Takes up texts that an operator has changed; those in force stay where one of the new ones
    /// cannot be used.
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
