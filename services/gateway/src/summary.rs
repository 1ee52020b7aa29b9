//! What an overview for operators says: the figures of this process and the reports of all
//! services. It asks, and judges nothing; `health_score` does.

use std::sync::Arc;

use module::{InFlight, JournalReport, LedgerCheck, Opened, QueueFigures, Reports, reports};
use platform::recent::Figures;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::health::Health;
use crate::health_score::{Found, HealthScore};

/// How the installation does, as the node that answers sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SystemSummary {
    /// When this was said. RFC 3339, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// One figure of all the others.
    pub(crate) health: HealthScore,
    /// Requests to the API that this node has answered of late.
    pub(crate) requests: RequestFigures,
    /// The queue in front of the journal, on this node; none where it could not be said.
    pub(crate) journal: Option<JournalReport>,
    /// Money that is under way to or from the outside; none where it could not be said.
    pub(crate) in_flight: Option<InFlight>,
    /// Whether the books agree; none where it could not be said.
    pub(crate) ledger: Option<LedgerCheck>,
    /// What waits to be handled; webhook endpoints all together.
    pub(crate) queues: Vec<QueueFigures>,
    /// How much was given up in all queues and waits for an operator.
    pub(crate) dead_letters: i64,
    /// What `/health` says.
    pub(crate) checks: Health,
    /// How many services did not report in time: what they would have said is missing above.
    pub(crate) silent_services: u32,
}

/// Requests to the API, without those to pages and to `/health` and its like.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RequestFigures {
    /// How far back these figures go: 300, or less where the node started later.
    pub(crate) window_seconds: f64,
    /// How many were answered.
    pub(crate) count: u64,
    /// How many of them with 500 or more.
    pub(crate) failed: u64,
    /// How many were answered per second.
    pub(crate) per_second: f64,
    /// The share of those that did not fail; none where there were none. A refusal (4xx) is no
    /// failure.
    #[schema(minimum = 0, maximum = 1)]
    pub(crate) success_rate: Option<f64>,
    /// Half were answered within this time, in milliseconds. This and the next are at most an
    /// eighth too large, and never too small.
    pub(crate) p50_ms: Option<f64>,
    /// 95 of 100 were.
    pub(crate) p95_ms: Option<f64>,
    /// 99 of 100 were.
    pub(crate) p99_ms: Option<f64>,
}

impl From<&Figures> for RequestFigures {
    fn from(figures: &Figures) -> Self {
        let window_seconds = figures.window.as_secs_f64();
        let count = float(figures.count);
        let at = |percent| {
            let found = figures.percentile(percent);
            found.map(|found| found.as_secs_f64() * 1_000.0)
        };
        Self {
            window_seconds,
            count: figures.count,
            failed: figures.failed,
            // A node that has just begun has not had its first second.
            per_second: count / window_seconds.max(1.0),
            success_rate: (figures.count > 0).then(|| 1.0 - float(figures.failed) / count),
            p50_ms: at(50),
            p95_ms: at(95),
            p99_ms: at(99),
        }
    }
}

/// A count of five minutes is far below what a float holds exactly.
fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// What all services report, and what the process knows itself.
pub(crate) async fn summary(
    services: &[Arc<dyn Opened>],
    figures: &Figures,
    checks: Health,
    at: Timestamp,
) -> SystemSummary {
    let Reports { report, silent } = reports(services).await;
    let dead_letters = report.queues.iter().map(|queue| queue.dead_letters).sum();
    let mut summary = SystemSummary {
        at,
        health: HealthScore::default(),
        requests: figures.into(),
        journal: report.journal,
        in_flight: report.in_flight,
        ledger: report.ledger,
        queues: report.queues,
        dead_letters,
        checks,
        silent_services: silent,
    };
    summary.health = HealthScore::of(&Found {
        at,
        checks: &summary.checks,
        success_rate: summary.requests.success_rate,
        p99_ms: summary.requests.p99_ms,
        journal: summary.journal.as_ref(),
        in_flight: summary.in_flight.as_ref(),
        ledger: summary.ledger.as_ref(),
        queues: &summary.queues,
        dead_letters: summary.dead_letters,
        is_complete: summary.silent_services == 0,
    });
    summary
}
