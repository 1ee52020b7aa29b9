//! `POST /api/v1/auth/reset-password`: a new password, by a mailed link.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use platform::extract::Json;
use platform::problem::Problem;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::device::Device;
use crate::service::Service;

/// The link, and what the password will be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordRequest {
    /// What is after `#token=` in the link, good once and for an hour.
    #[schema(pattern = r"^[^\x00]*$")]
    token: String,
    /// As in a registration.
    #[schema(
        min_length = 12,
        max_length = 128,
        pattern = r"^[^\x00]*$",
        example = "purple velocipede uphill"
    )]
    new_password: String,
}

/// Choose a new password
///
/// By the newest link that was mailed. All sessions of the user end; a second factor stays what it is.
#[utoipa::path(
    post,
    path = "/api/v1/auth/reset-password",
    tag = "auth",
    request_body = ResetPasswordRequest,
    responses(
        (status = 204, description = "The password is the new one. Log in with it."),
        (
            status = 422,
            description = "`invalid_link`: unknown, used before, or too old. `password_too_short`, `password_too_long`, `password_too_common`, `password_too_weak` (with what helps), `password_is_email`: the link is still good.",
            body = Problem,
            content_type = "application/problem+json"
        ),
        (
            status = 429,
            description = "`too_many_logins`: come again after `Retry-After`.",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn reset_password(
    State(service): State<Arc<Service>>,
    device: Device,
    Json { value, .. }: Json<ResetPasswordRequest>,
) -> Result<impl IntoResponse, Problem> {
    let new = SecretString::from(value.new_password);
    service
        .reset_password(&value.token, &new, &device.client)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
