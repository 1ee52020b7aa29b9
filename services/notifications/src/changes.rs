//! Changes of where an account's news goes: its owner is told of each, since somebody else may have
//! made it, and the audit trail has it.

use access::Principal;
use contracts::events::EventId;
use contracts::identity::{OperatorAction, OperatorEntry};
use db::Tx;
use platform::ids::Ids;
use serde_json::{Map, Value};
use values::Timestamp;
use vault::Vault;
use web::client::Client;

use crate::error::Error;
use crate::service::Service;
use crate::told::news::{self, News};

/// Who changes something, and from where.
pub(crate) type Who<'a> = (&'a Principal, &'a Client);

/// What was changed, and what its owner is told of it: the name of a text, the id of what it is
/// about, and what the text is made of beside from where it was done.
pub(crate) struct Change<'a> {
    pub(crate) tells: &'static str,
    pub(crate) subject: &'a str,
    pub(crate) facts: Map<String, Value>,
}

/// Tells the owner, in the transaction of the change.
pub(crate) async fn tell(
    tx: &mut Tx,
    (ids, vault): (&Ids, &Vault),
    (principal, client): Who<'_>,
    change: Change<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut facts = change.facts;
    facts.insert("address".to_owned(), client.address.to_string().into());
    if let Some(agent) = &client.user_agent {
        facts.insert("user_agent".to_owned(), agent.as_str().into());
    }
    let news = News {
        org: principal.org,
        tells: change.tells,
        subject: change.subject,
        event: EventId(ids.next()),
        facts: Value::Object(facts),
        now,
    };
    news::tell(tx, (ids, vault), principal.user, &news).await
}

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
