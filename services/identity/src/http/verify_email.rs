//! `GET /api/v1/auth/verify-email`: what the link in a mail leads to.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use platform::extract::Query;
use platform::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::follower::Following;
use crate::service::{Follower, Service};

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
/// Shows that whoever registered reads the mail that goes there: the user is `email_verified` from then on. Because anybody may
/// register with any e-mail, the link counts only from a device on which the user has registered or logged in (a browser shows its
/// cookie), or with a session of theirs; otherwise it stays good and nothing is done.
#[utoipa::path(
    get,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    params(VerifyEmailQuery),
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
            description = "`invalid_link`: unknown, used before, or too old.",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn verify_email(
    State(service): State<Arc<Service>>,
    following: Following,
    Query(query): Query<VerifyEmailQuery>,
) -> Result<impl IntoResponse, Problem> {
    let follower = Follower {
        client: &following.client,
        principal: following.principal.as_ref(),
        password: None,
    };
    service.verify_email_by(&query.token, &follower).await?;
    Ok(StatusCode::NO_CONTENT)
}
