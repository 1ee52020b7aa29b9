//! Metrics of queues: `payflow_events_…`, refreshed in the background, so that reading them asks no
//! database.

use std::collections::BTreeMap;

use events::QueueReport;
use platform::metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use values::{SECOND, Timestamp};

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

    /// How much this node has handled of a queue.
    pub(crate) fn show_handled(&self, queue: String, handled: u64) {
        let counter = self.handled.get_or_create(&Labels { queue });
        counter.inc_by(handled.saturating_sub(counter.get()));
    }

    /// How the queues stand now.
    pub(crate) fn show(&self, reports: Vec<QueueReport>, now: Timestamp) {
        let mut sums: BTreeMap<String, Shown> = BTreeMap::new();
        for report in reports {
            let waits = |at: Timestamp| (now.micros() - at.micros()).max(0);
            let sum = sums.entry(series(&report)).or_default();
            sum.depth += report.depth;
            sum.oldest = sum.oldest.max(report.oldest.map_or(0, waits) / SECOND);
            sum.dead_letters += report.dead_letters;
            sum.paused += i64::from(report.paused);
        }
        for (queue, sum) in sums {
            let labels = Labels { queue };
            for (family, value) in [
                (&self.depth, sum.depth),
                (&self.oldest, sum.oldest),
                (&self.dead_letters, sum.dead_letters),
                (&self.paused, sum.paused),
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

/// The series of a queue. Endpoints are users' own, and as many as they like: they are counted
/// together.
fn series(report: &QueueReport) -> String {
    match report.kind {
        "webhook_endpoint" => "webhook_endpoints".to_owned(),
        _ => report.name.clone(),
    }
}
