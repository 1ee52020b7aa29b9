//! `POST /api/v1/rules/{name}/rearm`: a rule that its breaker has put into shadow counts again.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{OptionalJson, PathName};
use web::problem::Problem;

use super::body::RuleBody;
use super::list_rules::DAYS;
use crate::rules::error::RuleError;
use crate::service::Service;

/// Nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RearmRule {}

/// Put a rule back into effect that its breaker has put into shadow
///
/// It takes two people: the first one proposes it (`breaker.proposed_by`). What the rule used to
/// hold up is learnt anew. A publication in which the rule has changed does it, too.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{name}/rearm",
    tag = "rules",
    params(("name" = String, Path, description = "The rule's code")),
    extensions(("x-idempotency" = json!("It takes two people: a repetition by the same one is refused with `second_operator_needed`, and afterwards with `not_tripped`."))),
    request_body(content = RearmRule, description = "Nothing: may be left out."),
    responses(
        (status = 200, description = "The rule; without `breaker` it is in effect.", body = RuleBody),
        (status = 404, description = "No such rule is in force."),
        (status = 409, description = "`not_tripped`: it is in effect. `second_operator_needed`: you have proposed it. `rules_changed`: somebody was faster.")
    )
)]
pub(crate) async fn rearm_rule(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(code): PathName,
    _: OptionalJson<RearmRule>,
) -> Result<impl IntoResponse, Problem> {
    service.rearm((&principal, &client), &code).await?;
    let rules = service.rules(principal.org, DAYS).await?;
    let body = RuleBody::of(&rules, &code).ok_or(RuleError::NoSuchRule)?;
    Ok(axum::Json(body))
}
