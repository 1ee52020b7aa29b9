//! Metrics of queues: `payflow_events_…`, refreshed in the background, so that reading them asks no database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use events::QueueReport;
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
                "How many queues of this name an operator has stopped",
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
        for (queue, handled) in self.queues().iter().flat_map(|queue| queue.handled()) {
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
        let mut sums: BTreeMap<String, Shown> = BTreeMap::new();
        for report in reports {
            let age = report.oldest.map_or(0, |at| (now - at.micros()).max(0));
            let sum = sums.entry(series(&report)).or_default();
            sum.depth += report.depth;
            sum.oldest = sum.oldest.max(age / SECOND);
            sum.dead_letters += report.dead_letters;
            sum.paused += i64::from(report.paused);
        }
        for (queue, sum) in sums {
            let labels = Labels { queue };
            for (family, value) in [
                (&shown.depth, sum.depth),
                (&shown.oldest, sum.oldest),
                (&shown.dead_letters, sum.dead_letters),
                (&shown.paused, sum.paused),
            ] {
                family.get_or_create(&labels).set(value);
            }
        }
    }
}

/// What is shown of some queues together.
#[derive(Debug, Default)]
struct Shown {
    depth: i64,
    oldest: i64,
    dead_letters: i64,
    paused: i64,
}

/// The series of a queue. Endpoints are users' own, and as many as they like: they are counted together.
fn series(report: &QueueReport) -> String {
    match report.kind {
        "webhook_endpoint" => "webhook_endpoints".to_owned(),
        _ => report.name.clone(),
    }
}
