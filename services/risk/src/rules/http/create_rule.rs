//! `POST /api/v1/rules`: another rule in the draft.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use risk_core::rules::Rule;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use super::body::RuleBody;
use super::list_rules::DAYS;
use crate::rules::error::RuleError;
use crate::service::Service;

/// Add a rule to the draft
///
/// It counts once somebody else has published the draft. `GET /api/v1/rule-fields` has what it may
/// ask about.
#[utoipa::path(
    post,
    path = "/api/v1/rules",
    tag = "rules",
    extensions(("x-idempotency" = json!("A rule has its code once: a repetition is refused with `rule_exists`."))),
    request_body = Rule,
    responses(
        (status = 201, description = "The rule.", body = RuleBody),
        (status = 409, description = "`rule_exists`, or `rules_changed`: somebody else was faster."),
        (status = 422, description = "`invalid_rules`: `errors` has the path, a code and what to do, for each fault. `reserved_code`.")
    )
)]
pub(crate) async fn create_rule(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<Rule>,
) -> Result<impl IntoResponse, Problem> {
    service.add_rule((&principal, &client), &value).await?;
    let rules = service.rules(principal.org, DAYS).await?;
    let body = RuleBody::of(&rules, &value.code).ok_or(RuleError::Changed)?;
    Ok((StatusCode::CREATED, axum::Json(body)))
}
