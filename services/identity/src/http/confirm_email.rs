//! `POST /api/v1/auth/verify-email`: the same as the link in a mail, for a page that asks before it confirms.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use platform::extract::Json;
use platform::problem::Problem;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::follower::Following;
use crate::service::{Follower, Service};

/// What the link carries.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmEmailRequest {
    /// The token of the link, good once and for a day.
    #[schema(pattern = r"^[^\x00]*$")]
    token: String,
    /// The password of the account, where this is another device than the one on which the link was asked for.
    #[serde(default)]
    #[schema(pattern = r"^[^\x00]*$")]
    password: Option<String>,
}

/// Confirm an e-mail
///
/// As `GET` does, which the links in mails lead to; without a token in an address that servers log, and from any device
/// with the password.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    request_body = ConfirmEmailRequest,
    responses(
        (status = 204, description = "The e-mail is confirmed."),
        (
            status = 403,
            description = "`unknown_device`: nothing shows that whoever follows the link knows the account.",
            body = Problem,
            content_type = "application/problem+json"
        ),
        (
            status = 422,
            description = "`invalid_link`: unknown, used before, or too old. `wrong_password`: not that of the account.",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn confirm_email(
    State(service): State<Arc<Service>>,
    following: Following,
    Json { value, .. }: Json<ConfirmEmailRequest>,
) -> Result<impl IntoResponse, Problem> {
    let password = value.password.map(SecretString::from);
    let follower = Follower {
        client: &following.client,
        principal: following.principal.as_ref(),
        password: password.as_ref(),
    };
    service.verify_email_by(&value.token, &follower).await?;
    Ok(StatusCode::NO_CONTENT)
}
