//! `POST /api/v1/auth/passkeys/challenge`: the question that a passkey answers.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use web::problem::Problem;

use crate::factors::http::factors::PasskeyChallengeBody;
use crate::service::Service;

/// Ask for a passkey
///
/// The first half of every use of a passkey: give `public_key` to
/// `PublicKeyCredential.parseRequestOptionsFromJSON` and the result to `navigator.credentials.get`;
/// send what that answers, with `ceremony`, within five minutes: to `/api/v1/auth/passkeys/login`,
/// `/api/v1/auth/mfa` or `/api/v1/auth/step-up`.
#[utoipa::path(
    post,
    path = "/api/v1/auth/passkeys/challenge",
    tag = "auth",
    extensions(("x-idempotency" = json!("A repetition asks anew: nothing but a question is made, and it expires."))),
    responses(
        (status = 200, description = "The question.", body = PasskeyChallengeBody),
        (status = 422, description = "`passkeys_unavailable`: the installation has no name for passkeys."),
    )
)]
pub(crate) async fn ask_for_passkey(
    State(service): State<Arc<Service>>,
) -> Result<impl IntoResponse, Problem> {
    let asked = service.ask_for_passkey().await?;
    Ok(axum::Json(PasskeyChallengeBody::from(asked)))
}
