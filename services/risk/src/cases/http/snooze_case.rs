//! `POST /api/v1/cases/{id}/snooze`: a case is looked at later.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::CaseBody;
use crate::cases::CaseId;
use crate::service::Service;

/// Until when, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnoozeCase {
    /// Until then, at most 90 days; `null`: it wakes now.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Why.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "The customer sends a document on Monday"
    )]
    reason: String,
}

/// Let a case sleep
///
/// `next` leaves it out until then. It is due when it was due, and hits join it. Where nobody has
/// it, it is yours.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/snooze",
    tag = "cases",
    params(("id" = inline(CaseId), Path, description = "The case")),
    extensions(("x-idempotency" = json!("A case sleeps until one time: a repetition says the same."))),
    request_body = SnoozeCase,
    responses(
        (status = 200, description = "The case.", body = CaseBody),
        (status = 403, description = "`own_case`: you take part in it."),
        (status = 404, description = "No such case."),
        (status = 409, description = "`case_closed` or `case_changed`."),
        (status = 422, description = "`invalid_until` or `invalid_text`.")
    )
)]
pub(crate) async fn snooze_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<CaseId>,
    Json { value, .. }: Json<SnoozeCase>,
) -> Result<impl IntoResponse, Problem> {
    let who = (&principal, &client);
    let sleep = (value.until, value.reason.as_str());
    let case = service.snooze_case(who, id, sleep).await?;
    Ok(axum::Json(CaseBody::of(&service, &case)))
}
