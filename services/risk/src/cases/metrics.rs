//! How many cases wait, as metrics.

use std::sync::atomic::AtomicI64;

use platform::metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use values::{SECOND, Timestamp};

use crate::cases::queue::Queue;
use crate::cases::store::sweeps::FigureRow;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    queue: &'static str,
}

type Gauges = Family<Labels, Gauge<i64, AtomicI64>>;

/// By queue: how many cases are open and overdue, and how old the oldest is.
#[derive(Debug, Default)]
pub(crate) struct CaseMetrics {
    open: Gauges,
    overdue: Gauges,
    oldest: Gauges,
}

impl CaseMetrics {
    pub(crate) fn show_in(&self, metrics: &Metrics) {
        for (name, help, gauge) in [
            ("risk_cases_open", "Cases that have not ended", &self.open),
            (
                "risk_cases_overdue",
                "Open cases whose time is over",
                &self.overdue,
            ),
            (
                "risk_cases_oldest_age_seconds",
                "How long ago the oldest open case was opened",
                &self.oldest,
            ),
        ] {
            drop(metrics.register(name, help, gauge.clone()));
        }
    }

    /// What was counted; of a queue that is not named there are none.
    pub(crate) fn set(&self, figures: &[FigureRow], now: Timestamp) {
        for queue in Queue::ALL {
            let labels = Labels {
                queue: queue.as_str(),
            };
            let row = figures.iter().find(|row| row.queue == queue.as_str());
            let oldest = row.and_then(|row| row.oldest);
            let age = oldest.map_or(0, |at| (now.micros() - at).max(0) / SECOND);
            let set = |gauges: &Gauges, to: i64| gauges.get_or_create(&labels).set(to);
            set(&self.open, row.map_or(0, |row| row.open));
            set(&self.overdue, row.map_or(0, |row| row.overdue));
            set(&self.oldest, age);
        }
    }
}
