//! `POST /api/v1/auth/mfa`: the second factor of a sign-in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::problem::Problem;

use crate::factors::http::factors::{AssertionBody, shown};
use crate::http::bodies::{LogInAnswer, logged_in};
use crate::login::http::device::Device;
use crate::service::Service;
use crate::sessions::Credentials;

/// What a sign-in goes on with: the token, and one factor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CompleteSignInRequest {
    /// What the login answered.
    #[schema(pattern = r"^[^\x00]*$")]
    mfa_token: String,
    /// A code of the app, or a recovery code.
    #[schema(pattern = r"^[^\x00]*$", example = "123456")]
    code: Option<String>,
    /// The browser's answer for a passkey.
    passkey: Option<AssertionBody>,
}

/// Complete a sign-in
///
/// Ends a sign-in that answered `mfa_required`, by `code` (of the authenticator app, or a recovery
/// code) or by `passkey`. After five wrong ones, or five minutes, it has to begin anew; after some
/// wrong codes of an account the next one has to wait, ever longer.
#[utoipa::path(
    post,
    path = "/api/v1/auth/mfa",
    operation_id = "complete_sign_in",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds the tokens of a session, which are not stored. A sign-in is completed once: begin it again."))),
    request_body = CompleteSignInRequest,
    responses(
        (status = 200, description = "The user, and the tokens of the new session or its cookie, as the login asked.", body = LogInAnswer),
        (status = 401, description = "`invalid_code`; `invalid_mfa_token`: log in again."),
        (status = 403, description = "`csrf_refused`: a page of another site asks for a cookie."),
        (status = 422, description = "`one_factor`: send a code or a passkey. `invalid_ceremony`: ask for the passkey again."),
        (status = 429, description = "`too_many_attempts`: come again after `Retry-After`, or use a passkey or a recovery code."),
    )
)]
pub(crate) async fn verify_mfa(
    State(service): State<Arc<Service>>,
    device: Device,
    headers: HeaderMap,
    Json { value, .. }: Json<CompleteSignInRequest>,
) -> Result<Response, Problem> {
    let shown = shown(value.code, value.passkey)?;
    let client = &device.client;
    let is_own_page = service.cookies.is_own_page(&headers);
    let done = service
        .verify_mfa(&value.mfa_token, &shown, is_own_page, client)
        .await?;
    if matches!(done.credentials, Credentials::Cookie(_)) {
        service.end_former_session(&headers, client).await?;
    }
    let answer = logged_in(StatusCode::OK, &service, done)?;
    Ok(device.remember(answer))
}
