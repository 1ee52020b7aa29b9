//! `POST /api/v1/auth/reset-password`: a new password, by a mailed link.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::form::Submitted;
use web::problem::Problem;

use crate::accounts::verification::LinkFor;
use crate::http::docs::new_password_schema;
use crate::links::http::link_pages;
use crate::login::http::device::Device;
use crate::passwords::error::PasswordError;
use crate::service::Service;

/// The link, and what the password will be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordRequest {
    /// What is after `token=` in the link, good once and for an hour.
    #[schema(pattern = r"^[^\x00]*$")]
    token: String,
    #[schema(schema_with = new_password_schema)]
    new_password: String,
}

/// The same from the page, where the password is typed twice.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetPasswordForm {
    /// What is after `token=` in the link, good once and for an hour.
    #[schema(pattern = r"^[^\x00]*$")]
    token: String,
    #[schema(schema_with = new_password_schema)]
    new_password: String,
    /// The same again.
    #[schema(pattern = r"^[^\x00]*$")]
    repeated: String,
}

/// Choose a new password
///
/// By a link that was mailed: it ends the others. All sessions of the user end; a second factor
/// stays what it is.
#[utoipa::path(
    post,
    path = "/api/v1/auth/reset-password",
    tag = "auth",
    extensions(("x-idempotency" = json!("The link is good once: a repetition does nothing and is refused with `invalid_link`."))),
    request_body(content(
        (ResetPasswordRequest = "application/json"),
        (ResetPasswordForm = "application/x-www-form-urlencoded")
    )),
    responses(
        (status = 200, description = "The same; a page says so to anyone who sent a form.", body = String, content_type = "text/html"),
        (status = 204, description = "The password is the new one. Log in with it."),
        (
            status = 422,
            description = "`invalid_link`: unknown, used before, or too old. Or what is wrong with `new_password`: the link is still good. A page says so to anyone who sent a form.",
            content((Problem = "application/problem+json"), (String = "text/html")),
        ),
        (status = 429, description = "`too_many_logins`: come again after `Retry-After`.")
    )
)]
pub(crate) async fn reset_password(
    State(service): State<Arc<Service>>,
    device: Device,
    sent: Submitted<ResetPasswordRequest, ResetPasswordForm>,
) -> Result<Response, Problem> {
    let client = &device.client;
    match sent {
        Submitted::Json(sent) => {
            let new = SecretString::from(sent.new_password);
            service.reset_password(&sent.token, &new, client).await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Submitted::Form(sent) => Ok(from_page(&service, sent, client).await),
    }
}

async fn from_page(service: &Service, sent: ResetPasswordForm, client: &Client) -> Response {
    if sent.new_password != sent.repeated {
        let detail = "The two passwords differ. Type the same one twice.";
        let problem = Problem::refused("passwords_differ", detail);
        return link_pages::ask_again(LinkFor::ResetPassword, &sent.token, &problem);
    }
    let new = SecretString::from(sent.new_password);
    match service.reset_password(&sent.token, &new, client).await {
        Ok(()) => link_pages::done(LinkFor::ResetPassword),
        Err(error @ (PasswordError::NewPassword(_) | PasswordError::Busy)) => {
            link_pages::ask_again(LinkFor::ResetPassword, &sent.token, &error.into())
        }
        Err(error) => link_pages::refused(&error.into()),
    }
}
