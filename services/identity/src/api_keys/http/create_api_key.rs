//! `POST /api/v1/api-keys`: a key by which a program acts for the caller.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use crate::api_keys::api_key::{ApiKey, NewApiKey};
use crate::http::bodies::ApiKeyBody;
use crate::http::docs::scopes_schema;
use crate::service::Service;
use idempotency::{IdempotentRequest, StoredAnswer};

/// Which key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateApiKeyRequest {
    /// What you call it.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "nightly reports"
    )]
    name: String,
    #[schema(schema_with = scopes_schema)]
    scopes: Vec<String>,
    /// From where it may be used: addresses and ranges. Empty or absent: from anywhere.
    #[serde(default)]
    #[schema(max_items = 20, example = json!(["192.0.2.7", "2001:db8::/32"]))]
    addresses: Vec<String>,
    /// When it ends by itself; absent: when it is ended.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedApiKey {
    #[serde(flatten)]
    api_key: ApiKeyBody,
    /// The key: send it as `Authorization: Bearer …`. It is shown here and never again, but to the
    /// same request with the same `Idempotency-Key`.
    #[schema(example = "payflow_sk_0AbCdEfGhIjKlMnOpQrStUvWxYz01x2YzAbC")]
    key: String,
}

/// Create an API key
///
/// It may do what its scopes say, as long as your role allows it too, and never makes keys or
/// changes your account itself. It ends when it expires, when you end it, and does nothing while
/// you are suspended.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys",
    tag = "api keys",
    params(IdempotencyKeyHeader),
    request_body = CreateApiKeyRequest,
    responses(
        (status = 201, description = "The key, shown this once.", body = CreatedApiKey),
        (status = 422, description = "`invalid_name`, `scope_missing`, `unknown_scope`, `scope_not_allowed`, `invalid_address`, `too_many_addresses`, `expired_already`, `too_many_api_keys` or `idempotency_key_reused`.")
    )
)]
pub(crate) async fn create_api_key(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<CreateApiKeyRequest>,
) -> Result<Response, Problem> {
    service.require_fresh_session(&principal)?;
    let once = IdempotentRequest::new(key, &principal, &raw, created);
    let new = NewApiKey {
        name: value.name,
        scopes: value.scopes,
        addresses: value.addresses,
        expires_at: value.expires_at,
    };
    let work = service.create_api_key(&principal, new, &client, &once);
    let mut answer = service.answer_once(&once, work).await?;
    let no_store = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(CACHE_CONTROL, no_store);
    Ok(answer)
}

fn created((api_key, key): &(ApiKey, String)) -> StoredAnswer {
    let body = CreatedApiKey {
        api_key: api_key.clone().into(),
        key: key.clone(),
    };
    StoredAnswer::json(StatusCode::CREATED, &body)
}
