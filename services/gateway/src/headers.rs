//! The security headers of every answer. A handler that needs others sets its own, which stay.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What goes on every answer: the advice of OWASP's REST Security and HTTP Headers cheat sheets.
static ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        PERMISSIONS_POLICY,
        HeaderValue::from_static(
            "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
        ),
    ),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// A year: browsers then refuse plain HTTP (RFC 6797).
static HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds what is missing.
pub(crate) fn secure(headers: &mut HeaderMap, https: bool) {
    headers.reserve(ALWAYS.len() + 2);
    for (name, value) in &ALWAYS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HTTPS_ONLY.clone());
    }
}
