//! What the owner of an endpoint is told: that it fails, and that it was disabled. In the app, by
//! mail, and at other endpoints of theirs.

use contracts::events::{Event, EventId, Party};
use db::Tx;
use serde_json::json;
use serde_json::value::to_raw_value;
use values::Timestamp;

use super::Dispatcher;
use crate::error::Error;
use crate::inbox;
use crate::inbox::store::NewNotification;
use crate::messages::facts::of_event;
use crate::messages::outbox::{self, Outgoing};
use crate::preferences::store as preferences;
use crate::told::kinds;
use crate::webhooks::disable;
use crate::webhooks::endpoint::{Endpoint, Turn};
use crate::webhooks::error::WebhookError;
use crate::webhooks::event_types::{DISABLED, FAILING};
use crate::webhooks::http::body::EndpointBody;

/// The feed of which the events of notifications are.
pub(crate) const FEED: &str = "notifications";

impl Dispatcher {
    /// Does what follows for the endpoint, and tells its owner.
    pub(super) async fn tell(
        &self,
        tx: &mut Tx,
        endpoint: &Endpoint,
        turn: Turn,
        now: Timestamp,
    ) -> Result<(), WebhookError> {
        let mut endpoint = endpoint.clone();
        let (kind, tells) = match turn {
            Turn::GoOn => return Ok(()),
            Turn::Warn => (FAILING, "webhook_failing"),
            Turn::Disable(reason) => {
                disable(tx, (endpoint.org, endpoint.id), reason, now).await?;
                endpoint.disabled = Some((reason, now));
                (DISABLED, "webhook_disabled")
            }
        };
        let id = EventId(self.ids.next());
        let (facts, subject) = (json!({"url": endpoint.url}), endpoint.id.to_string());
        tracing::warn!(endpoint = subject, kind, "a webhook endpoint fails");
        let notification = NewNotification {
            id: self.ids.next(),
            org: endpoint.org,
            user: endpoint.user,
            kind: tells,
            subject: &subject,
            event: id,
            data: facts.to_string(),
            created_at: now,
        };
        if let Some(kind) = kinds::find(tells) {
            let wishes = preferences::wishes(tx, endpoint.org, endpoint.user).await;
            let wishes = wishes.map_err(of_error)?;
            if wishes.wanted.wants_in_app(kind) {
                inbox::store::insert(tx, &[notification]).await?;
            }
            let mail = outbox::Told {
                id: self.ids.next(),
                org: endpoint.org,
                user: endpoint.user,
                kind,
                event: id,
                facts: &of_event(facts, &subject, now),
                channels: &wishes.channels_for(kind),
                now,
            };
            let mut outgoing = Outgoing::default();
            outgoing.add(&self.vault, &mail).map_err(of_error)?;
            outgoing.write(tx).await?;
        }
        let except = endpoint.id;
        let event = event(id, kind, endpoint, now)?;
        self.fan_out.tell(tx, &event, except).await
    }
}

fn of_error(error: Error) -> WebhookError {
    match error {
        Error::Database(error) => WebhookError::Database(error),
        Error::Vault(error) => WebhookError::Vault(error),
        _ => WebhookError::Row("messages"),
    }
}

/// An event of webhooks themselves.
pub(crate) fn event(
    id: EventId,
    kind: &str,
    endpoint: Endpoint,
    now: Timestamp,
) -> Result<Event, WebhookError> {
    let (endpoint_id, org, user) = (endpoint.id, endpoint.org, endpoint.user);
    let data = to_raw_value(&EndpointBody::from(endpoint));
    Ok(Event {
        id,
        feed: FEED,
        // It is in no feed; its time puts it in order.
        sequence: now.micros(),
        kind: kind.to_owned(),
        time: now,
        subject: endpoint_id.to_string(),
        org,
        parties: vec![(Party::Owner, user)],
        data: data.map_err(|_| WebhookError::Row("webhook_endpoints"))?,
    })
}
