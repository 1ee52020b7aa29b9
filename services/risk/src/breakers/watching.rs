//! Breakers at work: what trips is in shadow at once, stored, told, and put back by two people.

use std::sync::Arc;

use contracts::identity::{OperatorAction, OrgId};
use risk_core::breaker::{Breaker, Rearmed};
use risk_core::decide::Decided;
use values::Timestamp;

use crate::breakers::{Tripped, row, store};
use crate::error::Error;
use crate::memory::org::Org;
use crate::memory::policy::Policy;
use crate::rules::error::RuleError;
use crate::rules::store as rules;
use crate::service::Service;
use crate::trail::Who;

impl Service {
    /// Counts what rules said of a transaction. One that trips is in shadow here from now on.
    pub(crate) fn watch_rules(
        &self,
        (org, known): (OrgId, &Org),
        policy: &Arc<Policy>,
        decided: &Decided,
        at: Timestamp,
    ) {
        if !self.config.breakers.enabled {
            return;
        }
        let settings = self.config.breakers.settings();
        for (rule, breaker) in known.observe(policy, decided, at, &settings) {
            let trip = breaker.trip();
            tracing::error!(
                org = org.0,
                rule,
                ?trip,
                "a rule holds far more up than it used to: it is in shadow"
            );
            self.watch.trips.inc();
            self.watch.put_back(vec![Tripped { org, rule, breaker }]);
        }
    }

    /// Stores trips, so that they hold on other nodes and after a restart.
    pub(crate) async fn store_trips(&self) -> Result<(), Error> {
        let trips = self.watch.take();
        if trips.is_empty() {
            return Ok(());
        }
        let new = match self.store_all(&trips).await {
            Ok(new) => new,
            Err(error) => {
                self.watch.put_back(trips);
                return Err(error);
            }
        };
        for trip in &trips {
            self.memory.org(trip.org)?.trip_is_stored(&trip.rule);
        }
        self.refresh().await?;
        for trip in trips
            .iter()
            .zip(new)
            .filter_map(|(trip, new)| new.then_some(trip))
        {
            self.tell_of_trip(trip).await;
        }
        Ok(())
    }

    /// Stores trips; for each whether nobody knew of it.
    async fn store_all(&self, trips: &[Tripped]) -> Result<Vec<bool>, Error> {
        let mut tx = self.db.begin().await?;
        let mut new = Vec::new();
        for trip in trips {
            let at = trip
                .breaker
                .trip()
                .map_or_else(|| self.clock.now(), |it| it.at);
            rules::change(&mut tx, trip.org).await?;
            let row = row(&trip.rule, &trip.breaker)?;
            new.push(store::trip(&mut tx, trip.org, &row, at).await?);
        }
        tx.commit().await?;
        Ok(new)
    }

    async fn tell_of_trip(&self, trip: &Tripped) {
        let (action, rule) = (OperatorAction::RuleTripped, trip.rule.as_str());
        let recorded = self.identity.record_by_system(trip.org, action, rule);
        if let Err(error) = recorded.await {
            tracing::error!(%error, rule, "that a rule is in shadow is not in the audit trail");
        }
    }

    /// Keeps what breakers have counted, so that a restart does not begin anew.
    pub(crate) async fn keep_breakers(&self) -> Result<(), Error> {
        let mut tx = self.db.begin_unsynced().await?;
        for (org, known) in self.memory.orgs() {
            for (rule, breaker) in known.breakers() {
                if breaker.trip().is_none() {
                    store::keep(&mut tx, org, &row(&rule, &breaker)?).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }

    /// How many rules are in shadow, for those who read metrics.
    pub(crate) fn count_rules_in_shadow(&self) {
        let orgs = self.memory.orgs().into_iter();
        let in_shadow: usize = orgs.map(|(_, org)| org.policy().trips.len()).sum();
        let in_shadow = i64::try_from(in_shadow).unwrap_or(i64::MAX);
        self.watch.in_shadow.set(in_shadow);
    }

    /// Puts a rule back into effect; it takes a second person. Its baseline is learnt anew.
    pub(crate) async fn rearm(&self, who: Who<'_>, code: &str) -> Result<(), RuleError> {
        let (org, by) = (who.0.org, who.0.user);
        let rows = store::tripped(&self.db, org).await?;
        let before = rows.into_iter().find(|row| row.rule == code);
        let before = match before {
            Some(before) => before,
            None if self.rules(org, 0).await?.has(code) => return Err(RuleError::NotTripped),
            None => return Err(RuleError::NoSuchRule),
        };
        let breaker = serde_json::from_str(&before.state);
        let mut breaker: Breaker = breaker.map_err(|_| Error::Row("breakers"))?;
        let rearmed = breaker.rearm(by);
        let mut tx = self.db.begin().await?;
        rules::change(&mut tx, org).await?;
        let (changed, action) = match rearmed {
            Rearmed::NotTripped => return Err(RuleError::NotTripped),
            Rearmed::SamePerson => return Err(RuleError::SecondOperatorNeeded),
            Rearmed::Proposed => {
                let state = row(code, &breaker)?.state;
                let proposed = store::propose(&mut tx, org, &before, &state).await?;
                (proposed, OperatorAction::RuleRearmProposed)
            }
            Rearmed::Done => {
                let rearmed = store::rearm(&mut tx, org, &before).await?;
                (rearmed, OperatorAction::RuleRearmed)
            }
        };
        if !changed {
            return Err(RuleError::Changed);
        }
        tx.commit().await?;
        self.refresh().await?;
        self.record(who, action, code.to_owned()).await;
        Ok(())
    }
}
