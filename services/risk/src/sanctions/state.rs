//! What a node knows of sanctions: the lists in force, and what customers came to.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use contracts::events::{Event, Party};
use screening::lists::Source;
use tokio::sync::Mutex;

use crate::feeds::told::Told;
use crate::sanctions::config::SanctionsConfig;
use crate::sanctions::lists::{KnownResults, Lists};
use crate::sanctions::watch::{SanctionsMetrics, Watch};

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
    pub(crate) fn put(&self, lists: Arc<Lists>) {
        *self.lists.write().unwrap_or_else(PoisonError::into_inner) = lists;
    }
}
