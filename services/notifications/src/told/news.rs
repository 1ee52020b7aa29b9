//! What somebody is told of that no event of a feed tells.

use contracts::events::EventId;
use contracts::identity::{OrgId, UserId};
use db::Tx;
use platform::ids::Ids;
use serde_json::Value;
use values::Timestamp;
use vault::Vault;

use crate::announced;
use crate::error::Error;
use crate::inbox::store::NewNotification;
use crate::messages::facts::of_event;
use crate::messages::outbox::{self, Outgoing};
use crate::preferences::store as preferences;
use crate::told::kinds;

/// Something to be told.
pub(crate) struct News<'a> {
    pub(crate) org: OrgId,
    /// The name of the text.
    pub(crate) tells: &'static str,
    /// The id of what it is about.
    pub(crate) subject: &'a str,
    /// What was told under this id is not told again.
    pub(crate) event: EventId,
    pub(crate) facts: Value,
    pub(crate) now: Timestamp,
}

/// Tells somebody, in the app and by the channels that they want.
pub(crate) async fn tell(
    tx: &mut Tx,
    (ids, vault): (&Ids, &Vault),
    user: UserId,
    news: &News<'_>,
) -> Result<(), Error> {
    let News {
        org,
        subject,
        event,
        now,
        ..
    } = *news;
    let kind = kinds::find(news.tells).ok_or(Error::Row("notifications"))?;
    let wishes = preferences::wishes(tx, org, user).await?;
    if wishes.wanted.wants_in_app(kind) {
        let notification = NewNotification {
            id: ids.next(),
            org,
            user,
            kind: kind.name,
            subject,
            event,
            data: news.facts.to_string(),
            created_at: now,
        };
        announced::tell(tx, &[notification], now).await?;
    }
    let message = outbox::EventMessage {
        id: ids.next(),
        org,
        user,
        kind,
        event,
        facts: &of_event(news.facts.clone(), subject, now),
        channels: &wishes.channels_for(kind),
        now,
    };
    let mut outgoing = Outgoing::default();
    outgoing.add(vault, &message)?;
    Ok(outgoing.write(tx).await?)
}
