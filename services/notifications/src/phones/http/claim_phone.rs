//! `POST /api/v1/users/me/phone`: a code to a phone number that the caller says is theirs.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;
use web::extract::Json;
use web::problem::Problem;

use crate::service::Service;

/// Which number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimPhone {
    /// In the international form (E.164), without spaces.
    #[schema(
        pattern = r"^\+[1-9][0-9]{7,14}$",
        max_length = 16,
        example = "+4915112345678"
    )]
    number: String,
}

/// A number that is to be verified.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhoneClaim {
    /// The number.
    #[schema(example = "+4915112345678")]
    number: String,
    /// Until when the code is good.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Have a phone number verified
///
/// Sends a code of six digits to the number, by SMS. A number that was verified before stays until
/// this one is. The caller must have shown a second factor of late, or their password where they
/// have set none up.
#[utoipa::path(
    post,
    path = "/api/v1/users/me/phone",
    tag = "notifications",
    extensions(("x-idempotency" = json!("Asked twice, two codes are sent, of which the newer one is good. How many are sent is limited."))),
    request_body = ClaimPhone,
    responses(
        (status = 202, description = "The code is on its way.", body = PhoneClaim),
        (status = 403, description = "`step_up_required`; `email_not_verified`: no SMS before the e-mail address is confirmed."),
        (status = 422, description = "`invalid_phone_number`; `country_not_served`: no SMS are sent there."),
        (status = 429, description = "`too_many_codes`: for you, this number or its country."),
        (status = 503, description = "`code_not_sent`: no SMS are sent now.")
    )
)]
pub(crate) async fn claim_phone(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Json { value, .. }: Json<ClaimPhone>,
) -> Result<impl IntoResponse, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let (number, expires_at) = service.claim_phone(&principal, &value.number).await?;
    let claim = PhoneClaim {
        number: number.as_str().to_owned(),
        expires_at,
    };
    Ok((StatusCode::ACCEPTED, axum::Json(claim)))
}
