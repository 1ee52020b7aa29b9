//! `GET /api/v1/webhook-endpoints/{id}`: one endpoint.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::PathId;
use web::problem::Problem;

use super::body::EndpointBody;
use crate::service::Service;
use crate::webhooks::endpoint::WebhookEndpointId;

/// Get a webhook endpoint
#[utoipa::path(
    get,
    path = "/api/v1/webhook-endpoints/{id}",
    tag = "webhooks",
    params(("id" = inline(WebhookEndpointId), Path, description = "The endpoint")),
    responses(
        (status = 200, description = "The endpoint, without its secret.", body = EndpointBody),
        (status = 404, description = "No such endpoint, or not one of yours."),
    )
)]
pub(crate) async fn get_webhook_endpoint(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<impl IntoResponse, Problem> {
    let endpoint = service.webhooks.one(&principal, id).await?;
    Ok(axum::Json(EndpointBody::from(endpoint)))
}
