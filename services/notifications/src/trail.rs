//! What operators, and users to their own accounts, have done here, for identity's audit trail.
//! What changes where somebody's news goes is kept ([`crate::acts`]) and sent until identity has
//! it; the rest is recorded afterwards.

use contracts::identity::{ActId, KeptEntry, OperatorAction, OperatorEntry};
use values::Timestamp;

use crate::acts::{Act, store};
use crate::changes::Who;
use crate::error::Error;
use crate::service::Service;

/// So many are read at once.
const AT_ONCE: i64 = 100;

impl Service {
    /// A change is committed: has what was told of it sent, and what was kept of it recorded.
    pub(crate) async fn changed(&self) {
        self.announced.wake();
        self.to_send.notify_one();
        if let Err(error) = self.record_acts().await {
            tracing::error!(%error, "an act is not in the audit trail yet");
        }
    }

    /// Has identity record what is kept for its audit trail, the oldest first.
    ///
    /// # Errors
    /// A fault, here or of identity; what is not recorded stays.
    pub async fn record_acts(&self) -> Result<(), Error> {
        loop {
            let rows = store::oldest(&self.db, AT_ONCE).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let act = serde_json::from_str(&row.act).map_err(|_| Error::Row("acts"))?;
                let (id, at) = (ActId(row.id), Timestamp(row.at));
                self.record_kept(act, KeptEntry { id, at }).await?;
                store::delete(&self.db, row.id).await?;
            }
        }
    }

    async fn record_kept(&self, act: Act, kept: KeptEntry) -> Result<(), Error> {
        let recorded = self.identity.record(OperatorEntry {
            org: act.org,
            user: act.user,
            credential: act.credential,
            address: act.address,
            user_agent: act.user_agent.as_deref(),
            action: act.action,
            subject: act.subject,
            refusal: None,
            kept: Some(kept),
        });
        let recorded = match act.request_id {
            Some(id) => platform::request_id::scope(id, recorded).await,
            None => recorded.await,
        };
        Ok(recorded?)
    }

    /// Adds to the audit trail what somebody did, or why not. It is recorded afterwards, and is
    /// done in any case.
    pub(crate) async fn record_act(
        &self,
        (principal, client): Who<'_>,
        action: OperatorAction,
        subject: String,
        refusal: Option<String>,
    ) {
        let entry = OperatorEntry {
            org: principal.org,
            user: principal.user,
            credential: principal.credential,
            address: client.address,
            user_agent: client.user_agent.as_deref(),
            action,
            subject,
            refusal,
            kept: None,
        };
        if let Err(error) = self.identity.record(entry).await {
            tracing::error!(%error, ?action, "an act is not in the audit trail yet");
        }
    }
}
