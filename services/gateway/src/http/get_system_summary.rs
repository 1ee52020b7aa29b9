//! `GET /api/v1/system/summary`: how the installation does, on one page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::http::EndpointState;
use crate::summary::{SystemSummary, summary};

/// How the installation does
///
/// For operators, auditors and administrators of the first organisation: it is of all
/// organisations together. `requests`, `journal` and `checks` are of the node that answers, and of
/// no other: where several nodes run, ask each of them, or add their `/metrics` up. Money in
/// flight, queues, dead letters and the ledger check are of the database that all share.
///
/// `health` is one figure: the sum of the points of its parts, whose weights make 100. Each part
/// says its formula.
#[utoipa::path(
    get,
    path = "/api/v1/system/summary",
    tag = "operations",
    responses(
        (status = 200, description = "The summary, also where something fails.", body = SystemSummary)
    )
)]
pub(crate) async fn get_system_summary(
    State(own): State<Arc<EndpointState>>,
) -> Json<SystemSummary> {
    let health = own.health_checks.health().await;
    let (figures, at) = (own.recent.figures(), own.clock.now());
    Json(summary(&own.services, &figures, health, at).await)
}
