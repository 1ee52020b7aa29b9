//! Breakers: a rule that holds far more transactions up than it used to goes to shadow, loudly, on
//! all nodes and over restarts, until two people put it back or publish another one in its place.
//! When it trips is `risk-core`'s.

pub(crate) mod config;
pub(crate) mod store;
mod watching;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use contracts::identity::OrgId;
use platform::metrics::Metrics;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use risk_core::breaker::Breaker;

use crate::error::Error;
use store::BreakerRow;

/// Breakers by the codes of their rules.
pub(crate) type Breakers = BTreeMap<String, Breaker>;

/// A breaker that has tripped here.
pub(crate) struct Tripped {
    org: OrgId,
    rule: String,
    breaker: Breaker,
}

/// Trips that wait to be stored, and what is counted of them.
#[derive(Default)]
pub(crate) struct Watch {
    waiting: Mutex<Vec<Tripped>>,
    trips: Counter,
    in_shadow: Gauge,
}

impl Watch {
    /// Registers what it counts.
    pub(crate) fn show_in(&self, metrics: &Metrics) {
        let help = "How often a rule held far more up than it used to, and went to shadow";
        drop(metrics.register("risk_breaker_trips", help, self.trips.clone()));
        let help = "Rules that are in shadow since they held far more up than they used to";
        drop(metrics.register("risk_rules_tripped", help, self.in_shadow.clone()));
    }

    fn take(&self) -> Vec<Tripped> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *waiting)
    }

    fn put_back(&self, mut trips: Vec<Tripped>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        trips.append(&mut waiting);
        *waiting = trips;
    }
}

/// Reads breakers.
pub(crate) fn read(rows: Vec<BreakerRow>) -> Result<Breakers, Error> {
    let read = rows.into_iter().map(|row| {
        let breaker = serde_json::from_str(&row.state);
        Ok((row.rule, breaker.map_err(|_| Error::Row("breakers"))?))
    });
    read.collect()
}

fn row(rule: &str, breaker: &Breaker) -> Result<BreakerRow, Error> {
    let state = serde_json::to_string(breaker).map_err(|_| Error::Row("breakers"))?;
    let rule = rule.to_owned();
    Ok(BreakerRow { rule, state })
}
