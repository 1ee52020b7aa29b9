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
use module::QueueFigures;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;
use web::client::Client;

use crate::service::Service;
use crate::webhooks::endpoint::WebhookEndpointId;

/// How often the metrics are refreshed.
const EVERY: Duration = Duration::from_secs(5);

/// The name of a queue in the API, where it is part of a path.
pub(crate) fn name_in_path(name: &str) -> String {
    name.replace('/', ":")
}

impl Service {
    /// What there is to say of consumers and channels.
    ///
    /// # Errors
    /// [`QueueError`].
    async fn queue_reports(&self) -> Result<Vec<QueueReport>, QueueError> {
        let mut reports = Vec::new();
        for queue in self.queues() {
            reports.extend(queue.reports().await?);
        }
        Ok(reports)
    }

    /// The same for an overview, and all endpoints together: they are users' own, and as many as
    /// they like.
    ///
    /// # Errors
    /// [`QueueError`].
    pub(crate) async fn queue_figures(&self) -> Result<Vec<QueueFigures>, QueueError> {
        let figures = |report: QueueReport| QueueFigures {
            name: name_in_path(&report.name),
            depth: report.depth,
            oldest: report.oldest,
            dead_letters: report.dead_letters,
            paused: i64::from(report.paused),
        };
        let reports = self.queue_reports().await?;
        let total = self.webhooks.dispatcher.total().await?;
        let endpoints = QueueFigures {
            name: "webhook_endpoints".to_owned(),
            depth: total.depth,
            oldest: total.oldest,
            dead_letters: total.dead_letters,
            paused: total.paused,
        };
        Ok(reports
            .into_iter()
            .map(figures)
            .chain([endpoints])
            .collect())
    }

    /// What there is to say of the queues after a place, so many at most: consumers and channels,
    /// which are few, by their order, then endpoints by their ids. Each with its place.
    ///
    /// # Errors
    /// [`QueueError`].
    pub(crate) async fn queues_after(
        &self,
        after: Uuid,
        limit: usize,
    ) -> Result<Vec<(Uuid, QueueReport)>, QueueError> {
        let mut found = Vec::new();
        let few = self.queue_reports().await?;
        // No id is as small as these.
        for (place, report) in (1..).map(Uuid::from_u128).zip(few) {
            if place > after {
                found.push((place, report));
            }
        }
        found.truncate(limit);
        let rest = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
        if rest > 0 {
            found.extend(self.webhooks.dispatcher.queues(after, rest).await?);
        }
        Ok(found)
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
        let report = match name.parse::<WebhookEndpointId>() {
            Ok(id) => self.webhooks.dispatcher.pause(id, paused).await?,
            Err(_) => self.pause_one_of_the_few(name, paused).await?,
        };
        if report.is_some() {
            let action = match paused {
                true => OperatorAction::QueuePaused,
                false => OperatorAction::QueueResumed,
            };
            self.record_act(who, action, name.to_owned(), None).await;
        }
        Ok(report)
    }

    /// The same with a consumer or a channel.
    async fn pause_one_of_the_few(
        &self,
        name: &str,
        paused: bool,
    ) -> Result<Option<QueueReport>, QueueError> {
        let is_it = |report: &QueueReport| name_in_path(&report.name) == name;
        for queue in self.queues() {
            let Some(found) = queue.reports().await?.into_iter().find(is_it) else {
                continue;
            };
            if queue.pause(&found.name, paused).await? {
                self.to_send.notify_one();
                return Ok(queue.reports().await?.into_iter().find(is_it));
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
            let shown = async {
                let now = self.clock.now();
                self.queue_metrics.show(self.queue_reports().await?, now);
                let total = self.webhooks.dispatcher.total().await?;
                self.queue_metrics.show_endpoints(&total, now);
                Ok::<_, QueueError>(())
            };
            if let Err(error) = shown.await {
                tracing::warn!(%error, "the queues cannot be looked at");
            }
        }
    }
}
