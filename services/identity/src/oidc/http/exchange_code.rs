//! `POST /api/v1/auth/oauth/exchange`: a session for the code that a browser brought to an app.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::problem::Problem;

use crate::http::bodies::{SignInBody, signed_in};
use crate::login::http::device::Device;
use crate::login::second_step::SignIn;
use crate::service::Service;

/// What the browser brought, and what the app kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExchangeCodeRequest {
    /// From the fragment of the address; good once and for a minute.
    #[schema(pattern = r"^[^\x00]*$")]
    code: String,
    /// What `code_challenge` was made of.
    #[schema(pattern = r"^[^\x00]*$")]
    code_verifier: String,
}

/// Exchange a code
///
/// Begins the session of a sign-in with a provider; or, for a user with a second factor, answers as
/// a login does. Only the app that began the sign-in has the verifier, so that a code that was
/// slipped to another app, or stolen on its way, is of no use.
#[utoipa::path(
    post,
    path = "/api/v1/auth/oauth/exchange",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds the tokens of a session, which are not stored. A code is good once: begin the sign-in again."))),
    request_body = ExchangeCodeRequest,
    responses(
        (status = 200, description = "The user and the tokens of the new session; or the question for a second factor.", body = SignInBody),
        (status = 401, description = "`sign_in_refused`: the user may not log in."),
        (status = 422, description = "`sign_in_over`: the code is unknown, used or too old, or the verifier is another.")
    )
)]
pub(crate) async fn exchange_code(
    State(service): State<Arc<Service>>,
    device: Device,
    Json { value, .. }: Json<ExchangeCodeRequest>,
) -> Result<Response, Problem> {
    let led = service
        .exchange_code(&value.code, &value.code_verifier, &device.client)
        .await?;
    Ok(match &led {
        SignIn::Done(_) => device.remember(signed_in(&service, led)?),
        SignIn::Pending(_) => signed_in(&service, led)?,
    })
}
