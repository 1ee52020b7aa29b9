//! `GET /ready`: whether new requests should come here; for load balancers.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::health::Health;
use crate::http::{EndpointState, health_response};

/// Whether to send requests here
///
/// As `/health`, and 503 too once the server was told to stop.
#[utoipa::path(
    get,
    path = "/ready",
    tag = "service",
    responses(
        (status = 200, description = "Send requests here.", body = Health),
        (status = 503, description = "Send requests elsewhere.", body = Health)
    )
)]
pub(crate) async fn get_ready(State(own): State<Arc<EndpointState>>) -> Response {
    health_response(own.health_checks.readiness().await)
}
