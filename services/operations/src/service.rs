//! Operations in this process: what its use cases share, and its background work.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use contracts::identity::{Contacts, SharedIdentity};
use contracts::notifications::StaffMessages;
use contracts::operations::AlertKey;
use db::Db;
use events::queue::QueueError;
use events::{Consumer, Feed, LogEnds, Queue};
use module::QueueFigures;
use platform::clock::SharedClock;
use platform::ids::Ids;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::alerts::raised::Waiting;
use crate::config::Config;
use crate::error::Error;
use crate::metrics::AlertMetrics;
use crate::outcomes::Counting;
use crate::watch::watched::Watched;

/// What operations stands on, beside its tables.
pub struct Deps {
    /// Settings.
    pub config: Config,
    /// The time.
    pub clock: SharedClock,
    /// Where ids come from.
    pub ids: Ids,
    /// Who keeps the audit trail.
    pub identity: SharedIdentity,
    /// Who the staff is.
    pub contacts: Arc<dyn Contacts>,
    /// What tells the staff.
    pub messages: Arc<dyn StaffMessages>,
    /// What payments has committed.
    pub feed: Arc<dyn Feed>,
}

/// Operations: its store, and what it looks at.
pub struct Service {
    pub(crate) db: Db,
    pub(crate) clock: SharedClock,
    pub(crate) ids: Ids,
    pub(crate) identity: SharedIdentity,
    pub(crate) contacts: Arc<dyn Contacts>,
    pub(crate) messages: Arc<dyn StaffMessages>,
    pub(crate) config: Config,
    /// This node, since it was started.
    pub(crate) node: Uuid,
    /// Signals that are not written yet.
    pub(crate) waiting: Waiting,
    /// What was amiss for the first time in the look before.
    pub(crate) suspected: Mutex<BTreeSet<AlertKey>>,
    /// What is looked at: it stands in front of operations, and is named later.
    pub(crate) watched: OnceLock<Watched>,
    pub(crate) consumer: Consumer,
    pub(crate) metrics: AlertMetrics,
    log_ends: LogEnds,
}

/// How often signals are written.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// After so many looks, what is old is forgotten.
const FORGET_EVERY: u64 = 240;

/// Work that nobody asks for. Ends when dropped; what was under way is left to the next start.
#[derive(Debug)]
pub struct Background(
    #[expect(dead_code, reason = "held for its drop, which ends the tasks")] JoinSet<()>,
);

impl Service {
    /// Operations over its tables.
    #[must_use]
    pub fn open(db: Db, deps: Deps) -> Arc<Self> {
        db.count_commits();
        let consumer = Consumer::new(
            db.clone(),
            deps.feed.clone(),
            Arc::new(Counting),
            deps.clock.clone(),
            deps.ids.clone(),
        );
        Arc::new(Self {
            node: deps.ids.next(),
            log_ends: LogEnds::new(db.clone(), vec![deps.feed]),
            consumer,
            clock: deps.clock,
            ids: deps.ids,
            identity: deps.identity,
            contacts: deps.contacts,
            messages: deps.messages,
            config: deps.config,
            waiting: Waiting::default(),
            suspected: Mutex::default(),
            watched: OnceLock::new(),
            metrics: AlertMetrics::default(),
            db,
        })
    }

    /// Begins to look, and to write what is raised.
    pub fn start_background(self: &Arc<Self>) -> Background {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.clone().keep_looking());
        tasks.spawn(self.clone().keep_writing());
        Background(tasks)
    }

    async fn keep_looking(self: Arc<Self>) {
        let every = Duration::from_secs(self.config.look_every_seconds.into());
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        for tick in 0_u64.. {
            ticks.tick().await;
            let noted = self.note_log_ends().await;
            let looked = noted.and(self.look().await);
            if let Err(error) = &looked
                && !failing
            {
                tracing::error!(%error, "it cannot be seen whether something is amiss");
            }
            failing = looked.is_err();
            if tick.is_multiple_of(FORGET_EVERY)
                && let Err(error) = self.delete_old().await
            {
                tracing::error!(%error, "old alerts could not be deleted");
            }
        }
    }

    async fn keep_writing(self: Arc<Self>) {
        let mut ticks = interval(WRITE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let written = self.write_raised().await;
            if let Err(error) = &written
                && !failing
            {
                tracing::error!(%error, "what was raised cannot be written");
            }
            failing = written.is_err();
        }
    }

    /// Notes how far the log of payments goes.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn note_log_ends(&self) -> Result<(), Error> {
        Ok(self.log_ends.note().await?)
    }

    /// Goes on with an older state of payments: what was noted of its log is forgotten, and the
    /// consumer is put to the end of its feed where it stands behind that.
    ///
    /// # Errors
    /// A fault of the database or of the feed.
    pub async fn accept_history(&self, service: &str) -> Result<(), QueueError> {
        let (position, newest) = self.consumer.place().await?;
        if self.consumer.feed_name() == service && position > newest {
            self.consumer.rewind(newest).await?;
        }
        Ok(self.log_ends.forget(service).await?)
    }

    /// How its consumer does.
    pub(crate) async fn queue_figures(&self) -> Result<Vec<QueueFigures>, QueueError> {
        let reports = self.consumer.reports().await?.into_iter();
        let figures = reports.map(|report| QueueFigures {
            name: report.name.replace('/', ":"),
            depth: report.depth,
            oldest: report.oldest,
            dead_letters: report.dead_letters,
            paused: i64::from(report.paused),
        });
        Ok(figures.collect())
    }

    /// Its consumer of a feed.
    #[must_use]
    pub fn consumer(&self, name: &str, feed: &str) -> Option<&Consumer> {
        let is_it = self.consumer.full_name() == format!("{name}/{feed}");
        is_it.then_some(&self.consumer)
    }
}
