//! `DELETE /api/v1/auth/sessions`: the end of the caller's other sessions, or of all.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use web::client::Client;
use web::extract::Query;
use web::problem::Problem;

use crate::service::Service;

/// Which sessions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EndSessions {
    /// Whether the session that asks ends, too.
    #[serde(default)]
    #[param(inline)]
    all: bool,
}

/// End sessions
///
/// Logs all your other devices out, and with `all=true` this one, too. Their tokens and cookies
/// stop at once.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions",
    tag = "auth",
    params(EndSessions),
    responses(
        (status = 204, description = "The sessions have ended.")
    )
)]
pub(crate) async fn end_sessions(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Query(query): Query<EndSessions>,
) -> Result<impl IntoResponse, Problem> {
    service.end_sessions(&principal, query.all, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
