//! What operators have done here, for identity's audit trail.

use access::Principal;
use contracts::identity::{OperatorAction, OperatorEntry};
use web::client::Client;

use crate::service::Service;

/// Who does something, and from where.
pub(crate) type Who<'a> = (&'a Principal, &'a Client);

impl Service {
    /// Adds to the audit trail what somebody did. It is recorded afterwards, and is done in any
    /// case.
    pub(crate) async fn record(
        &self,
        (principal, client): Who<'_>,
        action: OperatorAction,
        subject: String,
    ) {
        let entry = OperatorEntry {
            org: principal.org,
            user: principal.user,
            credential: principal.credential,
            address: client.address,
            user_agent: client.user_agent.as_deref(),
            action,
            subject,
            refusal: None,
            kept: None,
        };
        if let Err(error) = self.identity.record(entry).await {
            tracing::error!(%error, ?action, "an act is not in the audit trail yet");
        }
    }
}
