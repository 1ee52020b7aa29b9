//! Metrics of queues: `payflow_events_…`, refreshed in the background, so that reading them asks no
//! database.

use events::QueueReport;
use platform::metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use values::{SECOND, Timestamp};

use crate::webhooks::queue::Total;

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

    /// How consumers and channels stand now.
    pub(crate) fn show(&self, reports: Vec<QueueReport>, now: Timestamp) {
        for report in reports {
            let values = Total {
                depth: report.depth,
                oldest: report.oldest,
                dead_letters: report.dead_letters,
                paused: i64::from(report.paused),
            };
            self.show_one(report.name, &values, now);
        }
    }

    /// How all endpoints stand now, together: they are users' own, and as many as they like.
    pub(crate) fn show_endpoints(&self, total: &Total, now: Timestamp) {
        self.show_one("webhook_endpoints".to_owned(), total, now);
    }

    fn show_one(&self, queue: String, values: &Total, now: Timestamp) {
        let waits = |at: Timestamp| (now.micros() - at.micros()).max(0);
        let labels = Labels { queue };
        for (family, value) in [
            (&self.depth, values.depth),
            (&self.oldest, values.oldest.map_or(0, waits) / SECOND),
            (&self.dead_letters, values.dead_letters),
            (&self.paused, values.paused),
        ] {
            family.get_or_create(&labels).set(value);
        }
    }
}
