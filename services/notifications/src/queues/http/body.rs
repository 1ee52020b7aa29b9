//! A queue, as the API shows it.

use events::QueueReport;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::queues::name_in_path;

/// Work that waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queue)]
pub(crate) struct QueueBody {
    /// Its name, by which it is paused.
    #[schema(example = "notifications:payments")]
    name: String,
    /// `consumer`, `channel` or `webhook_endpoint`.
    #[schema(example = "consumer")]
    kind: &'static str,
    /// How much waits.
    depth: i64,
    /// Since when the oldest of it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest: Option<Timestamp>,
    /// How much was done per second in the last minute, on the node that answers.
    per_second: f64,
    /// How much is being done now, on the node that answers.
    in_flight: i64,
    /// How much was given up: dead letters of a consumer, messages of a channel and deliveries to
    /// an endpoint that failed.
    dead_letters: i64,
    /// Whether it stands still until it is resumed.
    paused: bool,
    /// Why the last attempt failed, where it is being tried again.
    last_error: Option<String>,
}

impl From<QueueReport> for QueueBody {
    fn from(report: QueueReport) -> Self {
        Self {
            name: name_in_path(&report.name),
            kind: report.kind,
            depth: report.depth,
            oldest: report.oldest,
            per_second: report.per_second,
            in_flight: report.in_flight,
            dead_letters: report.dead_letters,
            paused: report.paused,
            last_error: report.last_error,
        }
    }
}
