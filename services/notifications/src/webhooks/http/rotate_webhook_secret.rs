//! `POST /api/v1/webhook-endpoints/{id}/rotate-secret`: another secret for an endpoint.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer, answer_once};
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::EndpointWithSecret;
use super::not_kept;
use super::problems::of_answer;
use crate::service::Service;
use crate::webhooks::WithSecret;
use crate::webhooks::endpoint::WebhookEndpointId;

/// Nothing is to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateWebhookSecret {}

/// Rotate the secret of a webhook endpoint
///
/// For 24 hours every webhook carries two signatures, with the new secret and the one before; then
/// the new one alone.
#[utoipa::path(
    post,
    path = "/api/v1/webhook-endpoints/{id}/rotate-secret",
    tag = "webhooks",
    params(("id" = inline(WebhookEndpointId), Path, description = "The endpoint"), IdempotencyKeyHeader),
    request_body = RotateWebhookSecret,
    responses(
        (status = 200, description = "The endpoint, with its new secret, which is shown this once.", body = EndpointWithSecret),
        (status = 404, description = "No such endpoint, or not one of yours."),
    )
)]
pub(crate) async fn rotate_webhook_secret(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WebhookEndpointId>,
    key: RequestKey,
    OptionalJson(Json { raw, .. }): OptionalJson<RotateWebhookSecret>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, rotated);
    let webhooks = &service.webhooks;
    let work = webhooks.rotate(&principal, id, &once);
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
