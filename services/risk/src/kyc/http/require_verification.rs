//! `POST /api/v1/kyc/reverifications`: an operator wants a user to show anew who they are.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::UserId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::problem::Problem;

use super::body::StandingBody;
use crate::kyc::review::reason;
use crate::service::Service;

/// Of whom, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RequireVerification {
    /// The user.
    #[schema(value_type = String, example = "usr_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    user_id: UserId,
    /// Why: one line that the user reads.
    #[schema(min_length = 1, max_length = 500, example = "Your name has changed")]
    reason: String,
}

/// Have a user show anew who they are
///
/// Their level ends at once. Nobody does it to themselves. A login needs a fresh proof.
#[utoipa::path(
    post,
    path = "/api/v1/kyc/reverifications",
    tag = "kyc",
    extensions(("x-idempotency" = json!("A level ends once: a repetition is refused with `no_level`."))),
    request_body = RequireVerification,
    responses(
        (status = 200, description = "How it stands now.", body = StandingBody),
        (status = 403, description = "`step_up_required`."),
        (status = 409, description = "`no_level`: there is none that could end. `own_submission`."),
        (status = 422, description = "`invalid_reason`.")
    )
)]
pub(crate) async fn require_verification(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    Json { value, .. }: Json<RequireVerification>,
) -> Result<impl IntoResponse, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let why = reason(&value.reason)?;
    let standing = service.require_anew((&principal, &client), value.user_id, why);
    Ok(axum::Json(StandingBody::from(&standing.await?)))
}
