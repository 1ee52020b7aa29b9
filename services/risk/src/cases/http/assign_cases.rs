//! `POST /api/v1/cases/assign`: several cases have another operator, or none.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::cases::CaseId;
use crate::service::Service;

/// Which cases, and whom to give them to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignCases {
    /// The cases.
    #[schema(min_items = 1, max_items = 100)]
    cases: Vec<CaseId>,
    /// The operator, who may be you; `null`: nobody.
    owner: Option<UserId>,
}

/// What became of each case.
#[derive(Serialize, ToSchema)]
pub(crate) struct AssignedCases {
    /// Those that are assigned so now.
    assigned: Vec<CaseId>,
    /// Those that are not.
    refused: Vec<RefusedCase>,
}

/// A case that was not assigned.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedCase {
    /// The case.
    id: CaseId,
    /// Why not.
    #[schema(example = "case_closed")]
    code: &'static str,
    /// The same in words.
    detail: String,
}

/// Assign several cases
///
/// Each by itself: those that cannot be assigned are named with a code.
#[utoipa::path(
    post,
    path = "/api/v1/cases/assign",
    tag = "cases",
    extensions(("x-idempotency" = json!("A case has one owner: a repetition says the same."))),
    request_body = AssignCases,
    responses(
        (status = 200, description = "What became of each.", body = AssignedCases),
        (status = 422, description = "`not_an_operator`, or `too_many`: name 1 to 100 cases.")
    )
)]
pub(crate) async fn assign_cases(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<AssignCases>,
) -> Result<impl IntoResponse, Problem> {
    let who = (&principal, &client);
    let done = service.assign_cases(who, &value.cases, value.owner).await?;
    let refused = done.refused.into_iter().map(|(id, error)| RefusedCase {
        id,
        code: error.code(),
        detail: error.to_string(),
    });
    Ok(axum::Json(AssignedCases {
        assigned: done.assigned,
        refused: refused.collect(),
    }))
}
