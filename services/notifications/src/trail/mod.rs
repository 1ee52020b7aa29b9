//! What operators, and users to their own accounts, have done here, for identity's audit trail.
//! What changes where somebody's news goes is kept in the transaction of the change, and sent until
//! identity has it; the rest is recorded afterwards.

pub(crate) mod store;

use std::net::IpAddr;
use std::sync::Arc;

use contracts::identity::{
    ActId, Credential, KeptEntry, OperatorAction, OperatorEntry, OrgId, UserId,
};
use db::Tx;
use platform::ids::Ids;
use serde::{Deserialize, Serialize};
use values::Timestamp;

use crate::changes::Who;
use crate::error::Error;
use crate::service::Service;

/// So many are read at once.
const AT_ONCE: i64 = 100;

/// An act, as it is kept until identity has it.
#[derive(Debug, Serialize, Deserialize)]
struct Act {
    org: OrgId,
    user: UserId,
    credential: Credential,
    address: IpAddr,
    user_agent: Option<String>,
    action: OperatorAction,
    subject: String,
    request_id: Option<Arc<str>>,
}

/// Keeps an act for the audit trail, in the transaction of what was done.
pub(crate) async fn keep(
    tx: &mut Tx,
    ids: &Ids,
    (principal, client): Who<'_>,
    (action, subject): (OperatorAction, &str),
    now: Timestamp,
) -> Result<(), Error> {
    let act = Act {
        org: principal.org,
        user: principal.user,
        credential: principal.credential,
        address: client.address,
        user_agent: client.user_agent.clone(),
        action,
        subject: subject.to_owned(),
        request_id: platform::request_id::current(),
    };
    let act = serde_json::to_string(&act).map_err(|_| Error::Row("acts"))?;
    Ok(store::insert(tx, ids.next(), now, act).await?)
}

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
