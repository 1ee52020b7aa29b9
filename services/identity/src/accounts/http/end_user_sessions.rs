//! `POST /api/v1/users/{id}/sessions/end`: a user must log in again, everywhere.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::identity::{SessionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use crate::service::Service;
use idempotency::{IdempotentRequest, StoredAnswer};

/// Which of them.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndUserSessions {
    /// This one only; all where nothing is said.
    #[serde(default)]
    #[schema(inline)]
    session_id: Option<SessionId>,
}

/// What was ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndedSessions {
    /// How many sessions.
    ended: usize,
}

/// End a user's sessions
///
/// All of them, or one: their access tokens stop within a second, everywhere. API keys stay.
#[utoipa::path(
    post,
    path = "/api/v1/users/{id}/sessions/end",
    tag = "users",
    request_body(content = Option<EndUserSessions>, content_type = "application/json"),
    params(IdempotencyKeyHeader, ("id" = inline(UserId), Path, description = "The user")),
    responses(
        (status = 200, description = "How many there were.", body = EndedSessions),
        (status = 404, description = "No such user, or no such session of theirs that goes on.")
    )
)]
pub(crate) async fn end_user_sessions(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<UserId>,
    client: Client,
    key: RequestKey,
    OptionalJson(Json { value, raw }): OptionalJson<Option<EndUserSessions>>,
) -> Result<Response, Problem> {
    let only = value.unwrap_or_default().session_id;
    let once = IdempotentRequest::new(key, &principal, &raw, |ended: &usize| {
        StoredAnswer::json(StatusCode::OK, &EndedSessions { ended: *ended })
    });
    let work = service.end_user_sessions(&principal, (id, only), &client, &once);
    service.answer_once(&once, work).await
}
