//! `POST /api/v1/rule-drafts/publish`: the draft comes into force.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use super::body::VersionBody;
use crate::service::Service;

/// Which draft, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PublishDraft {
    /// The revision that you have seen.
    revision: i64,
    /// Why: one line.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "Step up from 3,000 on, as agreed"
    )]
    note: String,
}

/// Publish the draft of the rules
///
/// It is in force at once, as a new version. It takes somebody who has not changed it, and asks a
/// login for a fresh proof. Every rule has to say what follows where it has no answer.
#[utoipa::path(
    post,
    path = "/api/v1/rule-drafts/publish",
    tag = "rules",
    extensions(("x-idempotency" = json!("A draft is published once: a repetition is refused with 404."))),
    request_body = PublishDraft,
    responses(
        (status = 201, description = "The version that is in force now.", body = VersionBody),
        (status = 403, description = "`step_up_required`."),
        (status = 404, description = "There is no draft."),
        (status = 409, description = "`second_operator_needed`: you have changed it. `rules_changed`: it is another by now. `draft_outdated`: other rules came into force since it began. `nothing_changed`."),
        (status = 422, description = "`invalid_reason`, or `invalid_rules`: `errors` has the path, a code and what to do, for each fault.")
    )
)]
pub(crate) async fn publish_draft(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<PublishDraft>,
) -> Result<impl IntoResponse, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let who = (&principal, &client);
    let row = service.publish(who, value.revision, &value.note).await?;
    Ok((StatusCode::CREATED, axum::Json(VersionBody::from(&row))))
}
