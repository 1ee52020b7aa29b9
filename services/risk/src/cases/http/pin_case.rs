//! `POST /api/v1/cases/{id}/pin`: the priority of a case is set by hand.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::CaseBody;
use crate::cases::CaseId;
use crate::service::Service;

/// Which priority, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinCase {
    /// The priority, which stays; `null`: it follows from the case again.
    #[schema(minimum = 0, maximum = 100)]
    priority: Option<i64>,
    /// Why.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "The regulator asks about it"
    )]
    reason: String,
}

/// Pin the priority of a case
///
/// It does not rise any more, neither with time nor with hits.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/pin",
    tag = "cases",
    params(("id" = inline(CaseId), Path, description = "The case")),
    extensions(("x-idempotency" = json!("A case has one priority: a repetition says the same."))),
    request_body = PinCase,
    responses(
        (status = 200, description = "The case.", body = CaseBody),
        (status = 403, description = "`own_case`: you take part in it."),
        (status = 404, description = "No such case."),
        (status = 409, description = "`case_closed` or `case_changed`."),
        (status = 422, description = "`invalid_priority` or `invalid_text`.")
    )
)]
pub(crate) async fn pin_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<CaseId>,
    Json { value, .. }: Json<PinCase>,
) -> Result<impl IntoResponse, Problem> {
    let who = (&principal, &client);
    let pin = (value.priority, value.reason.as_str());
    let case = service.pin_case(who, id, pin).await?;
    Ok(axum::Json(CaseBody::of(&service, &case)))
}
