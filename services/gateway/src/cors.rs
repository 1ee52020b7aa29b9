//! Which pages of other origins may call the API (the Fetch standard's CORS protocol). It takes no
//! part in deciding who the caller is.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::config::Config;
use crate::rate_limit::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::request_id::X_REQUEST_ID;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What scripts may read of an answer beyond the few headers that they always may.
const EXPOSED: [HeaderName; 5] = [
    X_REQUEST_ID,
    HeaderName::from_static("idempotent-replayed"),
    RETRY_AFTER,
    RATE_LIMIT,
    RATE_LIMIT_POLICY,
];

/// How long a browser may remember what it was told: an hour.
const MAX_AGE: Duration = Duration::from_secs(3_600);

/// The layer for these settings, which have been validated; none where no origin is allowed.
pub(crate) fn layer(config: &Config) -> Option<CorsLayer> {
    if config.cors_allowed_origins.is_empty() {
        return None;
    }
    let origins = if config.any_origin() {
        AllowOrigin::any()
    } else {
        let listed = &config.cors_allowed_origins;
        AllowOrigin::list(
            listed
                .iter()
                .filter_map(|origin| HeaderValue::from_str(origin).ok()),
        )
    };
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(config.cors_allow_credentials)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_TYPE,
            IDEMPOTENCY_KEY,
            X_REQUEST_ID,
        ])
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE);
    Some(layer)
}
