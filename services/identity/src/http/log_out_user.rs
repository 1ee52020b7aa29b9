//! `POST /api/v1/auth/logout`: the end of a session.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use platform::client::Client;
use platform::extract::Json;
use platform::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::service::Service;

/// Which session ends.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogOutRequest {
    /// A refresh token of the session.
    #[schema(pattern = r"^[^\x00]*$")]
    refresh_token: String,
}

/// Log out
///
/// Ends the session of a refresh token; its access tokens stop at once. A token that nobody knows is no error.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "auth",
    request_body = LogOutRequest,
    responses((status = 204, description = "The session, if there was one, has ended."))
)]
pub(crate) async fn log_out_user(
    State(service): State<Arc<Service>>,
    client: Client,
    Json { value, .. }: Json<LogOutRequest>,
) -> Result<impl IntoResponse, Problem> {
    service.log_out(&value.refresh_token, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
