//! `POST /api/v1/auth/verify-email`: the same as the link in a mail, for a page that asks before it confirms.

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

/// What the link carries.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmEmailRequest {
    /// The token of the link, good once and for a day.
    #[schema(pattern = r"^[^\x00]*$")]
    token: String,
}

/// Confirm an e-mail
///
/// As `GET` does, which the links in mails lead to; without a token in an address that servers log.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    request_body = ConfirmEmailRequest,
    responses(
        (status = 204, description = "The e-mail is confirmed."),
        (
            status = 422,
            description = "`invalid_link`: unknown, used before, or too old.",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn confirm_email(
    State(service): State<Arc<Service>>,
    client: Client,
    Json { value, .. }: Json<ConfirmEmailRequest>,
) -> Result<impl IntoResponse, Problem> {
    service.verify_email(&value.token, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
