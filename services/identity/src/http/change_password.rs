//! `POST /api/v1/auth/change-password`: a new password, by the current one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use contracts::identity::{Allowed, needs};
use platform::client::Client;
use platform::extract::Json;
use platform::problem::Problem;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::docs::{AccessProblems, new_password_schema};
use crate::service::Service;

/// The password that is, and the one that will be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangePasswordRequest {
    #[schema(pattern = r"^[^\x00]*$", example = "correct horse battery staple")]
    current_password: String,
    #[schema(schema_with = new_password_schema)]
    new_password: String,
}

/// Change the password
///
/// All other sessions of the user end, and a mail tells them.
#[utoipa::path(
    post,
    path = "/api/v1/auth/change-password",
    tag = "auth",
    security(("bearerAuth" = [])),
    extensions(("x-permission" = json!(["profile"]))),
    request_body = ChangePasswordRequest,
    responses(
        AccessProblems,
        (status = 204, description = "The password is the new one."),
        (
            status = 422,
            description = "`wrong_password`: not the current one. Or what is wrong with `new_password`.",
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
pub(crate) async fn change_password(
    State(service): State<Arc<Service>>,
    Allowed { principal, .. }: Allowed<needs::Profile>,
    client: Client,
    Json { value, .. }: Json<ChangePasswordRequest>,
) -> Result<impl IntoResponse, Problem> {
    let current = SecretString::from(value.current_password);
    let new = SecretString::from(value.new_password);
    service
        .change_password(&principal, &current, &new, &client)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
