//! `POST /api/v1/lists`: another list.

use std::sync::Arc;

use access::Principal;
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

use super::body::ListBody;
use crate::http::of_answer;
use crate::lists::NewList;
use crate::lists::kind::ListKind;
use crate::service::Service;

/// Which list to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateList {
    /// By which rules name it; it stays.
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[a-z0-9_]+$",
        example = "trusted_payees"
    )]
    name: String,
    /// What it is a list of.
    kind: ListKind,
    /// What it is for: one line.
    #[serde(default)]
    #[schema(max_length = 500, example = "Payees that were checked by hand")]
    description: String,
}

/// Make a list that rules may ask about
#[utoipa::path(
    post,
    path = "/api/v1/lists",
    tag = "rules",
    params(IdempotencyKeyHeader),
    request_body = CreateList,
    responses(
        (status = 201, description = "The list.", body = ListBody),
        (status = 409, description = "`list_exists` or `too_many`."),
        (status = 422, description = "`invalid_name`, `invalid_text` or `idempotency_key_reused`.")
    )
)]
pub(crate) async fn create_list(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<CreateList>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, created);
    let new = NewList {
        name: value.name,
        kind: value.kind,
        description: value.description,
    };
    let work = service.create_list((&principal, &client), new, &once);
    answer_once((&service.db, &service.vault), &once, work, of_answer).await
}

fn created(list: &ListBody) -> StoredAnswer {
    StoredAnswer::json(StatusCode::CREATED, list)
}
