//! The edge: one router, its limits, its errors and its documentation. It knows the services'
//! routers and nothing of what they do; it holds no money and stores nothing.

mod body;
mod client;
mod config;
mod connection;
mod cors;
mod edge;
mod errors;
mod event_docs;
mod headers;
mod health;
mod health_score;
mod http;
mod newline;
mod openapi;
mod rate_limit;
mod request_id;
mod request_limits;
mod request_metrics;
mod serve;
mod settings;
mod summary;

use std::sync::Arc;

use access::SharedAuthenticator;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use contracts::identity::SharedIdentity;
use module::Opened;
use platform::clock::SharedClock;
use platform::health::HealthCheck;
use platform::ids::Ids;
use platform::metrics::Metrics;
use platform::recent::Recent;
use tokio::sync::watch;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::map_response_body::MapResponseBodyLayer;
use utoipa_axum::router::OpenApiRouter;
use web::rate_limit::RateLimiter;

pub use config::{Config, ForwardedHeader, InvalidConfig, RateLimits};
pub use http::web_app::WebFile;
pub use openapi::openapi;
pub use serve::serve;
pub use settings::{Setting, SettingSource};

use edge::EdgeLayer;
use health::HealthChecks;
use http::EndpointState;
use rate_limit::RateLimitLayer;
use request_limits::RequestLimitsLayer;
use request_metrics::HttpMetrics;

/// What the gateway is made of.
pub struct Parts {
    /// The services' routes, with full paths.
    pub routers: Vec<OpenApiRouter>,
    /// The services: what they report, and what they keep about somebody.
    pub services: Vec<Arc<dyn Opened>>,
    /// Who keeps the audit trail.
    pub identity: SharedIdentity,
    /// Who knows whom a token belongs to; put into every request for [`access::Principal`].
    pub authenticator: SharedAuthenticator,
    /// Where the gateway counts, and what `/metrics` shows.
    pub metrics: Metrics,
    /// Where request ids come from.
    pub ids: Ids,
    /// Where the gateway counts how often callers call.
    pub limiter: RateLimiter,
    /// By which `/health` says when it asked.
    pub clock: SharedClock,
    /// What `/health` and `/ready` ask, by name.
    pub checks: Vec<(String, Arc<dyn HealthCheck>)>,
    /// Turns true once the server is told to stop; `/ready` then answers 503.
    pub stopping: watch::Receiver<bool>,
    /// The gateway's settings.
    pub config: Config,
    /// The settings of the whole program, which administrators see.
    pub settings: Vec<Setting>,
    /// The files of the web app; none where it was not built.
    pub web_app: &'static [WebFile],
    /// On a demo, where nobody gets mails: the folder in which they are files.
    pub mail_folder: Option<String>,
    /// The version of the program.
    pub version: &'static str,
}

/// The one router: the services' routes and the gateway's own, behind the limits.
///
/// # Errors
/// [`InvalidConfig`] that names the key.
///
/// # Panics
/// Where two routers claim the same route, or as [`openapi()`] does: mistakes in the wiring that
/// show at the first start.
pub fn build(parts: Parts) -> Result<Router, InvalidConfig> {
    parts.config.validate()?;
    let (own_routes, own_api) = http::router().split_for_parts();
    let (routers, apis): (Vec<_>, Vec<_>) = parts
        .routers
        .into_iter()
        .map(OpenApiRouter::split_for_parts)
        .unzip();
    let document = openapi::document(std::iter::once(own_api).chain(apis), parts.version);
    let recent = Arc::new(Recent::default());
    let clock = parts.clock.clone();
    let mut health_checks =
        HealthChecks::new(parts.checks, parts.version, parts.clock, parts.stopping);
    health_checks.mail_folder = parts.mail_folder;
    let own = EndpointState {
        health_checks,
        metrics: parts.metrics.clone(),
        metrics_token: parts.config.metrics_token.clone(),
        version: parts.version,
        openapi: json(&document),
        web_app: parts.web_app,
        services: parts.services,
        settings: parts.settings,
        recent: recent.clone(),
        clock,
        identity: parts.identity,
        limiter: parts.limiter.clone(),
        exports: parts.config.exports,
    };
    let http_metrics = HttpMetrics::new(&parts.metrics, recent);
    let layers = (
        EdgeLayer::new(parts.ids, parts.authenticator, http_metrics, &parts.config),
        option_layer(cors::layer(&parts.config)),
        RequestLimitsLayer::new(&parts.config),
        MapResponseBodyLayer::new(Body::new),
        CatchPanicLayer::custom(request_limits::panicked),
        option_layer(RateLimitLayer::new(
            parts.limiter,
            &parts.config.rate_limits,
        )),
    );
    let router = routers
        .into_iter()
        .fold(own_routes.with_state(Arc::new(own)), Router::merge)
        .fallback(errors::route_not_found)
        .method_not_allowed_fallback(errors::method_not_allowed)
        .layer(layers);
    Ok(router)
}

#[expect(
    clippy::expect_used,
    reason = "a document of maps with text keys is always JSON"
)]
fn json(document: &utoipa::openapi::OpenApi) -> Bytes {
    document
        .to_json()
        .expect("an OpenAPI document is JSON")
        .into()
}
