//! Metrics of queues: `payflow_events_…`, refreshed in the background, so that reading them asks no database.

use std::sync::Arc;
use std::time::Duration;

use platform::metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use tokio::time::{MissedTickBehavior, interval};
use values::SECOND;

use crate::service::Service;

/// How often they are refreshed.
const EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    queue: String,
}

/// What is shown of each queue.
#[derive(Debug, Default)]
pub(crate) struct QueueMetrics {
    depth: Family<Labels, Gauge>,
    oldest: Family<Labels, Gauge>,
    dead_letters: Family<Labels, Gauge>,
    paused: Family<Labels, Gauge>,
    handled: Family<Labels, Counter>,
}

impl QueueMetrics {
    pub(crate) fn show_in(&self, metrics: &Metrics) {
        let gauges = [
            ("events_queue_depth", "What waits in a queue", &self.depth),
            (
                "events_oldest_age_seconds",
                "How long the oldest of it waits",
                &self.oldest,
            ),
            (
                "events_dead_letters",
                "Events that were given up and wait for an operator",
                &self.dead_letters,
            ),
            (
                "events_queue_paused",
                "1 where an operator has stopped a queue",
                &self.paused,
            ),
        ];
        for (name, help, gauge) in gauges {
            drop(metrics.register(name, help, gauge.clone()));
        }
        let handled = self.handled.clone();
        drop(metrics.register("events_handled", "What this node has handled", handled));
    }
}

impl Service {
    /// Refreshes the metrics of queues, for ever.
    pub(crate) async fn show_queues(self: Arc<Self>) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.refresh_queue_metrics().await;
        }
    }

    /// What the background does now and then.
    pub(crate) async fn refresh_queue_metrics(&self) {
        let shown = &self.queue_metrics;
        for (queue, handled) in self.queues.iter().flat_map(|queue| queue.handled()) {
            let counter = shown.handled.get_or_create(&Labels { queue });
            counter.inc_by(handled.saturating_sub(counter.get()));
        }
        let reports = match self.queue_reports().await {
            Ok(reports) => reports,
            Err(error) => {
                tracing::warn!(%error, "the queues cannot be looked at");
                return;
            }
        };
        let now = self.clock.now().micros();
        for report in reports {
            let labels = Labels { queue: report.name };
            let age = report.oldest.map_or(0, |at| (now - at.micros()).max(0));
            shown.depth.get_or_create(&labels).set(report.depth);
            shown.oldest.get_or_create(&labels).set(age / SECOND);
            let letters = shown.dead_letters.get_or_create(&labels);
            letters.set(report.dead_letters);
            let paused = i64::from(report.paused);
            shown.paused.get_or_create(&labels).set(paused);
        }
    }
}
