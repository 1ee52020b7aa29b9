//! `GET /api/v1/auth/verify-email`: what the link in a mail leads to.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use platform::client::Client;
use platform::extract::Query;
use platform::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::service::Service;

/// What the link carries.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyEmailQuery {
    /// The token of the link, good once and for a day.
    #[param(pattern = r"^[^\x00]*$")]
    token: String,
}

/// Confirm an e-mail
///
/// Shows that whoever registered reads the mail that goes there: the user is `email_verified` from then on.
#[utoipa::path(
    get,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    params(VerifyEmailQuery),
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
pub(crate) async fn verify_email(
    State(service): State<Arc<Service>>,
    client: Client,
    Query(query): Query<VerifyEmailQuery>,
) -> Result<impl IntoResponse, Problem> {
    service.verify_email(&query.token, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
