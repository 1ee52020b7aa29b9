//! `DELETE /api/v1/rules/{name}`: a rule is not in the draft any more.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use web::client::Client;
use web::extract::PathName;
use web::problem::Problem;

use crate::service::Service;

/// Remove a rule from the draft
///
/// It is in force until somebody else has published the draft.
#[utoipa::path(
    delete,
    path = "/api/v1/rules/{name}",
    tag = "rules",
    params(("name" = String, Path, description = "The rule's code")),
    responses(
        (status = 204, description = "It is not in the draft."),
        (status = 404, description = "No such rule."),
        (status = 409, description = "`rules_changed`: somebody else was faster."),
        (status = 422, description = "`invalid_rules`: a scenario weighs it.")
    )
)]
pub(crate) async fn delete_rule(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(code): PathName,
) -> Result<StatusCode, Problem> {
    service.remove_rule((&principal, &client), &code).await?;
    Ok(StatusCode::NO_CONTENT)
}
