//! `GET /metrics`: the program's metrics for Prometheus and whatever else reads `OpenMetrics`.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use secrecy::ExposeSecret;
use web::problem::Problem;

use crate::http::{EndpointState, bearer};

/// The media type of the `OpenMetrics` specification 1.0, section "Overall Structure".
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Metrics
///
/// In the `OpenMetrics` text format. Asks for a token of its own where the server is configured so.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    security((), ("bearerAuth" = [])),
    responses(
        (
            status = 200,
            description = "The metrics.",
            body = String,
            content_type = "application/openmetrics-text"
        ),
        (status = 401, description = "The metrics' token is missing or wrong.")
    )
)]
pub(crate) async fn get_metrics(
    State(own): State<Arc<EndpointState>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    if let Some(token) = &own.metrics_token {
        let sent = bearer(&headers).unwrap_or_default();
        verify_slices_are_equal(token.expose_secret().as_bytes(), sent).map_err(|_| {
            let mut problem = Problem::unauthenticated();
            "Send the configured metrics token as `Authorization: Bearer …`."
                .clone_into(&mut problem.detail);
            problem
        })?;
    }
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], own.metrics.render()))
}
