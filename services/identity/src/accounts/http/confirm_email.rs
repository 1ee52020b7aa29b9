//! `POST /api/v1/auth/verify-email`: what the button of a link's page does, or a program that has
//! the token.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::form::Submitted;
use web::problem::Problem;

use crate::accounts::error::AccountError;
use crate::accounts::http::follower::Following;
use crate::accounts::verification::Follower;
use crate::links::http::link_pages;
use crate::login::error::LoginError;
use crate::passwords::error::PasswordError;
use crate::service::Service;

/// What the link carries.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmEmailRequest {
    /// The token of the link, good once and for a day.
    #[schema(pattern = r"^[^\x00]*$")]
    token: String,
    /// The password of the account, where this is another device than the one on which the link was
    /// asked for.
    #[serde(default)]
    #[schema(pattern = r"^[^\x00]*$")]
    password: Option<String>,
}

/// Confirm an e-mail
///
/// Shows that anyone who registered reads the mail that goes there: the user is `email_verified`
/// from then on. Changes an e-mail, or opens an account that waits for its link, in the same way.
/// Because anybody may register with any e-mail, the link counts only from a device on which the
/// user has registered or logged in (a browser shows its cookie), with a session of theirs, or with
/// the password; otherwise it stays good and nothing is done.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify-email",
    tag = "auth",
    extensions(("x-idempotency" = json!("The link is good once: a repetition does nothing and is refused with `invalid_link`."))),
    request_body(content(
        (ConfirmEmailRequest = "application/json"),
        (ConfirmEmailRequest = "application/x-www-form-urlencoded")
    )),
    responses(
        (status = 200, description = "It is done; a page says so to anyone who sent a form.", body = String, content_type = "text/html"),
        (status = 204, description = "It is done."),
        (status = 403, description = "`unknown_device`: nothing shows that anyone who follows the link knows the account."),
        (
            status = 422,
            description = "`invalid_link`: unknown, used before, or too old. `wrong_password`: not that of the account. A page says so to anyone who sent a form.",
            content((Problem = "application/problem+json"), (String = "text/html")),
        ),
        (status = 429, description = "`login_locked`, `too_many_logins`: for the password; come again after `Retry-After`.")
    )
)]
pub(crate) async fn confirm_email(
    State(service): State<Arc<Service>>,
    following: Following,
    sent: Submitted<ConfirmEmailRequest>,
) -> Result<Response, Problem> {
    match sent {
        Submitted::Json(sent) => {
            follow(&service, &sent, &following).await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Submitted::Form(sent) => Ok(press(&service, &sent, &following).await),
    }
}

/// What the button does, and the page that says so. What the link was for, nobody can tell
/// afterwards.
async fn press(service: &Service, sent: &ConfirmEmailRequest, following: &Following) -> Response {
    let link = match service.look_at_link(&sent.token).await {
        Ok(link) => link,
        Err(error) => return link_pages::refused(&error.into()),
    };
    match follow(service, sent, following).await {
        Ok(()) => link_pages::done(link),
        Err(
            error @ (AccountError::UnknownDevice
            | AccountError::Password(PasswordError::Wrong | PasswordError::Busy)
            | AccountError::Login(LoginError::Locked { .. })),
        ) => link_pages::ask_again(link, &sent.token, &error.into()),
        Err(error) => link_pages::refused(&error.into()),
    }
}

async fn follow(
    service: &Service,
    sent: &ConfirmEmailRequest,
    following: &Following,
) -> Result<(), AccountError> {
    let password = sent.password.clone().map(SecretString::from);
    let follower = Follower {
        client: &following.client,
        principal: following.principal.as_ref(),
        password: password.as_ref(),
    };
    service.verify_email_by(&sent.token, &follower).await
}
