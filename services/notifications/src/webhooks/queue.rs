//! Endpoints as queues, for operators.

use events::QueueReport;
use uuid::Uuid;
use values::Timestamp;

use super::dispatcher::{Dispatcher, lock};
use super::endpoint::WebhookEndpointId;
use super::store::{claims, endpoints};

/// What waits for all endpoints together.
#[derive(Debug)]
pub(crate) struct Total {
    pub(crate) depth: i64,
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) dead_letters: i64,
    /// How many stand still.
    pub(crate) paused: i64,
}

impl Dispatcher {
    /// What there is to say of endpoints after an id, so many at most, by their ids.
    pub(crate) async fn queues(
        &self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<(Uuid, QueueReport)>, db::DbError> {
        let rows = claims::queues(&self.db, after, limit, None).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.id, self.report(row)))
            .collect())
    }

    /// What waits for all of them together.
    pub(crate) async fn total(&self) -> Result<Total, db::DbError> {
        let total = claims::total(&self.db).await?;
        Ok(Total {
            depth: total.depth,
            oldest: total.oldest.map(Timestamp),
            dead_letters: total.given_up,
            paused: total.paused,
        })
    }

    /// Stops an endpoint's queue on all nodes, or lets it go on; what there is to say of it then,
    /// and none where there is no such endpoint.
    pub(crate) async fn pause(
        &self,
        id: WebhookEndpointId,
        paused: bool,
    ) -> Result<Option<QueueReport>, db::DbError> {
        let one = async || claims::queues(&self.db, Uuid::nil(), 1, Some(id.uuid())).await;
        if one().await?.is_empty() {
            return Ok(None);
        }
        endpoints::pause(&self.db, id, paused).await?;
        Ok(one().await?.into_iter().next().map(|row| self.report(row)))
    }

    fn report(&self, row: claims::QueueRow) -> QueueReport {
        let id = WebhookEndpointId(row.id);
        let now = self.clock.now();
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
    }
}
