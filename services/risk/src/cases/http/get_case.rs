//! `GET /api/v1/cases/{id}`: a case with all that belongs to it.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::PathId;
use web::problem::Problem;

use super::body::WholeCaseBody;
use crate::cases::CaseId;
use crate::service::Service;

/// Get a case
///
/// With its evidence side by side, what it has in common with others, its timeline and its files.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}",
    tag = "cases",
    params(("id" = inline(CaseId), Path, description = "The case")),
    responses(
        (status = 200, description = "The case.", body = WholeCaseBody),
        (status = 404, description = "No such case.")
    )
)]
pub(crate) async fn get_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<CaseId>,
) -> Result<impl IntoResponse, Problem> {
    let whole = service.whole_case(principal.org, id).await?;
    Ok(axum::Json(WholeCaseBody::of(&service, whole)?))
}
