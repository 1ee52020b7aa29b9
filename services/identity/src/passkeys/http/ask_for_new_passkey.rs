//! `POST /api/v1/auth/passkeys/registration`: the question that a new passkey answers.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::problem::Problem;

use crate::factors::http::factors::PasskeyChallengeBody;
use crate::service::Service;

/// Ask for a new passkey
///
/// Give `public_key` to `PublicKeyCredential.parseCreationOptionsFromJSON` and the result to
/// `navigator.credentials.create`; send what that answers, with `ceremony`, to
/// `/api/v1/auth/passkeys` within five minutes. Needs a login or a step-up of the last five
/// minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/passkeys/registration",
    tag = "auth",
    extensions(("x-idempotency" = json!("A repetition asks anew: nothing but a question is made, and it expires."))),
    responses(
        (status = 200, description = "The question.", body = PasskeyChallengeBody),
        (status = 409, description = "`too_many_passkeys`: delete one first."),
        (status = 422, description = "`passkeys_unavailable`: the installation has no name for passkeys."),
    )
)]
pub(crate) async fn ask_for_new_passkey(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    service.require_fresh_session(&principal)?;
    let asked = service.ask_for_new_passkey(&principal).await?;
    Ok(axum::Json(PasskeyChallengeBody::from(asked)))
}
