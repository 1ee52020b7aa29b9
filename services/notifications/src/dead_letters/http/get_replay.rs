//! `GET /api/v1/admin/dead-letters/replays/{id}`: how far a replay is.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use events::ReplayId;
use web::extract::PathId;
use web::problem::Problem;

use super::body::ReplayBody;
use super::problem;
use crate::service::Service;

/// Get a replay of dead letters
///
/// How many of its letters were handled, and how many failed again.
#[utoipa::path(
    get,
    path = "/api/v1/admin/dead-letters/replays/{id}",
    tag = "operations",
    params(("id" = inline(ReplayId), Path, description = "The replay")),
    responses(
        (status = 200, description = "The replay.", body = ReplayBody),
        (status = 404, description = "No such replay."),
    )
)]
pub(super) async fn get_replay(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<ReplayId>,
) -> Result<impl IntoResponse, Problem> {
    let found = service.letters.find_replay(principal.org, id).await;
    Ok(axum::Json(ReplayBody::from(found.map_err(problem)?)))
}
