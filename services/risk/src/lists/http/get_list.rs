//! `GET /api/v1/lists/{id}`: one list.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::PathId;
use web::problem::Problem;

use super::body::ListBody;
use crate::lists::ListId;
use crate::service::Service;

/// Get a list
#[utoipa::path(
    get,
    path = "/api/v1/lists/{id}",
    tag = "rules",
    params(("id" = inline(ListId), Path, description = "The list")),
    responses(
        (status = 200, description = "The list.", body = ListBody),
        (status = 404, description = "No such list.")
    )
)]
pub(crate) async fn get_list(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<ListId>,
) -> Result<impl IntoResponse, Problem> {
    let row = service.list(principal.org, id).await?;
    Ok(axum::Json(ListBody::try_from(row)?))
}
