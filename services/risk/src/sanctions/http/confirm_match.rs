//! `POST /api/v1/screening/matches/{id}/confirm`: the customer is meant.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::response::IntoResponse;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::{DecideMatch, MatchBody};
use crate::sanctions::MatchId;
use crate::sanctions::matches::Verdict;
use crate::service::Service;

/// Say that a customer is on a sanctions list
///
/// From then on they neither send nor receive, whatever they call themselves, until another
/// operator clears it.
///
/// A match whose case is open is decided through that (`POST /cases/{id}/decide`). Asks a login
/// for a fresh proof.
#[utoipa::path(
    post,
    path = "/api/v1/screening/matches/{id}/confirm",
    tag = "screening",
    params(("id" = inline(MatchId), Path, description = "The match")),
    extensions(("x-idempotency" = json!("A match is decided once: a repetition is refused with `match_decided`."))),
    request_body = DecideMatch,
    responses(
        (status = 200, description = "The match.", body = MatchBody),
        (status = 403, description = "`own_match`: it is about you. `step_up_required`."),
        (status = 404, description = "No such match."),
        (status = 409, description = "`case_open`, `match_decided`, `match_ended` or `second_operator_needed`."),
        (status = 422, description = "`invalid_reason`.")
    )
)]
pub(crate) async fn confirm_screening_match(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<MatchId>,
    Json { value, .. }: Json<DecideMatch>,
) -> Result<impl IntoResponse, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let who = (&principal, &client);
    let row = service.decide_match(who, id, Verdict::Confirm, &value.reason);
    Ok(axum::Json(MatchBody::try_from(row.await?)?))
}
