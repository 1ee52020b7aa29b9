//! `DELETE /api/v1/auth/sessions/{id}`: the end of one of the caller's sessions.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use contracts::identity::{Permission, Principal, SessionId};
use platform::client::Client;
use platform::extract::PathId;
use platform::problem::Problem;

use crate::service::Service;

/// End a session
///
/// Logs one of your devices out; its tokens or its cookie stop at once.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions/{id}",
    tag = "auth",
    security(("bearerAuth" = [])),
    params(("id" = inline(SessionId), Path, description = "The session")),
    responses(
        (status = 204, description = "The session has ended."),
        (
            status = 401,
            description = "No access token, or one that is not good, or not any more.",
            body = Problem,
            content_type = "application/problem+json"
        ),
        (
            status = 403,
            description = "Not with these permissions, or `csrf_refused`.",
            body = Problem,
            content_type = "application/problem+json"
        ),
        (
            status = 404,
            description = "No such session, or not yours, or it has ended.",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn end_session(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(session): PathId<SessionId>,
) -> Result<impl IntoResponse, Problem> {
    principal.require(Permission::Profile)?;
    service.end_session(&principal, session, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
