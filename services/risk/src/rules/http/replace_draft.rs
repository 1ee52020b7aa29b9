//! `PUT /api/v1/rule-drafts`: a whole set of rules as the draft.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use risk_core::rules::RuleSet;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::service::Service;

/// Import rules as the draft
///
/// A whole set, with scenarios and levels, in the place of the draft: as `rules` of
/// `GET /api/v1/rule-sets/{version}` has it.
#[utoipa::path(
    put,
    path = "/api/v1/rule-drafts",
    tag = "rules",
    request_body = RuleSet,
    responses(
        (status = 204, description = "It is the draft."),
        (status = 409, description = "`rules_changed`: somebody else was faster."),
        (status = 422, description = "`invalid_rules`: `errors` has the path, a code and what to do, for each fault. `reserved_code`.")
    )
)]
pub(crate) async fn replace_draft(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<RuleSet>,
) -> Result<StatusCode, Problem> {
    service.replace_draft((&principal, &client), &value).await?;
    Ok(StatusCode::NO_CONTENT)
}
