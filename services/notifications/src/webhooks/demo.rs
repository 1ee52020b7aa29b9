//! What a store for a look around has of webhooks: an endpoint with something that was sent to it,
//! and one to be removed.

use contracts::events::EventId;
use contracts::identity::{OrgId, UserId};
use uuid::Uuid;

use super::endpoint::{Endpoint, Health, Status, WebhookEndpointId};
use super::error::WebhookError;
use super::event_types::{EventTypes, TEST};
use super::signature::Secret;
use super::store::claims::{self, After, NewAttempt};
use super::store::deliveries::{self, NewDelivery};
use super::store::endpoints::{self, Reader};
use super::{Webhooks, dispatcher::told, fan_out, place};

/// Nothing answers there, and it gets tests only.
const URL: &str = "https://hooks.demo.payflow.example/payflow";

impl Webhooks {
    /// Makes them for a user: an endpoint, another one, and a delivery to the first. What is there
    /// already stays.
    pub(crate) async fn make_demo(
        &self,
        user: UserId,
        [first, second, delivery]: [Uuid; 3],
    ) -> Result<(), WebhookError> {
        let mut tx = self.db.begin().await?;
        endpoints::changed(&mut tx).await?;
        let reader = Reader {
            org: OrgId::DEFAULT,
            user,
            sees_all: false,
        };
        if endpoints::one_in(&mut tx, reader, WebhookEndpointId(first))
            .await?
            .is_some()
        {
            return Ok(());
        }
        for id in [first, second] {
            let endpoint = self.demo_endpoint(user, WebhookEndpointId(id))?;
            let secret = Secret::random(&self.ids);
            let sealed = self.vault.seal(place(&endpoint.id), secret.bytes())?;
            endpoints::insert(&mut tx, &endpoint, sealed).await?;
        }
        let endpoint = self.demo_endpoint(user, WebhookEndpointId(first))?;
        self.demo_delivery(&mut tx, endpoint, delivery).await?;
        Ok(tx.commit().await?)
    }

    fn demo_endpoint(&self, user: UserId, id: WebhookEndpointId) -> Result<Endpoint, WebhookError> {
        let now = self.clock.now();
        Ok(Endpoint {
            id,
            org: OrgId::DEFAULT,
            user,
            all_events: false,
            url: URL.to_owned(),
            event_types: EventTypes::check(&[TEST.to_owned()])?,
            description: Some("Till".to_owned()),
            disabled: None,
            health: Health::default(),
            paused: false,
            previous_until: None,
            earlier_until: None,
            created_at: now,
            updated_at: now,
        })
    }

    /// One that was delivered.
    async fn demo_delivery(
        &self,
        tx: &mut db::Tx,
        endpoint: Endpoint,
        id: Uuid,
    ) -> Result<(), WebhookError> {
        let (now, to) = (self.clock.now(), endpoint.id);
        let event = told::event(EventId(self.ids.next()), TEST, endpoint, now)?;
        let body = fan_out::body(&event).map_err(|_| WebhookError::Row("webhook_endpoints"))?;
        let new = NewDelivery {
            id,
            org: event.org.0,
            endpoint: to,
            event: event.id,
            kind: &event.kind,
            subject: &event.subject,
            sequence: event.sequence,
            body: &body,
            next_at: None,
            created_at: now,
        };
        deliveries::insert(tx, &new).await?;
        let after = After {
            status: Status::Delivered.as_str(),
            attempts: 1,
            tries: 1,
            next_at: None,
            ended_at: Some(now),
        };
        claims::attempted(tx, id, &after).await?;
        let attempt = NewAttempt {
            delivery: id,
            number: 1,
            at: now,
            duration_ms: 12,
            url: URL,
            request_headers: r#"{"content-type":"application/json"}"#,
            status: Some(204),
            response_headers: Some("{}".to_owned()),
            response_body: Some(String::new()),
            error: None,
        };
        claims::insert_attempt(tx, attempt).await?;
        Ok(())
    }
}
