//! `GET /api/v1/conditions/{id}`: one condition.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::PathId;
use web::problem::Problem;

use super::body::ConditionBody;
use crate::conditions::ConditionId;
use crate::service::Service;

/// Get a condition
#[utoipa::path(
    get,
    path = "/api/v1/conditions/{id}",
    tag = "rules",
    params(("id" = inline(ConditionId), Path, description = "The condition")),
    responses(
        (status = 200, description = "The condition.", body = ConditionBody),
        (status = 404, description = "No such condition.")
    )
)]
pub(crate) async fn get_condition(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<ConditionId>,
) -> Result<impl IntoResponse, Problem> {
    let row = service.condition(principal.org, id).await?;
    Ok(axum::Json(ConditionBody::of(&row, service.clock.now())?))
}
