//! `POST /api/v1/auth/logout`: the end of a session.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use contracts::identity::Credential;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::OptionalJson;
use web::problem::Problem;

use crate::service::Service;

/// Which session ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogOutRequest {
    /// A refresh token of the session. Without one the session ends that asks: that of the cookie
    /// or of the access token.
    #[serde(default)]
    #[schema(pattern = r"^[^\x00]*$")]
    refresh_token: Option<String>,
}

/// Log out
///
/// Ends the session of a refresh token, or without one the session that asks; its access tokens and
/// its cookie stop at once. A refresh token that nobody knows is no error.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "auth",
    extensions(("x-idempotency" = json!("A session ends once: a repetition with the refresh token is answered alike and does nothing."))),
    request_body = Option<LogOutRequest>,
    responses(
        (status = 204, description = "The session, if there was one, has ended. Cookies are removed."),
        (status = 401, description = "No refresh token, and no session that asks."),
        (status = 403, description = "`csrf_refused`: the cookie came without proof that the request is PayFlow's own.")
    )
)]
pub(crate) async fn log_out_user(
    State(service): State<Arc<Service>>,
    client: Client,
    principal: Result<Principal, Problem>,
    OptionalJson(body): OptionalJson<LogOutRequest>,
) -> Result<Response, Problem> {
    if let Some(refresh_token) = body.value.refresh_token {
        service.log_out(&refresh_token, &client).await?;
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let principal = principal?;
    let Credential::Session(session) = principal.credential else {
        return Err(Problem::unauthenticated());
    };
    service.end_session(&principal, session, &client).await?;
    let removed = service.no_cookies()?.map(|one| (SET_COOKIE, one));
    Ok((StatusCode::NO_CONTENT, AppendHeaders(removed)).into_response())
}
