//! `GET /api/v1/rules/{name}`: one rule.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::PathName;
use web::problem::Problem;

use super::body::RuleBody;
use super::list_rules::DAYS;
use crate::rules::error::RuleError;
use crate::service::Service;

/// Get a rule of risk
///
/// As it is in force, and as the draft has it.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{name}",
    tag = "rules",
    params(("name" = String, Path, description = "The rule's code")),
    responses(
        (status = 200, description = "The rule.", body = RuleBody),
        (status = 404, description = "No such rule.")
    )
)]
pub(crate) async fn get_rule(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathName(code): PathName,
) -> Result<impl IntoResponse, Problem> {
    let rules = service.rules(principal.org, DAYS).await?;
    let body = RuleBody::of(&rules, &code).ok_or(RuleError::NoSuchRule)?;
    Ok(axum::Json(body))
}
