//! `POST /api/v1/auth/passkeys/login`: a new session of a user who has a passkey.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::problem::Problem;
use webauthn_rs::prelude::PublicKeyCredential;

use crate::factors::second_factor::Assertion;
use crate::http::bodies::{LogInAnswer, SessionKind, logged_in};
use crate::login::http::device::Device;
use crate::service::Service;
use crate::sessions::session::Carrier;

/// A browser's answer to the question for a passkey, and what it wants to show its session by.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogInWithPasskeyRequest {
    /// What the question came with.
    #[schema(pattern = r"^[^\x00]*$")]
    ceremony: String,
    /// What `navigator.credentials.get` answered, as its `toJSON` writes it.
    #[schema(value_type = Object)]
    credential: PublicKeyCredential,
    #[serde(default)]
    session: SessionKind,
}

/// Log in with a passkey
///
/// Begins a session without a password. The passkey has verified its user, so that this counts as
/// two factors.
#[utoipa::path(
    post,
    path = "/api/v1/auth/passkeys/login",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds the tokens of a session, which are not stored. A ceremony is good once: ask for the passkey again."))),
    request_body = LogInWithPasskeyRequest,
    responses(
        (status = 200, description = "The user, and the tokens of the new session or its cookie.", body = LogInAnswer),
        (status = 401, description = "`invalid_code`: nobody has this passkey, or the answer is not good."),
        (status = 403, description = "`csrf_refused`: a page of another site asks for a cookie."),
        (status = 422, description = "`invalid_ceremony`: ask again."),
    )
)]
pub(crate) async fn log_in_with_passkey(
    State(service): State<Arc<Service>>,
    device: Device,
    headers: HeaderMap,
    Json { value, .. }: Json<LogInWithPasskeyRequest>,
) -> Result<Response, Problem> {
    let carrier = Carrier::from(value.session);
    if carrier == Carrier::Cookie {
        service.require_own_page(&headers)?;
    }
    let assertion = Assertion {
        ceremony: value.ceremony,
        credential: value.credential,
    };
    let client = &device.client;
    let done = service.log_in_with_passkey(&assertion, carrier, client);
    let done = done.await?;
    if carrier == Carrier::Cookie {
        service.end_former_session(&headers, client).await?;
    }
    let answer = logged_in(StatusCode::OK, &service, done)?;
    Ok(device.remember(answer))
}
