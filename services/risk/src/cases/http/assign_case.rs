//! `POST /api/v1/cases/{id}/assign`: a case has another operator, or none.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::CaseBody;
use crate::cases::CaseId;
use crate::service::Service;

/// Whom to give a case to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignCase {
    /// The operator, who may be you; `null`: nobody.
    owner: Option<UserId>,
}

/// Assign a case
///
/// Not to somebody who takes part in it.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/assign",
    tag = "cases",
    params(("id" = inline(CaseId), Path, description = "The case")),
    extensions(("x-idempotency" = json!("A case has one owner: a repetition says the same."))),
    request_body = AssignCase,
    responses(
        (status = 200, description = "The case.", body = CaseBody),
        (status = 403, description = "`own_case`: you take part in it."),
        (status = 404, description = "No such case."),
        (status = 409, description = "`case_closed`, `case_changed`, or `own_case`: they take part in it."),
        (status = 422, description = "`not_an_operator`.")
    )
)]
pub(crate) async fn assign_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<CaseId>,
    Json { value, .. }: Json<AssignCase>,
) -> Result<impl IntoResponse, Problem> {
    let who = (&principal, &client);
    let case = service.assign_case(who, id, value.owner).await?;
    Ok(axum::Json(CaseBody::of(&service, &case)))
}
