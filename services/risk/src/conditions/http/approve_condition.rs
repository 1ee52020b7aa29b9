//! `POST /api/v1/conditions/{id}/approve`: a hard block counts.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use idempotency::{IdempotentRequest, answer_once};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{OptionalJson, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::ConditionBody;
use crate::conditions::ConditionId;
use crate::http::of_answer;
use crate::service::Service;

/// Nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApproveCondition {}

/// Approve a hard block
///
/// It takes somebody else than its author; it counts from then on.
#[utoipa::path(
    post,
    path = "/api/v1/conditions/{id}/approve",
    tag = "rules",
    params(("id" = inline(ConditionId), Path, description = "The condition"), IdempotencyKeyHeader),
    request_body(content = ApproveCondition, description = "Nothing: may be left out."),
    responses(
        (status = 200, description = "The condition.", body = ConditionBody),
        (status = 403, description = "`own_case`: it is about you, or about a wallet of yours."),
        (status = 404, description = "No such condition."),
        (status = 409, description = "`second_operator_needed`: you have proposed it. `not_proposed`: it is no hard block, was approved, or is over. `condition_changed`: somebody was faster.")
    )
)]
pub(crate) async fn approve_condition(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<ConditionId>,
    key: RequestKey,
    OptionalJson(body): OptionalJson<ApproveCondition>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &body.raw, ConditionBody::changed);
    let work = service.approve_condition((&principal, &client), id, &once);
    answer_once((&service.db, &service.vault), &once, work, of_answer).await
}
