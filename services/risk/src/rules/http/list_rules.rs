//! `GET /api/v1/rules`: what is in force and what somebody works on.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::problem::Problem;

use super::body::RulesBody;
use crate::service::Service;

/// For so many days it is told how often rules hit.
pub(crate) const DAYS: i64 = 30;

/// List the rules of risk
///
/// Those in force and those of the draft, each as a sentence, with how often it hit in the last 30
/// days.
#[utoipa::path(
    get,
    path = "/api/v1/rules",
    tag = "rules",
    responses((status = 200, description = "All rules.", body = RulesBody))
)]
pub(crate) async fn list_rules(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let rules = service.rules(principal.org, DAYS).await?;
    Ok(axum::Json(RulesBody::from(&rules)))
}
