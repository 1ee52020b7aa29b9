//! `POST /api/v1/auth/2fa/disable`: an authenticator app is taken out of use.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use contracts::identity::{Allowed, needs};
use platform::client::Client;
use platform::problem::Problem;

use crate::http::docs::AccessProblems;
use crate::service::Service;

/// Disable the authenticator app
///
/// A login asks for its codes no more. With the last second factor the recovery codes go, too. Needs a second factor shown in the
/// last five minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/disable",
    tag = "auth",
    security(("bearerAuth" = [])),
    extensions(("x-permission" = json!(["profile"]))),
    responses(
        AccessProblems,
        (status = 204, description = "The app is out of use."),
        (
            status = 409,
            description = "`totp_not_set_up`: there is no app.",
            body = Problem,
            content_type = "application/problem+json"
        ),
    )
)]
pub(crate) async fn disable_totp(
    State(service): State<Arc<Service>>,
    Allowed { principal, .. }: Allowed<needs::Profile>,
    client: Client,
) -> Result<impl IntoResponse, Problem> {
    service.require_fresh_session(&principal)?;
    service.disable_totp(&principal, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
