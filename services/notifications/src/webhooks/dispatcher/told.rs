//! What the owner of an endpoint is told: that it fails, and that it was disabled. In the app, by
//! mail, and at other endpoints of theirs.

use contracts::events::{Event, EventId, Party};
use contracts::identity::Permission;
use db::Tx;
use serde_json::json;
use serde_json::value::to_raw_value;
use values::Timestamp;

use super::Dispatcher;
use crate::error::Error;
use crate::told::news::{self, News};
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
        let news = News {
            org: endpoint.org,
            tells,
            subject: &subject,
            event: id,
            facts,
            now,
        };
        let told = news::tell(tx, (&self.ids, &self.vault), endpoint.user, &news);
        told.await.map_err(of_error)?;
        if endpoint.all_events && endpoint.disabled.is_some() {
            let tells = "operator_webhook_disabled";
            self.tell_staff(tx, &endpoint, &News { tells, ..news })
                .await?;
        }
        let except = endpoint.id;
        let event = event(id, kind, endpoint, now)?;
        self.fan_out.tell(tx, &event, except).await
    }
}

impl Dispatcher {
    /// Tells the others who look after the endpoints of the organisation.
    async fn tell_staff(
        &self,
        tx: &mut Tx,
        endpoint: &Endpoint,
        news: &News<'_>,
    ) -> Result<(), WebhookError> {
        let permission = Permission::WebhooksManage;
        let staff = self.contacts.staff(endpoint.org, permission).await?;
        for user in staff.into_iter().filter(|user| *user != endpoint.user) {
            let told = news::tell(tx, (&self.ids, &self.vault), user, news).await;
            told.map_err(of_error)?;
        }
        Ok(())
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
