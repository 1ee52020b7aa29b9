//! `PATCH /api/v1/webhook-endpoints/{id}`: another URL, other events; on or off.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::EndpointBody;
use crate::service::Service;
use crate::webhooks::EndpointChange;
use crate::webhooks::endpoint::WebhookEndpointId;

/// What will be otherwise; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateWebhookEndpoint {
    /// As when it was made.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 2048,
        pattern = "^https?://[^#]+$",
        example = "https://shop.example/payflow"
    )]
    url: Option<String>,
    /// As when it was made. What waits already is sent all the same.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 50, example = json!(["transaction.*"]))]
    event_types: Option<Vec<String>>,
    /// An empty one takes it away.
    #[serde(default)]
    #[schema(
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Orders"
    )]
    description: Option<String>,
    /// On or off.
    #[serde(default)]
    status: Option<EndpointStatus>,
}

/// Whether something is sent to an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EndpointStatus {
    /// Yes.
    Enabled,
    /// No: what it misses can be recovered.
    Disabled,
}

/// Change a webhook endpoint
///
/// Only its owner may. Disabled, it misses what happens; enabled again, it gets what happens from
/// then on, and what it missed with `/recover`. Another URL asks a login for a fresh proof, and the
/// owner is told by mail.
#[utoipa::path(
    patch,
    path = "/api/v1/webhook-endpoints/{id}",
    tag = "webhooks",
    params(("id" = inline(WebhookEndpointId), Path, description = "The endpoint")),
    request_body = UpdateWebhookEndpoint,
    responses(
        (status = 200, description = "The endpoint as it is now.", body = EndpointBody),
        (status = 403, description = "`step_up_required`: the URL is another one."),
        (status = 404, description = "No such endpoint, or not one of yours."),
        (status = 422, description = "`invalid_url`, `https_required`, `private_address`, `invalid_event_types`, `unknown_event_type` or `invalid_description`.")
    )
)]
pub(crate) async fn update_webhook_endpoint(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<WebhookEndpointId>,
    Json { value, .. }: Json<UpdateWebhookEndpoint>,
) -> Result<impl IntoResponse, Problem> {
    let change = EndpointChange {
        url: value.url,
        event_types: value.event_types,
        description: value.description,
        enabled: value.status.map(|status| status == EndpointStatus::Enabled),
    };
    let (webhooks, who) = (&service.webhooks, (&principal, &client));
    let proof = principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN);
    let changed = webhooks.change(who, id, change, proof.is_ok()).await?;
    service.changed().await;
    Ok(axum::Json(EndpointBody::from(changed)))
}
