//! `POST /api/v1/cases/{id}/reopen`: a case that has ended goes on.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::CaseBody;
use crate::cases::CaseId;
use crate::service::Service;

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReopenCase {
    /// Why.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "The customer has called: it was fraud"
    )]
    reason: String,
}

/// Reopen a case
///
/// It is yours, and due anew. What it came to does not count for rules and people any more; what
/// became of a transaction by it stays.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/reopen",
    tag = "cases",
    params(("id" = inline(CaseId), Path, description = "The case")),
    extensions(("x-idempotency" = json!("A case is reopened once: a repetition is refused with `case_open`."))),
    request_body = ReopenCase,
    responses(
        (status = 200, description = "The case.", body = CaseBody),
        (status = 403, description = "`own_case`: you take part in it."),
        (status = 404, description = "No such case."),
        (status = 409, description = "`case_open`; `case_open_already`: another case of the subject is open; `case_changed`; `ends_by_evidence`."),
        (status = 422, description = "`invalid_text`.")
    )
)]
pub(crate) async fn reopen_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<CaseId>,
    Json { value, .. }: Json<ReopenCase>,
) -> Result<impl IntoResponse, Problem> {
    let who = (&principal, &client);
    let case = service.reopen_case(who, id, &value.reason).await?;
    Ok(axum::Json(CaseBody::of(&service, &case)))
}
