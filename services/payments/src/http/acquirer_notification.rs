//! `POST /api/v1/acquirer/notifications`: what the acquirer tells on its own accord. Mounted only
//! where the connector is `http`. Who may tell is a matter of the signature, not of an access
//! token.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::extract::{read_body, require_json};
use web::problem::Problem;

use crate::acquirer::http::{AcquirerNotification, MAX_REPORT_BYTES, read_notification};
use crate::service::Service;

/// Takes a notification of the acquirer in.
///
/// Signed as the Standard Webhooks specification says. The answer comes after the commit. A
/// notification that names no instruction of ours is answered alike: there is nothing to learn by
/// asking.
#[utoipa::path(
    post,
    path = "/api/v1/acquirer/notifications",
    tag = "acquirer",
    extensions(("x-idempotency" = json!("What the acquirer tells twice is taken in once."))),
    request_body = AcquirerNotification,
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
pub(super) async fn acquirer_notification(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let raw = read_body(body, MAX_REPORT_BYTES).await?;
    let now = service.clock.now();
    let key = service.instructions.notification_key();
    if key.is_none_or(|key| key.verify(&headers, &raw, now).is_err()) {
        tracing::warn!("a notification was not signed by the acquirer");
        let detail = "Sign the body with the notification key, in webhook-id, webhook-timestamp (at most 5 minutes from \
                      now) and webhook-signature.";
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "invalid_signature",
            detail,
        ));
    }
    require_json(&headers)?;
    let notification = read_notification(&raw).map_err(|error| {
        Problem::malformed(
            "malformed_notification",
            format!("The body cannot be used: {error}."),
        )
    })?;
    service.instructions.take_in(notification).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The endpoint, where there is a key to check notifications with; else nothing.
pub(super) fn router(service: &Service) -> OpenApiRouter<Arc<Service>> {
    if service.instructions.notification_key().is_none() {
        return OpenApiRouter::new();
    }
    OpenApiRouter::new().routes(routes!(acquirer_notification))
}
