//! `POST /api/v1/auth/verify-email`: what the button of a link's page does, or a program that has the token.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use platform::client::Client;
use platform::form::Submitted;
use platform::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::http::link_pages;
use crate::service::{LinkFor, Service};

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
/// Shows that whoever registered reads the mail that goes there: the user is `email_verified` from then on. Changes an e-mail, or
/// opens an account that waits for its link, in the same way.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    request_body(content(
        (ConfirmEmailRequest = "application/json"),
        (ConfirmEmailRequest = "application/x-www-form-urlencoded")
    )),
    responses(
        (status = 200, description = "It is done; a page says so to whoever sent a form.", body = String, content_type = "text/html"),
        (status = 204, description = "It is done."),
        (
            status = 422,
            description = "`invalid_link`: unknown, used before, or too old. A page says so to whoever sent a form.",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn confirm_email(
    State(service): State<Arc<Service>>,
    client: Client,
    sent: Submitted<ConfirmEmailRequest>,
) -> Result<Response, Problem> {
    match sent {
        Submitted::Json(sent) => {
            service.verify_email(&sent.token, &client).await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Submitted::Form(sent) => Ok(match press(&service, &sent.token, &client).await {
            Ok(link) => link_pages::done(link),
            Err(error) => link_pages::refused(&Problem::from(error)),
        }),
    }
}

/// What the button does, and what it was for: nobody can tell afterwards.
async fn press(service: &Service, token: &str, client: &Client) -> Result<LinkFor, Error> {
    let link = service.look_at_link(token).await?;
    service.verify_email(token, client).await?;
    Ok(link)
}
