//! `POST /api/v1/users/me/push-subscriptions`: a device of the caller takes a push.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::channels::push::Subscription;
use crate::service::Service;

/// A device: what `PushSubscription.toJSON()` gives in a browser.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubscribePush {
    /// Where its push service takes messages for it. It must not lead to a private address.
    #[schema(
        min_length = 1,
        max_length = 2048,
        pattern = "^https?://[^#]+$",
        example = "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABp"
    )]
    endpoint: String,
    keys: SubscribePushKeys,
    /// Browsers send it, as a rule `null`; it is not used: a push service tells when a device is
    /// gone.
    #[serde(default, rename = "expirationTime")]
    #[schema(minimum = 0)]
    _expiration_time: Option<f64>,
}

/// The keys of the browser (RFC 8291), in base64url.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubscribePushKeys {
    /// Its public key.
    #[schema(
        min_length = 87,
        max_length = 88,
        pattern = "^[A-Za-z0-9_-]{87}=?$",
        example = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )]
    p256dh: String,
    /// The secret that it shares with us.
    #[schema(
        min_length = 22,
        max_length = 24,
        pattern = "^[A-Za-z0-9_-]{22}(==)?$",
        example = "BTBZMqHH6r4Tts7J_aSIgg"
    )]
    auth: String,
}

/// Subscribe a device to push
///
/// What it is told is encrypted for its browser. A device that somebody else has subscribed is the
/// caller's from then on; of too many devices (as a rule ten) the oldest is forgotten. What is told
/// by push, the notification preferences say. A device that was not the caller's asks for a fresh
/// proof, and the caller is told of it by mail.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/push-subscriptions",
    tag = "notifications",
    extensions(("x-idempotency" = json!("Done twice it is done once: a device is known by its endpoint."))),
    request_body = SubscribePush,
    responses(
        (status = 204, description = "It is subscribed."),
        (status = 403, description = "`step_up_required`."),
        (status = 422, description = "`invalid_url`, `https_required`, `private_address` or `invalid_push_keys`.")
    )
)]
pub(crate) async fn subscribe_push(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<SubscribePush>,
) -> Result<StatusCode, Problem> {
    let device = Subscription {
        endpoint: value.endpoint,
        p256dh: value.keys.p256dh,
        auth: value.keys.auth,
    };
    let who = (&principal, &client);
    let proof = principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN);
    if service.push.subscribe(who, &device, proof.is_ok()).await? {
        service.changed().await;
    }
    Ok(StatusCode::NO_CONTENT)
}
