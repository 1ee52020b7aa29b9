//! `POST /api/v1/auth/register`: a new user, logged in at once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::problem::Problem;

use crate::accounts::{Registered, Registration};
use crate::http::bodies::{LogInAnswer, MailSentBody, SessionKind, logged_in};
use crate::http::docs::new_password_schema;
use crate::login::http::device::Device;
use crate::service::Service;
use crate::sessions::session::Carrier;

/// Who wants to register.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegisterRequest {
    /// Compared without case; one user has it.
    #[schema(
        max_length = 254,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f@]+@[^\s\x00-\x1f\x7f-\x9f@.]+(\.[^\s\x00-\x1f\x7f-\x9f@.]+)+$",
        example = "ann@example.com"
    )]
    email: String,
    #[schema(schema_with = new_password_schema)]
    password: String,
    /// Not only spaces.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "Ann Example"
    )]
    name: String,
    #[serde(default)]
    session: SessionKind,
}

/// Register
///
/// Makes a user with the role `user`, logs them in, and mails them a link to confirm the e-mail
/// with. Where the installation confirms e-mails first, the account begins when the link was
/// followed, and the answer is 202 for every e-mail.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds the tokens of a session, which are not stored. An e-mail is registered once: log in instead."))),
    request_body = RegisterRequest,
    responses(
        (status = 201, description = "The user, and the tokens of their first session or its cookie.", body = LogInAnswer),
        (status = 403, description = "`csrf_refused`: a page of another site asks for a cookie."),
        (status = 202, description = "A mail says how to go on, whether or not the e-mail has an account.", body = MailSentBody),
        (status = 409, description = "`email_taken`: there is a user with this e-mail already."),
        (status = 422, description = "`invalid_email`, `email_looks_alike`, `invalid_name`, or what is wrong with `password`."),
        (status = 429, description = "`too_many_logins`: come again after `Retry-After`.")
    )
)]
pub(crate) async fn register_user(
    State(service): State<Arc<Service>>,
    device: Device,
    headers: HeaderMap,
    Json { value, .. }: Json<RegisterRequest>,
) -> Result<Response, Problem> {
    let carrier = Carrier::from(value.session);
    if carrier == Carrier::Cookie {
        service.require_own_page(&headers)?;
    }
    let registration = Registration {
        email: value.email,
        name: value.name,
        password: SecretString::from(value.password),
    };
    let client = &device.client;
    let done = match service.register(registration, carrier, client).await? {
        Registered::LoggedIn(done) => done,
        Registered::MailSent => {
            let status = "check_your_email";
            let body = axum::Json(MailSentBody { status });
            return Ok(device.remember((StatusCode::ACCEPTED, body)));
        }
    };
    if carrier == Carrier::Cookie {
        service.end_former_session(&headers, client).await?;
    }
    let answer = logged_in(StatusCode::CREATED, &service, done)?;
    Ok(device.remember(answer))
}
