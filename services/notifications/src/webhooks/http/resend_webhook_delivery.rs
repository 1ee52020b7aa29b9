//! `POST /api/v1/webhook-endpoints/deliveries/{id}/resend`: once more.

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
use crate::webhooks::endpoint::{Delivery, WebhookDeliveryId};

/// Nothing is to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResendWebhookDelivery {}

/// Resend a webhook
///
/// Whatever came of it before: the same body under the same `webhook-id`, at once, and then by the
/// schedule from its beginning.
#[utoipa::path(
    post,
    path = "/api/v1/webhook-endpoints/deliveries/{id}/resend",
    tag = "webhooks",
    params(("id" = inline(WebhookDeliveryId), Path, description = "The delivery"), IdempotencyKeyHeader),
    request_body = ResendWebhookDelivery,
    responses(
        (status = 202, description = "The delivery, which waits.", body = DeliveryBody),
        (status = 404, description = "No such delivery, or not of an endpoint of yours."),
        (status = 409, description = "`webhook_endpoint_disabled`: enable the endpoint first; or a request with the same `Idempotency-Key` is still at work.")
    )
)]
pub(crate) async fn resend_webhook_delivery(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WebhookDeliveryId>,
    key: RequestKey,
    OptionalJson(Json { raw, .. }): OptionalJson<ResendWebhookDelivery>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, resent);
    let webhooks = &service.webhooks;
    let work = webhooks.resend(&principal, id, &once);
    answer_once(webhooks.answers(), &once, work, of_answer).await
}

fn resent(delivery: &Delivery) -> StoredAnswer {
    let body = DeliveryBody::short(delivery.clone());
    StoredAnswer::json(StatusCode::ACCEPTED, &body)
}
