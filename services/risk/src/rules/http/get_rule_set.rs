//! `GET /api/v1/rule-sets/{version}`: a version of the rules, and what it changed.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use risk_core::rules::RuleSet;
use risk_core::sentence::{Change, diff};
use serde::Serialize;
use utoipa::ToSchema;
use web::extract::PathName;
use web::problem::Problem;

use super::body::VersionBody;
use crate::rules::error::RuleError;
use crate::rules::stored;
use crate::service::Service;

/// A version.
#[derive(Serialize, ToSchema)]
pub(crate) struct RuleSetBody {
    /// Who made it, and when.
    #[serde(flatten)]
    version: VersionBody,
    /// What differs from the version before.
    changes: Vec<Change>,
    /// The rules, as `PUT /api/v1/rule-drafts` takes them.
    rules: RuleSet,
}

/// Get a version of the rules
///
/// All of it, as it can be imported elsewhere, with what differs from the version before.
#[utoipa::path(
    get,
    path = "/api/v1/rule-sets/{version}",
    tag = "rules",
    params(("version" = i64, Path, description = "Its number")),
    responses(
        (status = 200, description = "The version.", body = RuleSetBody),
        (status = 404, description = "No such version.")
    )
)]
pub(crate) async fn get_rule_set(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathName(version): PathName,
) -> Result<impl IntoResponse, Problem> {
    let version = version.parse().map_err(|_| RuleError::NoSuchVersion)?;
    let (row, before) = service.version(principal.org, version).await?;
    let rules = stored(&row.rules)?;
    let before = before.map(|row| stored(&row.rules)).transpose()?;
    Ok(axum::Json(RuleSetBody {
        version: VersionBody::from(&row),
        changes: before.map_or_else(Vec::new, |before| diff(&before, &rules)),
        rules,
    }))
}
