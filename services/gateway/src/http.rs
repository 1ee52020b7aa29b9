//! The gateway's own endpoints. Those of the services are the services' own.

mod export_personal_data;
mod get_api_docs;
mod get_health;
mod get_metrics;
mod get_ready;
mod get_root;
mod get_system_config;
mod get_system_summary;
pub(crate) mod web_app;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use contracts::identity::SharedIdentity;
use module::Opened;
use platform::clock::SharedClock;
use platform::metrics::Metrics;
use platform::recent::Recent;
use secrecy::SecretString;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::rate_limit::{Quota, RateLimiter};

use crate::health::{Health, HealthChecks, HealthStatus};
use crate::http::web_app::WebFile;
use crate::settings::Setting;

/// What the endpoints answer from.
pub(crate) struct EndpointState {
    pub(crate) health_checks: HealthChecks,
    pub(crate) metrics: Metrics,
    pub(crate) metrics_token: Option<SecretString>,
    pub(crate) version: &'static str,
    /// The OpenAPI document as JSON.
    pub(crate) openapi: Bytes,
    pub(crate) web_app: &'static [WebFile],
    pub(crate) services: Vec<Arc<dyn Opened>>,
    pub(crate) settings: Vec<Setting>,
    pub(crate) recent: Arc<Recent>,
    pub(crate) clock: SharedClock,
    pub(crate) identity: SharedIdentity,
    pub(crate) limiter: RateLimiter,
    /// How often somebody may have their data exported.
    pub(crate) exports: Quota,
}

/// The routes, documented but for those of the documentation itself.
pub(crate) fn router() -> OpenApiRouter<Arc<EndpointState>> {
    OpenApiRouter::default()
        .routes(routes!(get_root::get_root))
        .routes(routes!(get_health::get_health))
        .routes(routes!(get_ready::get_ready))
        .routes(routes!(get_metrics::get_metrics))
        .routes(guarded(
            needs::Profile,
            routes!(export_personal_data::export_personal_data),
        ))
        .routes(guarded(
            needs::SystemRead,
            routes!(get_system_summary::get_system_summary),
        ))
        .routes(guarded(
            needs::SystemConfig,
            routes!(get_system_config::get_system_config),
        ))
        .route("/api-docs", get(get_api_docs::page))
        .route("/api-docs/", get(get_api_docs::page))
        .route("/api-docs/{file}", get(get_api_docs::asset))
        .route("/api-docs.json", get(get_api_docs::document))
        .merge(web_app::routes())
}

/// The text after `Bearer ` where there is one.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .as_bytes()
        .split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"Bearer ")
        .then(|| token.trim_ascii())
}

/// 200, or 503 where something fails; JSON either way, for the machines that look here.
fn health_response(health: Health) -> Response {
    let status = match health.status {
        HealthStatus::Ok | HealthStatus::Warning => StatusCode::OK,
        HealthStatus::Failing | HealthStatus::Stopping => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, axum::Json(health)).into_response()
}
