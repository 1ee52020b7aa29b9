//! `DELETE /api/v1/users/me`: the end of an account.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::service::Service;

/// That it is really meant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloseAccountRequest {
    #[schema(pattern = r"^[^\x00]*$", example = "correct horse battery staple")]
    password: String,
}

/// Close the account
///
/// For ever, and only where all wallets are closed. What is personal is erased, all sessions and
/// API keys end, and the e-mail is free again. From the moment that the wallets are found closed no
/// new one can be opened. A closing that failed after that (5xx, or no answer) is finished within
/// minutes by PayFlow itself, unless the password is changed first, or at once by closing the
/// account again.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me",
    tag = "users",
    request_body = CloseAccountRequest,
    responses(
        (status = 204, description = "The account is closed."),
        (status = 409, description = "`wallets_open`: empty and close each wallet first."),
        (status = 422, description = "`wrong_password`: not the password of the account."),
        (status = 429, description = "`too_many_logins`: come again after `Retry-After`.")
    )
)]
pub(crate) async fn close_account(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<CloseAccountRequest>,
) -> Result<impl IntoResponse, Problem> {
    let password = SecretString::from(value.password);
    service
        .close_account(&principal, &password, &client)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
