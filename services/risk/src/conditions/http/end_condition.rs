//! `POST /api/v1/conditions/{id}/end`: a condition is over.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use idempotency::{IdempotentRequest, answer_once};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::ConditionBody;
use crate::conditions::ConditionId;
use crate::http::of_answer;
use crate::service::Service;

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndCondition {
    /// For those who look at it later: one line.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "The account is its owner's again"
    )]
    reason: String,
}

/// End a condition
///
/// A hard block that is approved ends once somebody else says so, too: the first one proposes it
/// (`end_proposed_by`). Other conditions, and hard blocks that are only proposed, end at once.
#[utoipa::path(
    post,
    path = "/api/v1/conditions/{id}/end",
    tag = "rules",
    params(("id" = inline(ConditionId), Path, description = "The condition"), IdempotencyKeyHeader),
    request_body = EndCondition,
    responses(
        (status = 200, description = "The condition: `ended`, or waiting for somebody else to agree.", body = ConditionBody),
        (status = 403, description = "`own_case`: it is about you, or about a wallet of yours."),
        (status = 404, description = "No such condition."),
        (status = 409, description = "`second_operator_needed`: you have proposed it. `condition_over`: it has ended. `condition_changed`: somebody was faster."),
        (status = 422, description = "`invalid_reason` or `idempotency_key_reused`.")
    )
)]
pub(crate) async fn end_condition(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<ConditionId>,
    key: RequestKey,
    Json { value, raw }: Json<EndCondition>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, ConditionBody::changed);
    let work = service.end_condition((&principal, &client), (id, &value.reason), &once);
    answer_once((&service.db, &service.vault), &once, work, of_answer).await
}
