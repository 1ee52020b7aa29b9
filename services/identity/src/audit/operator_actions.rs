//! What operators did in other services, as those tell it. The act is done by then, so what the audit trail cannot take is kept and
//! told again until it does. A process that ends before that loses it; its log has the act.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::identity::{Deed, OperatorEntry, OrgId};
use values::Timestamp;
use web::client::Client;

use crate::audit;
use crate::audit::{Act, Actor, Entry};
use crate::error::Error;
use crate::service::Service;

/// The most acts that are kept: some megabytes.
const MOST: usize = 10_000;

/// What an operator did.
#[derive(Debug, Clone)]
struct Told {
    org: OrgId,
    actor: Actor,
    client: Client,
    deed: Deed,
    subject: String,
    refusal: Option<String>,
    at: Timestamp,
}

/// What the trail could not take yet, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Untold(Mutex<VecDeque<Told>>);

impl Untold {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Told>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, told: Told) {
        tracing::error!(
            actor = ?told.actor,
            act = told.deed.as_str(),
            subject = told.subject,
            "an operator's act waits for the audit trail"
        );
        let mut queue = self.queue();
        if queue.len() < MOST {
            queue.push_back(told);
        }
    }
}

impl Service {
    /// Adds what an operator did in another service; later, where the trail cannot be written now.
    ///
    /// # Errors
    /// A fault; the act is kept.
    pub(crate) async fn record_deed(&self, entry: OperatorEntry<'_>) -> Result<(), Error> {
        let told = Told {
            org: entry.org,
            actor: Actor::User(entry.user, Some(entry.credential)),
            client: Client::new(entry.address, entry.user_agent),
            deed: entry.deed,
            subject: entry.subject,
            refusal: entry.refusal,
            at: self.clock.now(),
        };
        let recorded = self.add_to_trail(&told, false).await;
        if recorded.is_err() {
            self.untold.keep(told);
        }
        recorded
    }

    /// Tells the trail what it could not take before.
    ///
    /// # Errors
    /// A fault; what was not recorded is kept.
    pub async fn record_untold_deeds(&self) -> Result<(), Error> {
        loop {
            let oldest = self.untold.queue().front().cloned();
            let Some(told) = oldest else { return Ok(()) };
            self.add_to_trail(&told, true).await?;
            self.untold.queue().pop_front();
        }
    }

    async fn add_to_trail(&self, told: &Told, is_late: bool) -> Result<(), Error> {
        let (act, client) = (Act::Elsewhere(told.deed), Some(&told.client));
        let mut entry = match &told.refusal {
            None => Entry::done(told.org, act, told.actor, client),
            Some(code) => {
                Entry::refused(told.org, act, told.actor, client).with("code", code.as_str())
            }
        };
        if is_late {
            entry = entry.with("happened_at", told.at.to_string());
        }
        let mut tx = self.db.begin().await?;
        audit::record(&mut tx, self.clock.now(), &entry.to(&told.subject)).await?;
        Ok(tx.commit().await?)
    }
}
