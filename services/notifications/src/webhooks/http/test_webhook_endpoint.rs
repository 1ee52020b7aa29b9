//! `POST /api/v1/webhook-endpoints/{id}/test`: an event that tells of nothing.

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

use super::body::DeliveryBody;
use super::problems::of_answer;
use crate::service::Service;
use crate::webhooks::endpoint::{Delivery, WebhookEndpointId};

/// Nothing is to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestWebhookEndpoint {}

/// Test a webhook endpoint
///
/// Sends an event `webhook.test` there, whatever types it has asked for. What came of it shows the
/// delivery.
#[utoipa::path(
    post,
    path = "/api/v1/webhook-endpoints/{id}/test",
    tag = "webhooks",
    params(("id" = inline(WebhookEndpointId), Path, description = "The endpoint"), IdempotencyKeyHeader),
    request_body = TestWebhookEndpoint,
    responses(
        (status = 202, description = "The delivery, which waits.", body = DeliveryBody),
        (status = 404, description = "No such endpoint, or not one of yours."),
        (status = 409, description = "`webhook_endpoint_disabled`: enable the endpoint first; or a request with the same `Idempotency-Key` is still at work."),
        (status = 429, description = "`too_many_webhook_tests`: as a rule ten in a minute for all endpoints of a user.")
    )
)]
pub(crate) async fn test_webhook_endpoint(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WebhookEndpointId>,
    key: RequestKey,
    OptionalJson(Json { raw, .. }): OptionalJson<TestWebhookEndpoint>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, tested);
    let webhooks = &service.webhooks;
    let work = webhooks.test(&principal, id, &once);
    answer_once(webhooks.answers(), &once, work, of_answer).await
}

fn tested(delivery: &Delivery) -> StoredAnswer {
    let body = DeliveryBody::short(delivery.clone());
    StoredAnswer::json(StatusCode::ACCEPTED, &body)
}
