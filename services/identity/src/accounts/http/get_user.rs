//! `GET /api/v1/users/{id}`: one user of the caller's organisation.

use std::sync::Arc;

use access::{Allowed, needs};
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use web::extract::PathId;
use web::problem::Problem;

use crate::http::bodies::ManagedUserBody;
use crate::http::docs::AccessProblems;
use crate::service::Service;

/// Get a user
///
/// With the role, and whether and why they are suspended.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
    tag = "users",
    security(("bearerAuth" = [])),
    extensions(("x-permission" = json!(["users:read_all"]))),
    params(("id" = inline(UserId), Path, description = "The user")),
    responses(
        AccessProblems,
        (status = 200, description = "The user.", body = ManagedUserBody),
        (
            status = 404,
            description = "No such user.",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn get_user(
    State(service): State<Arc<Service>>,
    Allowed { principal, .. }: Allowed<needs::UsersReadAll>,
    PathId(id): PathId<UserId>,
) -> Result<impl IntoResponse, Problem> {
    let found = service.user(&principal, id).await?;
    Ok(axum::Json(ManagedUserBody::from(found)))
}
