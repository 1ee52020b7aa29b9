//! `GET /api/v1/screening/matches/{id}`: one match.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::PathId;
use web::problem::Problem;

use super::body::MatchBody;
use crate::sanctions::MatchId;
use crate::service::Service;

/// Get a match of a customer with a sanctions list
#[utoipa::path(
    get,
    path = "/api/v1/screening/matches/{id}",
    tag = "screening",
    params(("id" = inline(MatchId), Path, description = "The match")),
    responses(
        (status = 200, description = "The match.", body = MatchBody),
        (status = 404, description = "No such match.")
    )
)]
pub(crate) async fn get_screening_match(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<MatchId>,
) -> Result<impl IntoResponse, Problem> {
    let row = service.sanctions_match(principal.org, id).await?;
    Ok(axum::Json(MatchBody::try_from(row)?))
}
