//! Asks all services at once for their reports. It judges nothing.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::{Opened, Report};

/// How long a service may take to report.
const REPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// What services report, all together.
#[derive(Debug, Clone, Default)]
pub struct Reports {
    /// All of it; of what several say, the first.
    pub report: Report,
    /// How many services did not report in time: what they would have said is missing.
    pub silent: u32,
}

/// Asks services, all at the same time.
pub async fn reports(services: &[Arc<dyn Opened>]) -> Reports {
    let ask = |service: &Arc<dyn Opened>| {
        let service = Arc::clone(service);
        tokio::spawn(async move { timeout(REPORT_TIMEOUT, service.report()).await })
    };
    let asked: Vec<_> = services.iter().map(ask).collect();
    let mut reports = Reports::default();
    for report in asked {
        match report.await {
            Ok(Ok(Ok(report))) => {
                let all = &mut reports.report;
                all.journal = all.journal.take().or(report.journal);
                all.in_flight = all.in_flight.take().or(report.in_flight);
                all.ledger = all.ledger.take().or(report.ledger);
                all.queues.extend(report.queues);
                all.concerns.extend(report.concerns);
            }
            Ok(Ok(Err(error))) => {
                tracing::error!(%error, "a service cannot report");
                reports.silent += 1;
            }
            Ok(Err(_)) | Err(_) => reports.silent += 1,
        }
    }
    reports
}
