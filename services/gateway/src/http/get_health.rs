//! `GET /health`: whether the program and what it stands on can do their work.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::health::Health;
use crate::http::{EndpointState, health_response};

/// How the service is
///
/// Asks what the service stands on, at most once a second.
#[utoipa::path(
    get,
    path = "/health",
    tag = "service",
    responses(
        (status = 200, description = "All checks are well.", body = Health),
        (status = 503, description = "At least one check fails.", body = Health)
    )
)]
pub(crate) async fn get_health(State(own): State<Arc<EndpointState>>) -> Response {
    health_response(own.health_checks.health().await)
}
