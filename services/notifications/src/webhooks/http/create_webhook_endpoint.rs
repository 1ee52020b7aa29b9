//! `POST /api/v1/webhook-endpoints`: where the caller's events are sent.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer, answer_once};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::EndpointWithSecret;
use super::not_kept;
use super::problems::of_answer;
use crate::service::Service;
use crate::webhooks::error::WebhookError;
use crate::webhooks::{NewEndpoint, WithSecret};

/// Which endpoint to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateWebhookEndpoint {
    /// `https://…`, without a user name, a password or a fragment. It must not lead to a private
    /// address.
    #[schema(
        min_length = 1,
        max_length = 2048,
        pattern = "^https?://[^#]+$",
        example = "https://shop.example/payflow"
    )]
    url: String,
    /// Which events it gets: types, all of a resource (`transaction.*`), or all (`*`).
    #[schema(min_items = 1, max_items = 50, example = json!(["transaction.completed"]))]
    event_types: Vec<String>,
    /// What you call it.
    #[serde(default)]
    #[schema(
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Orders"
    )]
    description: Option<String>,
}

/// Create a webhook endpoint
///
/// Events that concern you are sent there, signed as [Standard
/// Webhooks](https://www.standardwebhooks.com) says; docs/webhooks.md shows how to check that. With
/// the permission `webhooks:manage` it gets all events of the organisation. It asks a login for a
/// fresh proof, and the owner is told by mail.
#[utoipa::path(
    post,
    path = "/api/v1/webhook-endpoints",
    tag = "webhooks",
    params(IdempotencyKeyHeader),
    request_body = CreateWebhookEndpoint,
    responses(
        (status = 201, description = "The endpoint, with its secret, which is shown this once.", body = EndpointWithSecret),
        (status = 403, description = "`step_up_required`."),
        (status = 422, description = "`invalid_url`, `https_required`, `private_address`, `invalid_event_types`, `unknown_event_type`, `invalid_description`, `too_many_webhook_endpoints` or `idempotency_key_reused`.")
    )
)]
pub(crate) async fn create_webhook_endpoint(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<CreateWebhookEndpoint>,
) -> Result<Response, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let once = IdempotentRequest::new(key, &principal, &raw, created);
    let new = NewEndpoint {
        url: value.url,
        event_types: value.event_types,
        description: value.description,
    };
    let webhooks = &service.webhooks;
    let work = async {
        let who = (&principal, &client);
        let made = webhooks.create(who, new, &once).await?;
        service.changed().await;
        Ok::<_, WebhookError>(made)
    };
    let answer = answer_once(webhooks.answers(), &once, work, of_answer).await?;
    Ok(not_kept(answer))
}

fn created((endpoint, secret): &WithSecret) -> StoredAnswer {
    let body = EndpointWithSecret {
        endpoint: endpoint.clone().into(),
        secret: secret.clone(),
    };
    StoredAnswer::json(StatusCode::CREATED, &body)
}
