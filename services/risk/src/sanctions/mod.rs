//! Sanctions: which lists are in force, who of the customers is like somebody on them, and what
//! operators have said of that. How names are compared is in the crate `screening`.

mod comparing;
pub(crate) mod config;
mod deciding;
mod fetch;
pub(crate) mod http;
pub(crate) mod lists;
pub(crate) mod loading;
pub(crate) mod matches;
pub(crate) mod standing;
pub(crate) mod store;
pub(crate) mod watch;

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use contracts::events::{Event, Party};
use screening::lists::Source;
use tokio::sync::Mutex;
use tokio::time::interval;
use values::typed_id;

use crate::error::Error;
use crate::feeds::told::Told;
use crate::sanctions::config::SanctionsConfig;
use crate::sanctions::lists::{KnownResults, Lists};
use crate::sanctions::watch::{SanctionsMetrics, Watch};
use crate::service::Service;

typed_id!(
    /// A customer who is like an entry of a sanctions list: `mat_…`.
    MatchId,
    "mat"
);

/// Of how lists are read and names compared. One more, and everybody is compared anew: raised with
/// each change of the crate `screening` by which other entries or scores come out.
pub(crate) const EDITION: i64 = 1;
/// How often it is looked what is due, and who waits.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a node knows of sanctions.
pub(crate) struct Sanctions {
    pub(crate) config: SanctionsConfig,
    /// The lists that customers are compared with.
    pub(crate) sources: BTreeSet<Source>,
    lists: RwLock<Arc<Lists>>,
    pub(crate) known: KnownResults,
    pub(crate) watch: Watch,
    pub(crate) metrics: SanctionsMetrics,
    /// Held while a list is loaded, and while memory takes up what the store has.
    pub(crate) loading: Mutex<()>,
    pub(crate) taking_up: Mutex<()>,
}

impl Sanctions {
    /// Without any list in memory.
    ///
    /// # Errors
    /// A setting that cannot work.
    pub(crate) fn new(config: SanctionsConfig) -> Result<Self, String> {
        let sources = config.sources()?;
        Ok(Self {
            lists: RwLock::new(Arc::new(Lists::new(Vec::new(), &sources))),
            sources,
            config,
            known: KnownResults::default(),
            watch: Watch::default(),
            metrics: SanctionsMetrics::default(),
            loading: Mutex::new(()),
            taking_up: Mutex::new(()),
        })
    }

    /// The lists in force.
    pub(crate) fn lists(&self) -> Arc<Lists> {
        let lists = self.lists.read().unwrap_or_else(PoisonError::into_inner);
        lists.clone()
    }

    /// Takes in what an event says of a name.
    pub(crate) fn hear(&self, event: &Event, told: &Told) {
        if matches!(told, Told::Renamed | Told::Closed)
            && let Some(user) = event.party(Party::Owner)
        {
            self.known.forget(event.org, user);
        }
    }

    /// Other lists are in force.
    fn put(&self, lists: Arc<Lists>) {
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = lists;
    }
}

impl Service {
    /// Takes up the lists of the store. That of the demo is part of the program and in force at
    /// once.
    pub(crate) async fn open_lists(&self) {
        let opened = async {
            self.take_up_lists().await?;
            let is_missing = self.sanctions.lists().missing.contains(&Source::Demo);
            if is_missing {
                self.update_list(Source::Demo, false).await?;
            }
            self.look_at_loads().await
        };
        if let Err(error) = opened.await {
            tracing::error!(%error, "the sanctions lists of the store cannot be read: nobody counts as compared");
        }
    }

    /// Loads lists when they are due: for ever.
    pub(crate) async fn keep_loading(self: Arc<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let done = self.load_due_lists().await;
            tell(&mut failing, &done, "sanctions lists are not loaded");
        }
    }

    /// Compares who waits: for ever. A download does not hold it up.
    pub(crate) async fn keep_screening(self: Arc<Self>) {
        let mut ticks = interval(LOOK_EVERY);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let done = self.screen_once().await;
            tell(
                &mut failing,
                &done,
                "customers are not compared with sanctions lists",
            );
        }
    }

    /// Takes up lists that another node has loaded, and compares who waits.
    ///
    /// # Errors
    /// A fault: it is tried again.
    pub async fn screen_once(&self) -> Result<(), Error> {
        self.take_up_lists().await?;
        self.look_at_loads().await?;
        self.screen_waiting().await?;
        Ok(())
    }
}

/// Tells once that something has begun to fail.
fn tell(failing: &mut bool, done: &Result<(), Error>, what: &str) {
    if let Err(error) = done
        && !*failing
    {
        tracing::error!(%error, "{what}");
    }
    *failing = done.is_err();
}
