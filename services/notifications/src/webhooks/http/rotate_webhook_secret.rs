//! `POST /api/v1/webhook-endpoints/{id}/rotate-secret`: another secret for an endpoint.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer, answer_once};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::EndpointWithSecret;
use super::not_kept;
use super::problems::of_answer;
use crate::service::Service;
use crate::webhooks::WithSecret;
use crate::webhooks::endpoint::WebhookEndpointId;
use crate::webhooks::error::WebhookError;

/// What becomes of the secrets before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateWebhookSecret {
    /// Whether all others end at once, because somebody else may have one. Else each signs for as
    /// long as was said when it was rotated.
    #[serde(default)]
    expire_others: bool,
}

/// Rotate the secret of a webhook endpoint
///
/// For 24 hours every webhook is signed with the secret before, too, also where another rotation
/// follows: there are up to three signatures. It asks a login for a fresh proof, and the owner is
/// told by mail.
#[utoipa::path(
    post,
    path = "/api/v1/webhook-endpoints/{id}/rotate-secret",
    tag = "webhooks",
    params(("id" = inline(WebhookEndpointId), Path, description = "The endpoint"), IdempotencyKeyHeader),
    request_body = RotateWebhookSecret,
    responses(
        (status = 200, description = "The endpoint, with its new secret, which is shown this once.", body = EndpointWithSecret),
        (status = 403, description = "`step_up_required`."),
        (status = 404, description = "No such endpoint, or not one of yours."),
        (status = 409, description = "`too_many_webhook_secrets`: three sign; wait until the first of them ends, or send `expire_others`. Or a request with the same `Idempotency-Key` is still at work.")
    )
)]
pub(crate) async fn rotate_webhook_secret(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<WebhookEndpointId>,
    key: RequestKey,
    OptionalJson(Json { value, raw }): OptionalJson<RotateWebhookSecret>,
) -> Result<Response, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let once = IdempotentRequest::new(key, &principal, &raw, rotated);
    let webhooks = &service.webhooks;
    let work = async {
        let (who, how) = ((&principal, &client), (id, value.expire_others));
        let made = webhooks.rotate(who, how, &once).await?;
        service.changed().await;
        Ok::<_, WebhookError>(made)
    };
    let answer = answer_once(webhooks.answers(), &once, work, of_answer).await?;
    Ok(not_kept(answer))
}

fn rotated((endpoint, secret): &WithSecret) -> StoredAnswer {
    let body = EndpointWithSecret {
        endpoint: endpoint.clone().into(),
        secret: secret.clone(),
    };
    StoredAnswer::json(StatusCode::OK, &body)
}
