//! Queues: everything here that has work waiting, for operators of the installation. They are of
//! all organisations together, so only those of the first one see and stop them.

pub(crate) mod http;
pub(crate) mod metrics;

use std::sync::Arc;
use std::time::Duration;

use access::Principal;
use contracts::identity::OperatorAction;
use events::QueueReport;
use events::queue::QueueError;
use tokio::time::{MissedTickBehavior, interval};
use web::client::Client;

use crate::service::Service;

/// How often the metrics are refreshed.
const EVERY: Duration = Duration::from_secs(5);

/// The name of a queue in the API, where it is part of a path.
pub(crate) fn name_in_path(name: &str) -> String {
    name.replace('/', ":")
}

impl Service {
    /// What there is to say of each queue.
    ///
    /// # Errors
    /// [`QueueError`].
    pub(crate) async fn queue_reports(&self) -> Result<Vec<QueueReport>, QueueError> {
        let mut reports = Vec::new();
        for queue in self.queues() {
            reports.extend(queue.reports().await?);
        }
        Ok(reports)
    }

    /// Stops a queue on all nodes, or lets it go on; what there is to say of it then, and none
    /// where there is no such queue.
    ///
    /// # Errors
    /// [`QueueError`].
    pub(crate) async fn pause_queue(
        &self,
        who: (&Principal, &Client),
        name: &str,
        paused: bool,
    ) -> Result<Option<QueueReport>, QueueError> {
        for queue in self.queues() {
            let reports = queue.reports().await?;
            let mut names = reports.into_iter().map(|report| report.name);
            let Some(own) = names.find(|own| name_in_path(own) == name) else {
                continue;
            };
            if queue.pause(&own, paused).await? {
                let action = match paused {
                    true => OperatorAction::QueuePaused,
                    false => OperatorAction::QueueResumed,
                };
                self.record_operator(who, action, name.to_owned(), None)
                    .await;
                let mut reports = queue.reports().await?.into_iter();
                return Ok(reports.find(|report| report.name == own));
            }
        }
        Ok(None)
    }

    /// Refreshes the metrics of queues, for ever.
    pub(crate) async fn show_queues(self: Arc<Self>) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for (queue, handled) in self.queues().iter().flat_map(|queue| queue.handled()) {
                self.queue_metrics.show_handled(queue, handled);
            }
            match self.queue_reports().await {
                Ok(reports) => self.queue_metrics.show(reports, self.clock.now()),
                Err(error) => tracing::warn!(%error, "the queues cannot be looked at"),
            }
        }
    }
}
