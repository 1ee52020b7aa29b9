//! Endpoints as queues, for operators.

use async_trait::async_trait;
use events::queue::QueueError;
use events::{Queue, QueueReport};
use values::Timestamp;

use super::dispatcher::{Dispatcher, lock};
use super::endpoint::WebhookEndpointId;
use super::store::{claims, endpoints};

#[async_trait]
impl Queue for Dispatcher {
    async fn reports(&self) -> Result<Vec<QueueReport>, QueueError> {
        let now = self.clock.now();
        let rows = claims::queues(&self.db).await?;
        let report = |row: claims::QueueRow| {
            let id = WebhookEndpointId(row.id);
            let rate = lock(&self.rates).get(&id).map(|rate| rate.per_second(now));
            QueueReport {
                name: id.to_string(),
                kind: "webhook_endpoint",
                depth: row.depth,
                oldest: row.oldest.map(Timestamp),
                per_second: rate.unwrap_or_default(),
                in_flight: i64::from(lock(&self.serving).contains_key(&id)),
                dead_letters: row.given_up,
                paused: row.paused != 0,
                last_error: row.last_error,
            }
        };
        Ok(rows.into_iter().map(report).collect())
    }

    async fn pause(&self, name: &str, paused: bool) -> Result<bool, QueueError> {
        let Ok(id) = name.parse::<WebhookEndpointId>() else {
            return Ok(false);
        };
        Ok(endpoints::pause(&self.db, id, paused).await?)
    }
}
