//! Changes of where an account's news goes: its owner is told of each that matters, since somebody
//! else may have made it, and the audit trail has all (`acts`).

use access::Principal;
use contracts::events::EventId;
use contracts::identity::OperatorAction;
use db::Tx;
use platform::ids::Ids;
use serde_json::{Map, Value};
use values::Timestamp;
use vault::Vault;
use web::client::Client;

use crate::acts;
use crate::error::Error;
use crate::told::news::{self, News};

/// Who changes something, and from where.
pub(crate) type Who<'a> = (&'a Principal, &'a Client);

/// What was changed, and what its owner is told of it: the name of a text, where they are told, the
/// id of what it is about, and what the text is made of beside from where it was done.
pub(crate) struct Change<'a> {
    pub(crate) action: OperatorAction,
    pub(crate) tells: Option<&'static str>,
    pub(crate) subject: &'a str,
    pub(crate) facts: Map<String, Value>,
}

/// Tells the owner, and keeps it for the audit trail, in the transaction of the change. After the
/// commit, [`crate::Service::changed`] sends both.
pub(crate) async fn record(
    tx: &mut Tx,
    (ids, vault): (&Ids, &Vault),
    who: Who<'_>,
    change: Change<'_>,
    now: Timestamp,
) -> Result<(), Error> {
    acts::keep(tx, ids, who, (change.action, change.subject), now).await?;
    let Some(tells) = change.tells else {
        return Ok(());
    };
    let ((principal, client), mut facts) = (who, change.facts);
    facts.insert("address".to_owned(), client.address.to_string().into());
    if let Some(agent) = &client.user_agent {
        facts.insert("user_agent".to_owned(), agent.as_str().into());
    }
    let news = News {
        org: principal.org,
        tells,
        subject: change.subject,
        event: EventId(ids.next()),
        facts: Value::Object(facts),
        now,
    };
    news::tell(tx, (ids, vault), principal.user, &news).await
}
