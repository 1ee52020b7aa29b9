//! `GET /api/v1/webhook-endpoints/deliveries/{id}`: what was sent, and every answer.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::PathId;
use web::problem::Problem;

use super::body::DeliveryBody;
use crate::service::Service;
use crate::webhooks::endpoint::WebhookDeliveryId;

/// Get a delivery of a webhook
///
/// With the body as it is sent, and the request and the answer of each attempt.
#[utoipa::path(
    get,
    path = "/api/v1/webhook-endpoints/deliveries/{id}",
    tag = "webhooks",
    params(("id" = inline(WebhookDeliveryId), Path, description = "The delivery")),
    responses(
        (status = 200, description = "The delivery.", body = DeliveryBody),
        (status = 404, description = "No such delivery, or not of an endpoint of yours."),
    )
)]
pub(crate) async fn get_webhook_delivery(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WebhookDeliveryId>,
) -> Result<impl IntoResponse, Problem> {
    let delivery = service.webhooks.delivery(&principal, id).await?;
    Ok(axum::Json(DeliveryBody::whole(delivery)))
}
