//! `GET /api/v1/users/{id}`: one user of the caller's organisation.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use web::extract::PathId;
use web::problem::Problem;

use crate::http::bodies::ManagedUserBody;
use crate::service::Service;

/// Get a user
///
/// With the role, and whether and why they are suspended.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
    tag = "users",
    params(("id" = inline(UserId), Path, description = "The user")),
    responses(
        (status = 200, description = "The user.", body = ManagedUserBody),
        (status = 404, description = "No such user.")
    )
)]
pub(crate) async fn get_user(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<UserId>,
) -> Result<impl IntoResponse, Problem> {
    let found = service.user(&principal, id).await?;
    Ok(axum::Json(ManagedUserBody::from(found)))
}
