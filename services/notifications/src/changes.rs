//! Changes of where an account's news goes: its owner is told of each, since somebody else may have
//! made it. The audit trail has them, too (`trail.rs`).

use access::Principal;
use contracts::events::EventId;
use db::Tx;
use platform::ids::Ids;
use serde_json::{Map, Value};
use values::Timestamp;
use vault::Vault;
use web::client::Client;

use crate::error::Error;
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
