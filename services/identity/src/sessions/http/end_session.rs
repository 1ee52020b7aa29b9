//! `DELETE /api/v1/auth/sessions/{id}`: the end of one of the caller's sessions.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use contracts::identity::SessionId;
use web::client::Client;
use web::extract::PathId;
use web::problem::Problem;

use crate::service::Service;

/// End a session
///
/// Logs one of your devices out; its tokens or its cookie stop at once.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions/{id}",
    tag = "auth",
    params(("id" = inline(SessionId), Path, description = "The session")),
    responses(
        (status = 204, description = "The session has ended."),
        (status = 404, description = "No such session, or not yours, or it has ended.")
    )
)]
pub(crate) async fn end_session(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(session): PathId<SessionId>,
) -> Result<impl IntoResponse, Problem> {
    service.end_session(&principal, session, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
