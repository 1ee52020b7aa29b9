//! The look at the platform: one node at a time asks all services and parts how they do, and has
//! written what is amiss and what is over. What is amiss, `rules.rs` says.

pub(crate) mod rules;
pub(crate) mod store;
pub(crate) mod watched;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use contracts::operations::AlertKey;
use events::Step;
use module::{Opened, reports};
use platform::health::{NamedCheck, ask};

use crate::alerts::Over;
use crate::alerts::raised::{News, seen};
use crate::alerts::states::Source;
use crate::error::Error;
use crate::outcomes::{self, MINUTE, minute};
use crate::service::Service;
use rules::{Judged, OF_NO_REPORT, Observed, judge};
use watched::Watched;

/// For how many looks a node that has looked is the one that does.
const LEASE_LOOKS: i64 = 3;

impl Service {
    /// Names what is to be looked at: all services, and what `/health` asks. Once.
    pub fn watch(&self, services: &[Arc<dyn Opened>], checks: &[NamedCheck]) {
        if self.watched.set(Watched::new(services, checks)).is_err() {
            tracing::error!("it was said twice what is to be watched");
        }
    }

    /// Looks once, unless another node does: what the background does again and again. Whether this
    /// node has looked.
    ///
    /// # Errors
    /// A fault.
    pub async fn look(&self) -> Result<bool, Error> {
        let now = self.clock.now();
        let lease = self.config.look_every().saturating_mul(LEASE_LOOKS);
        let is_mine = store::take(&self.db, self.node, now, lease).await?;
        if is_mine {
            let observed = self.observe().await?;
            let judged = {
                let suspected = self.suspected.lock();
                let mut suspected = suspected.unwrap_or_else(PoisonError::into_inner);
                let judged = judge(&self.config.alerts, &observed, &suspected);
                suspected.clone_from(&judged.suspected);
                judged
            };
            let (news, over) = to_write(judged);
            self.write(&news, &over).await?;
            self.do_what_is_due().await?;
            self.tell_operators().await?;
        }
        let counts = crate::alerts::store::counts(&self.db).await?;
        self.metrics.show(&counts);
        Ok(is_mine)
    }

    async fn observe(&self) -> Result<Observed, Error> {
        // What else is amiss is told all the same.
        if let Err(error) = self.count_outcomes().await {
            tracing::warn!(%error, "how transactions ended cannot be read: rates stay as they were");
        }
        let at = self.clock.now();
        let (services, checks) = match self.watched.get() {
            Some(watched) => (watched.services(), watched.checks()),
            None => (Vec::new(), Vec::new()),
        };
        let (now, config) = (minute(at), &self.config.alerts);
        let late = now - i64::from(config.window_minutes);
        let before = late - i64::from(config.baseline_hours) * 60;
        let mut ended = BTreeMap::new();
        for (org, found) in outcomes::store::between(&self.db, late, now + 1).await? {
            ended.insert(org, (found, outcomes::Outcomes::default()));
        }
        for (org, found) in outcomes::store::between(&self.db, before, late).await? {
            ended.entry(org).or_default().1 = found;
        }
        Ok(Observed {
            at,
            checks: ask(&checks).await,
            reports: reports(&services).await,
            outcomes: ended,
        })
    }

    /// Counts how transactions have ended since the last look.
    async fn count_outcomes(&self) -> Result<(), Error> {
        while let Step::Handled(_) | Step::Skipped = self.consumer.step().await? {}
        Ok(())
    }

    /// Forgets what is old.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn delete_old(&self) -> Result<(), Error> {
        let (now, config) = (self.clock.now(), &self.config.alerts);
        crate::alerts::store::delete_ended(&self.db, now.plus(-config.keep())).await?;
        let back = i64::from(config.window_minutes) + i64::from(config.baseline_hours) * 60;
        let kept = minute(now.plus(-(back + 1) * MINUTE));
        Ok(outcomes::store::delete_before(&self.db, kept).await?)
    }
}

/// What of it is written.
fn to_write(judged: Judged) -> (BTreeMap<AlertKey, News>, Over) {
    let mut news: BTreeMap<AlertKey, News> = BTreeMap::new();
    for signal in judged.signals {
        let (key, found) = seen(signal, Source::Look);
        news.insert(key, News::Seen(found));
    }
    // What is suspected, and was seen by another node before, goes on.
    let over = match judged.is_complete {
        true => Over::AllBut(judged.suspected),
        false => Over::OfKinds(OF_NO_REPORT, judged.suspected),
    };
    (news, over)
}
