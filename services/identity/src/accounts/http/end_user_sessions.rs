//! `POST /api/v1/users/{id}/sessions/end`: a user must log in again, everywhere.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::identity::UserId;
use serde::Serialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::PathId;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use crate::service::Service;
use idempotency::{IdempotentRequest, StoredAnswer};

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
    params(IdempotencyKeyHeader, ("id" = inline(UserId), Path, description = "The user")),
    responses(
        (status = 200, description = "How many there were.", body = EndedSessions),
        (status = 404, description = "No such user.")
    )
)]
pub(crate) async fn end_user_sessions(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<UserId>,
    client: Client,
    key: RequestKey,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, b"", |ended: &usize| {
        StoredAnswer::json(StatusCode::OK, &EndedSessions { ended: *ended })
    });
    let work = service.end_user_sessions(&principal, id, &client, &once);
    service.answer_once(&once, work).await
}
