//! `POST /api/v1/auth/2fa/enable`: an authenticator app is taken into use.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use crate::factors::http::factors::{RenewedBody, renewed};
use crate::service::Service;

/// A code of the new app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnableTotpRequest {
    /// Six digits.
    #[schema(pattern = r"^[^\x00]*$", example = "123456")]
    code: String,
}

/// What a new factor brings.
#[derive(Serialize, ToSchema)]
#[schema(as = Enrolled)]
pub(crate) struct EnrolledBody {
    /// To be written down: they are shown this once.
    recovery_codes: Vec<String>,
    #[serde(flatten)]
    renewed: RenewedBody,
}

/// Enable an authenticator app
///
/// Shows by a code that the app has the secret. From then on a login asks for a code. Answers ten
/// recovery codes, each good once in the place of a code; they are shown this one time. Those made
/// before are good no more.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/enable",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds recovery codes and a token, which are not stored. An app is enabled once: a repetition is refused with `totp_in_use`, and `/api/v1/auth/2fa/recovery-codes` makes other codes."))),
    request_body = EnableTotpRequest,
    responses(
        (status = 200, description = "The recovery codes, and an access token that knows of the factor, or for a browser another cookie.", body = EnrolledBody),
        (status = 409, description = "`totp_not_set_up` or `totp_in_use`."),
        (status = 422, description = "`invalid_code`: send the next one."),
        (status = 429, description = "`too_many_attempts`: come again after `Retry-After`, or use a passkey or a recovery code."),
    )
)]
pub(crate) async fn enable_totp(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<EnableTotpRequest>,
) -> Result<impl IntoResponse, Problem> {
    let session = principal.require_session()?;
    let code = SecretString::from(value.code);
    let done = service
        .enable_totp(&principal, session, &code, &client)
        .await?;
    let (cookies, renewed) = renewed(&service, done.renewed)?;
    let body = EnrolledBody {
        recovery_codes: done.recovery_codes,
        renewed,
    };
    Ok((cookies, axum::Json(body)))
}
