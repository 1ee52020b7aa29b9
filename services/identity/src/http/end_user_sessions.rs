//! `POST /api/v1/users/{id}/sessions/end`: a user must log in again, everywhere.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::{Allowed, UserId, needs};
use platform::client::Client;
use platform::extract::PathId;
use platform::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::docs::AccessProblems;
use crate::service::Service;

/// What was ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndedSessions {
    /// How many sessions.
    ended: usize,
}

/// End a user's sessions
///
/// All of them: their access tokens stop within a second, everywhere. API keys stay.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/sessions/end",
    tag = "users",
    security(("bearerAuth" = [])),
    extensions(("x-permission" = json!(["users:manage"]))),
    params(("id" = inline(UserId), Path, description = "The user")),
    responses(
        AccessProblems,
        (status = 200, description = "How many there were.", body = EndedSessions),
        (
            status = 404,
            description = "No such user.",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn end_user_sessions(
    State(service): State<Arc<Service>>,
    Allowed { principal, .. }: Allowed<needs::UsersManage>,
    PathId(id): PathId<UserId>,
    client: Client,
) -> Result<impl IntoResponse, Problem> {
    let ended = service.end_user_sessions(&principal, id, &client).await?;
    Ok(axum::Json(EndedSessions { ended }))
}
