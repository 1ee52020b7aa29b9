//! `POST /api/v1/auth/login`: a new session of a user who knows their password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::problem::Problem;

use crate::http::bodies::{SessionKind, SignInBody, signed_in};
use crate::login::http::device::Device;
use crate::login::second_step::SignIn;
use crate::service::Service;
use crate::sessions::session::Carrier;

/// Who wants to log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogInRequest {
    /// In upper or lower case.
    #[schema(pattern = r"^[^\x00]*$", example = "ann@example.com")]
    email: String,
    #[schema(pattern = r"^[^\x00]*$", example = "correct horse battery staple")]
    password: String,
    #[serde(default)]
    session: SessionKind,
    /// The slug of the organisation; the default one where nothing is said.
    #[serde(default)]
    #[schema(pattern = r"^[^\x00]*$", example = "default")]
    organisation: Option<String>,
}

/// Log in
///
/// Begins a session; or, for a user with a second factor, answers `mfa_required` and what to go on
/// with at `/api/v1/auth/mfa`. An unknown organisation or e-mail, a wrong password and a suspended
/// user get the same answer.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds the tokens of a session, which are not stored. A repetition begins another session."))),
    request_body = LogInRequest,
    responses(
        (status = 200, description = "The user, and the tokens of the new session or its cookie; or the question for a second factor.", body = SignInBody),
        (status = 401, description = "`invalid_credentials`: e-mail and password do not belong together."),
        (status = 403, description = "`csrf_refused`: a page of another site asks for a cookie."),
        (status = 422, description = "`password_reset_needed`: a password that was brought from another system, which saw only its first 72 bytes; choose a new one."),
        (status = 429, description = "`login_locked` after too many failed logins, `too_many_logins`: come again after `Retry-After`.")
    )
)]
pub(crate) async fn log_in_user(
    State(service): State<Arc<Service>>,
    device: Device,
    headers: HeaderMap,
    Json { value, .. }: Json<LogInRequest>,
) -> Result<Response, Problem> {
    let carrier = Carrier::from(value.session);
    if carrier == Carrier::Cookie {
        service.require_own_page(&headers)?;
    }
    let password = SecretString::from(value.password);
    let client = &device.client;
    let organisation = value.organisation.as_deref();
    let led = service
        .log_in(organisation, &value.email, &password, carrier, client)
        .await?;
    let done = matches!(led, SignIn::Done(_));
    if carrier == Carrier::Cookie && done {
        service.end_former_session(&headers, client).await?;
    }
    let answer = signed_in(&service, led)?;
    // The device of a sign-in that waits is known when it is complete.
    Ok(if done {
        device.remember(answer)
    } else {
        answer
    })
}
