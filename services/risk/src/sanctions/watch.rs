//! Whether lists are loaded as they should be, in words and as metrics. It asks no database.

use std::sync::{PoisonError, RwLock};

use platform::metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use values::{DAY, SECOND, Timestamp};

use crate::sanctions::lists::Lists;
use crate::sanctions::store::lists::LoadRow;

/// How the loading of each list goes, as it was last looked at.
#[derive(Debug, Default)]
pub(crate) struct Watch(RwLock<Vec<LoadRow>>);

impl Watch {
    pub(crate) fn put(&self, loads: Vec<LoadRow>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = loads;
    }

    pub(crate) fn loads(&self) -> Vec<LoadRow> {
        let loads = self.0.read().unwrap_or_else(PoisonError::into_inner);
        loads.clone()
    }

    /// What an operator should look at.
    pub(crate) fn warning(&self, lists: &Lists, now: Timestamp, warn_after: i64) -> Option<String> {
        let loads = self.loads();
        let mut said = Vec::new();
        for missing in &lists.missing {
            said.push(format!("{} was never loaded", missing.as_str()));
        }
        for source in lists.versions.keys() {
            let name = source.as_str();
            let Some(load) = loads.iter().find(|load| load.list == name) else {
                continue;
            };
            let age = now.micros() - load.loaded_at.unwrap_or_default();
            if load.failure.is_some() {
                said.push(format!("{name} could not be loaded anew"));
            }
            // The demo's list is part of the program.
            if age > warn_after && name != "demo" {
                let days = age / DAY;
                said.push(format!("{name} was loaded {days} days ago"));
            }
        }
        (!said.is_empty()).then(|| format!("sanctions lists: {}", said.join(", ")))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfList {
    list: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLoad {
    list: String,
    outcome: String,
}

/// What is shown of lists.
#[derive(Debug, Default)]
pub(crate) struct SanctionsMetrics {
    loads: Family<OfLoad, Counter>,
    entries: Family<OfList, Gauge>,
    loaded: Family<OfList, Gauge>,
    waiting: Gauge,
}

impl SanctionsMetrics {
    pub(crate) fn show_in(&self, metrics: &Metrics) {
        let loads = self.loads.clone();
        let help = "How often this node has loaded a sanctions list";
        drop(metrics.register("risk_sanctions_loads", help, loads));
        let entries = self.entries.clone();
        let help = "How many entries a sanctions list in force has";
        drop(metrics.register("risk_sanctions_entries", help, entries));
        let loaded = self.loaded.clone();
        let help = "When a sanctions list was last loaded whole, in seconds since 1970";
        drop(metrics.register("risk_sanctions_loaded_timestamp_seconds", help, loaded));
        let waiting = self.waiting.clone();
        let help = "Customers who wait to be compared with the lists in force";
        drop(metrics.register("risk_sanctions_waiting", help, waiting));
    }

    /// This node has tried to load a list.
    pub(crate) fn loaded(&self, list: &str, well: bool) {
        let outcome = if well { "loaded" } else { "failed" };
        let labels = OfLoad {
            list: list.to_owned(),
            outcome: outcome.to_owned(),
        };
        self.loads.get_or_create(&labels).inc();
    }

    pub(crate) fn show(&self, watch: &Watch, lists: &Lists) {
        for list in lists.index.lists() {
            let labels = OfList {
                list: list.source.as_str().to_owned(),
            };
            let entries = i64::try_from(list.entries.len()).unwrap_or(i64::MAX);
            self.entries.get_or_create(&labels).set(entries);
        }
        for load in watch.loads() {
            let at = load.loaded_at.unwrap_or_default() / SECOND;
            let labels = OfList { list: load.list };
            self.loaded.get_or_create(&labels).set(at);
        }
    }

    pub(crate) fn waiting(&self, count: i64) {
        self.waiting.set(count);
    }
}
