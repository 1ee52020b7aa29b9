//! `POST /api/v1/kyc/provider-notifications`: what the provider tells on its own accord. Mounted
//! only where the provider is `http`. Who may tell is a matter of the signature, not of an access
//! token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{read_body, require_json};
use web::problem::Problem;

use crate::kyc::provider::Said;
use crate::kyc::provider::http::{KycNotification, MAX_REPORT_BYTES};
use crate::service::Service;

/// Take a notification of the provider of identity checks in
///
/// Signed as the Standard Webhooks specification says. The answer comes after the commit. A
/// notification that names no check of ours is answered alike: there is nothing to learn by asking.
#[utoipa::path(
    post,
    path = "/api/v1/kyc/provider-notifications",
    tag = "kyc",
    extensions(("x-idempotency" = json!("What the provider tells twice is taken in once."))),
    request_body = KycNotification,
    params(
        ("webhook-id" = String, Header, description = "The notification's own id"),
        ("webhook-timestamp" = String, Header, description = "Seconds since 1970, at most 5 minutes from now"),
        ("webhook-signature" = String, Header, description = "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`"),
    ),
    responses(
        (status = 204, description = "Taken in"),
        (status = 401, description = "The signature is missing, wrong or too old"),
        (status = 503, description = "Not taken in: send it again"),
    )
)]
pub(crate) async fn provider_notification(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let raw = read_body(body, MAX_REPORT_BYTES).await?;
    let now = service.clock.now();
    let key = service.kyc.notification_key.as_ref();
    if key.is_none_or(|key| key.verify(&headers, &raw, now).is_err()) {
        tracing::warn!("a notification was not signed by the provider of identity checks");
        let detail = "Sign the body with the notification key, in webhook-id, webhook-timestamp (at most 5 minutes from \
                      now) and webhook-signature.";
        let code = "invalid_signature";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, code, detail));
    }
    require_json(&headers)?;
    let told: KycNotification = serde_json::from_slice(&raw).map_err(|error| {
        let detail = format!("The body cannot be used: {error}.");
        Problem::malformed("malformed_notification", detail)
    })?;
    if let Said::Outcome(report) = told.said() {
        service.take_report(told.id, report).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The endpoint, where there is a key to check notifications with; else nothing.
pub(crate) fn router(service: &Service) -> OpenApiRouter<Arc<Service>> {
    match service.kyc.notification_key {
        None => OpenApiRouter::new(),
        Some(_) => OpenApiRouter::new().routes(routes!(provider_notification)),
    }
}
