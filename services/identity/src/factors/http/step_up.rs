//! `POST /api/v1/auth/step-up`: a fresh proof of who one is.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::factors::http::factors::{AssertionBody, RenewedBody, one_factor, renewed, shown};
use crate::factors::second_factor::StepUp;
use crate::service::Service;

/// One proof.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepUpRequest {
    /// A code of the app, or a recovery code.
    #[schema(pattern = r"^[^\x00]*$", example = "123456")]
    code: Option<String>,
    /// The browser's answer for a passkey.
    passkey: Option<AssertionBody>,
    /// The password.
    #[schema(pattern = r"^[^\x00]*$")]
    password: Option<String>,
}

/// Step up
///
/// Shows once more who is asking, for the dangerous acts of the next five minutes: by `code` (of
/// the app, or a recovery code), by `passkey`, or for users without a second factor by `password`.
/// The session's refresh token stays; its later access tokens say so, too. A browser gets another
/// cookie in the place of the one it sent.
#[utoipa::path(
    post,
    path = "/api/v1/auth/step-up",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds a token, which is not stored. A repetition shows the proof again."))),
    request_body = StepUpRequest,
    responses(
        (status = 200, description = "An access token that says so; or for a browser another cookie.", body = RenewedBody),
        (status = 422, description = "`invalid_code`; `one_factor`: send one of the three. `invalid_ceremony`: ask for the passkey again."),
        (status = 429, description = "`too_many_attempts`: come again after `Retry-After`, or use a passkey or a recovery code."),
    )
)]
pub(crate) async fn step_up(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<StepUpRequest>,
) -> Result<impl IntoResponse, Problem> {
    let session = principal.require_session()?;
    let shown = match value.password {
        Some(password) if value.code.is_none() && value.passkey.is_none() => {
            StepUp::Password(SecretString::from(password))
        }
        Some(_) => return Err(one_factor()),
        None => StepUp::SecondFactor(shown(value.code, value.passkey)?),
    };
    let done = service.step_up(&principal, session, shown, &client).await?;
    let (cookies, body) = renewed(&service, done)?;
    Ok((cookies, axum::Json(body)))
}
