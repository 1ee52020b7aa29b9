//! `POST /api/v1/webhook-endpoints/{id}/recover`: what an endpoint did not get.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer, answer_once};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;
use web::extract::{Json, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::problems::of_answer;
use crate::service::Service;
use crate::webhooks::deliveries::Recovered;
use crate::webhooks::endpoint::WebhookEndpointId;

/// From when on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecoverWebhookEndpoint {
    /// What was put into the queue before stays as it is.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T00:00:00Z")]
    since: Timestamp,
}

/// How many are sent again.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveredWebhooks {
    /// So many.
    recovered: u64,
}

/// Recover what a webhook endpoint missed
///
/// Sends again what failed or was missed since a time, in its order and under the same ids, as far
/// as it is kept.
#[utoipa::path(
    post,
    path = "/api/v1/webhook-endpoints/{id}/recover",
    tag = "webhooks",
    params(("id" = inline(WebhookEndpointId), Path, description = "The endpoint"), IdempotencyKeyHeader),
    request_body = RecoverWebhookEndpoint,
    responses(
        (status = 202, description = "How many wait now.", body = RecoveredWebhooks),
        (status = 404, description = "No such endpoint, or not one of yours."),
        (status = 409, description = "`webhook_endpoint_disabled`: enable the endpoint first; or a request with the same `Idempotency-Key` is still at work.")
    )
)]
pub(crate) async fn recover_webhook_endpoint(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WebhookEndpointId>,
    key: RequestKey,
    Json { value, raw }: Json<RecoverWebhookEndpoint>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, recovered);
    let webhooks = &service.webhooks;
    let work = webhooks.recover(&principal, id, value.since, &once);
    answer_once(webhooks.answers(), &once, work, of_answer).await
}

fn recovered(Recovered(count): &Recovered) -> StoredAnswer {
    let body = RecoveredWebhooks { recovered: *count };
    StoredAnswer::json(StatusCode::ACCEPTED, &body)
}
