//! `POST /api/v1/rule-sets/{version}/restore`: earlier rules are in force again.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathName};
use web::problem::Problem;

use super::body::VersionBody;
use crate::rules::error::RuleError;
use crate::service::Service;

/// Instead of what, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RestoreRules {
    /// The version that is in force now.
    in_force: i64,
    /// Why: one line.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "Version 3 declined everybody"
    )]
    note: String,
}

/// Put an earlier version of the rules back in force
///
/// At once, as a new version: two people had agreed on it before. A draft stays, and is outdated.
/// It asks a login for a fresh proof.
#[utoipa::path(
    post,
    path = "/api/v1/rule-sets/{version}/restore",
    tag = "rules",
    params(("version" = i64, Path, description = "Its number")),
    extensions(("x-idempotency" = json!("It names the version in force: a repetition is refused with `rules_changed`."))),
    request_body = RestoreRules,
    responses(
        (status = 201, description = "The version that is in force now.", body = VersionBody),
        (status = 403, description = "`step_up_required`."),
        (status = 404, description = "No such version."),
        (status = 409, description = "`rules_changed`: another version is in force. `nothing_changed`: its rules are."),
        (status = 422, description = "`invalid_reason`, or `invalid_rules`: it asks about a list that is no more.")
    )
)]
pub(crate) async fn roll_back_rules(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(version): PathName,
    Json { value, .. }: Json<RestoreRules>,
) -> Result<impl IntoResponse, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let version = version.parse().map_err(|_| RuleError::NoSuchVersion)?;
    let who = (&principal, &client);
    let from_to = (version, value.in_force);
    let row = service.roll_back(who, from_to, &value.note).await?;
    Ok((StatusCode::CREATED, axum::Json(VersionBody::from(&row))))
}
