//! `POST /api/v1/users/me/phone/verify`: the caller shows the code that was sent to a phone number.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use super::body::PhoneBody;
use crate::phones::GOOD_FOR;
use crate::service::Service;

/// The code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyPhone {
    /// The six digits that were sent to the number.
    #[schema(pattern = "^[0-9]{6}$", example = "123456")]
    code: String,
}

/// Verify a phone number
///
/// The number that the last code was sent to is the caller's from then on, and they are told so by
/// mail. A code may be tried five times, within ten minutes.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/phone/verify",
    tag = "notifications",
    extensions(("x-idempotency" = json!("A code is good once: what became of the request, `GET /users/me/phone` says."))),
    request_body = VerifyPhone,
    responses(
        (status = 200, description = "The verified number.", body = PhoneBody),
        (status = 403, description = "`step_up_required`."),
        (status = 422, description = "`invalid_code`: it is not the one that was sent, has ended, or was tried too often.")
    )
)]
pub(crate) async fn verify_phone(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<VerifyPhone>,
) -> Result<impl IntoResponse, Problem> {
    // What was fresh enough to have the code sent is so as long as the code is good.
    let within = STEP_UP_WITHIN + GOOD_FOR;
    principal.require_recent_second_factor(service.clock.now(), within)?;
    let who = (&principal, &client);
    let phone = service.verify_phone(who, &value.code).await?;
    Ok(axum::Json(PhoneBody::from(phone)))
}
