//! `DELETE /api/v1/webhook-endpoints/{id}`: nothing is sent there any more.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use web::client::Client;
use web::extract::PathId;
use web::problem::Problem;

use crate::service::Service;
use crate::webhooks::endpoint::WebhookEndpointId;

/// Delete a webhook endpoint
///
/// With everything that was sent to it and what waits, and the owner is told by mail. To stop it
/// for a while, disable it.
#[utoipa::path(
    delete,
    path = "/api/v1/webhook-endpoints/{id}",
    tag = "webhooks",
    params(("id" = inline(WebhookEndpointId), Path, description = "The endpoint")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "No such endpoint, or not one of yours."),
    )
)]
pub(crate) async fn delete_webhook_endpoint(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<WebhookEndpointId>,
) -> Result<StatusCode, Problem> {
    service.webhooks.delete((&principal, &client), id).await?;
    service.changed().await;
    Ok(StatusCode::NO_CONTENT)
}
