//! `PUT /api/v1/rules/{name}`: a rule changes in the draft.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use risk_core::rules::Rule;
use web::client::Client;
use web::extract::{Json, PathName};
use web::problem::Problem;

use super::body::RuleBody;
use super::list_rules::DAYS;
use crate::rules::error::RuleError;
use crate::service::Service;

/// Change a rule in the draft
///
/// What is in force stays until somebody else has published the draft.
#[utoipa::path(
    put,
    path = "/api/v1/rules/{name}",
    tag = "rules",
    params(("name" = String, Path, description = "The rule's code")),
    request_body = Rule,
    responses(
        (status = 200, description = "The rule.", body = RuleBody),
        (status = 404, description = "No such rule."),
        (status = 409, description = "`rules_changed`: somebody else was faster."),
        (status = 422, description = "`invalid_rules`: `errors` has the path, a code and what to do, for each fault. `other_code`: a rule keeps its code.")
    )
)]
pub(crate) async fn update_rule(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(code): PathName,
    Json { value, .. }: Json<Rule>,
) -> Result<impl IntoResponse, Problem> {
    let who = (&principal, &client);
    service.change_rule(who, &code, &value).await?;
    let rules = service.rules(principal.org, DAYS).await?;
    let body = RuleBody::of(&rules, &code).ok_or(RuleError::Changed)?;
    Ok(axum::Json(body))
}
