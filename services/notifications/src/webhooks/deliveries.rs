//! What was sent to an endpoint and what came of it; and sending it again.

use std::collections::HashMap;

use access::Principal;
use contracts::events::EventId;
use idempotency::{IdempotentRequest, keep_answer};
use uuid::Uuid;
use values::Timestamp;

use super::dispatcher::told;
use super::endpoint::{Attempt, Delivery, Endpoint, Status, WebhookDeliveryId, WebhookEndpointId};
use super::error::WebhookError;
use super::event_types::TEST;
use super::store::deliveries::{self, AttemptRow, DeliveryRow, Filter, NewDelivery};
use super::store::endpoints;
use super::{Webhooks, fan_out, reader};

/// How many were put into the queue again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recovered(pub(crate) u64);

/// The first and the last of a page, which comes newest first.
fn ids_of(rows: &[DeliveryRow]) -> Option<(Uuid, Uuid)> {
    Some((rows.last()?.id, rows.first()?.id))
}

fn with_attempts(
    rows: Vec<DeliveryRow>,
    found: Vec<AttemptRow>,
) -> Result<Vec<Delivery>, WebhookError> {
    let mut attempts: HashMap<Uuid, Vec<Attempt>> = HashMap::new();
    for row in found {
        attempts.entry(row.delivery).or_default().push(row.into());
    }
    let with = |row: DeliveryRow| {
        let attempts = attempts.remove(&row.id);
        row.with(attempts.unwrap_or_default())
    };
    rows.into_iter().map(with).collect()
}

impl Webhooks {
    /// What was sent to an endpoint before an id, the newest first.
    pub(crate) async fn deliveries(
        &self,
        principal: &Principal,
        id: WebhookEndpointId,
        filter: &Filter,
        before: Uuid,
        rows: i64,
    ) -> Result<Vec<Delivery>, WebhookError> {
        let endpoint = self.one(principal, id).await?;
        let whose = (endpoint.org.0, id);
        let rows = deliveries::list(&self.db, whose, filter, before, rows).await?;
        let Some(between) = ids_of(&rows) else {
            return Ok(Vec::new());
        };
        let attempts = deliveries::attempts(&self.db, id, between).await?;
        with_attempts(rows, attempts)
    }

    /// What was sent of a subject to any of the endpoints that the caller sees, the newest first.
    pub(crate) async fn deliveries_of_subject(
        &self,
        principal: &Principal,
        subject: &str,
        before: Uuid,
        rows: i64,
    ) -> Result<Vec<Delivery>, WebhookError> {
        let (db, reader) = (&self.db, reader(principal));
        let rows = deliveries::of_subject(db, reader, subject, before, rows).await?;
        let Some(between) = ids_of(&rows) else {
            return Ok(Vec::new());
        };
        let attempts = deliveries::attempts_of_subject(db, reader, subject, between).await?;
        with_attempts(rows, attempts)
    }

    /// One of them.
    pub(crate) async fn delivery(
        &self,
        principal: &Principal,
        id: WebhookDeliveryId,
    ) -> Result<Delivery, WebhookError> {
        let row = deliveries::one(&self.db, reader(principal), id).await?;
        let row = row.ok_or(WebhookError::NoSuchDelivery)?;
        let attempts = deliveries::attempts(&self.db, row.endpoint(), (row.id, row.id)).await?;
        row.with(attempts.into_iter().map(Attempt::from).collect())
    }

    /// Puts a delivery into the queue again, whatever came of it; the schedule begins anew.
    pub(crate) async fn resend(
        &self,
        principal: &Principal,
        id: WebhookDeliveryId,
        once: &IdempotentRequest<Delivery>,
    ) -> Result<Delivery, WebhookError> {
        let mut delivery = self.delivery(principal, id).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let found = endpoints::one_in(&mut tx, reader(principal), delivery.endpoint).await?;
        let endpoint = Endpoint::try_from(found.ok_or(WebhookError::NoSuchDelivery)?)?;
        enabled(&endpoint)?;
        deliveries::resend(&mut tx, endpoint.org.0, id, now).await?;
        delivery.resent_at(now);
        keep_answer(&mut tx, &self.vault, once, &delivery, now).await?;
        tx.commit().await?;
        self.woken(endpoint.id);
        Ok(delivery)
    }

    /// Puts everything into the queue again that failed or was missed since a time, in its order.
    pub(crate) async fn recover(
        &self,
        principal: &Principal,
        id: WebhookEndpointId,
        since: Timestamp,
        once: &IdempotentRequest<Recovered>,
    ) -> Result<Recovered, WebhookError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let endpoint = self.one_in(&mut tx, reader(principal), id).await?;
        enabled(&endpoint)?;
        let whose = (endpoint.org.0, id);
        let recovered = Recovered(deliveries::recover(&mut tx, whose, since, now).await?);
        keep_answer(&mut tx, &self.vault, once, &recovered, now).await?;
        tx.commit().await?;
        self.woken(id);
        Ok(recovered)
    }

    /// Sends an event to an endpoint that tells of nothing, whatever types it has asked for.
    pub(crate) async fn test(
        &self,
        principal: &Principal,
        id: WebhookEndpointId,
        once: &IdempotentRequest<Delivery>,
    ) -> Result<Delivery, WebhookError> {
        self.take_test(principal.user).await?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let endpoint = self.one_in(&mut tx, reader(principal), id).await?;
        enabled(&endpoint)?;
        let event = told::event(EventId(self.ids.next()), TEST, endpoint, now)?;
        let body = fan_out::body(&event).map_err(|_| WebhookError::Row("webhook_endpoints"))?;
        let delivery = WebhookDeliveryId(self.ids.next());
        let new = NewDelivery {
            id: delivery.uuid(),
            org: event.org.0,
            endpoint: id,
            event: event.id,
            kind: &event.kind,
            subject: &event.subject,
            sequence: event.sequence,
            body: &body,
            next_at: Some(now),
            created_at: now,
        };
        deliveries::insert(&mut tx, &new).await?;
        let made = Delivery::new(&new);
        keep_answer(&mut tx, &self.vault, once, &made, now).await?;
        tx.commit().await?;
        self.woken(id);
        Ok(made)
    }

    /// Something was committed for an endpoint.
    fn woken(&self, id: WebhookEndpointId) {
        self.fan_out.touch(id);
        self.fan_out.wake();
    }
}

fn enabled(endpoint: &Endpoint) -> Result<(), WebhookError> {
    match endpoint.disabled {
        Some(_) => Err(WebhookError::Disabled),
        None => Ok(()),
    }
}

impl Delivery {
    /// As it stands when it is put into the queue again.
    fn resent_at(&mut self, now: Timestamp) {
        self.status = Status::Waiting;
        self.next_at = Some(now);
        self.ended_at = None;
    }

    /// One that was just made.
    fn new(new: &NewDelivery<'_>) -> Self {
        Self {
            id: WebhookDeliveryId(new.id),
            endpoint: new.endpoint,
            event: new.event,
            kind: new.kind.to_owned(),
            subject: new.subject.to_owned(),
            body: new.body.to_owned(),
            status: Status::Waiting,
            next_at: new.next_at,
            created_at: new.created_at,
            ended_at: None,
            attempts: Vec::new(),
        }
    }
}
