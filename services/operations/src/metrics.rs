//! Metrics of alerts: `payflow_operations_…`, refreshed with each look, so that reading them asks
//! no database.

use contracts::operations::Severity;
use platform::metrics::Metrics;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use crate::alerts::states::Status;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    severity: &'static str,
    status: &'static str,
}

/// What is shown of alerts.
#[derive(Debug, Default)]
pub(crate) struct AlertMetrics {
    alerts: Family<Labels, Gauge>,
    dropped: Counter,
}

impl AlertMetrics {
    pub(crate) fn show_in(&self, metrics: &Metrics) {
        let help = "Alerts that are not resolved";
        drop(metrics.register("operations_alerts", help, self.alerts.clone()));
        let help = "Signals that had no room on this node";
        drop(metrics.register("operations_signals_dropped", help, self.dropped.clone()));
    }

    /// How many there are now, in all organisations.
    pub(crate) fn show(&self, counts: &[(Severity, Status, i64)]) {
        for severity in Severity::ALL {
            for status in [Status::Open, Status::Acknowledged] {
                let same =
                    |(of, is, _): &&(Severity, Status, i64)| *of == severity && *is == status;
                let count = counts.iter().find(same).map_or(0, |(_, _, count)| *count);
                let labels = Labels {
                    severity: severity.as_str(),
                    status: status.as_str(),
                };
                self.alerts.get_or_create(&labels).set(count);
            }
        }
    }

    /// A signal had no room.
    pub(crate) fn count_dropped(&self) {
        self.dropped.inc();
    }
}
