//! What operators, and users to their own accounts, have done here, for identity's audit trail.

use contracts::identity::{OperatorAction, OperatorEntry};

use crate::changes::Who;
use crate::service::Service;

impl Service {
    /// Has what was told sent, and adds to the audit trail what was done.
    pub(crate) async fn changed(&self, who: Who<'_>, action: OperatorAction, subject: String) {
        self.announced.wake();
        self.to_send.notify_one();
        self.record_act(who, action, subject, None).await;
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
        };
        if let Err(error) = self.identity.record(entry).await {
            tracing::error!(%error, ?action, "an act is not in the audit trail yet");
        }
    }
}
