//! `GET /api/v1/auth/2fa`: what one has beside the password.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use web::problem::Problem;

use crate::factors::SecondFactorStatus;
use crate::service::Service;

/// What a user has beside the password.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactors)]
pub(crate) struct SecondFactorsBody {
    /// Whether an authenticator app is in use.
    totp: bool,
    /// How many passkeys there are.
    #[schema(minimum = 0)]
    passkeys: i64,
    /// How many recovery codes were not used.
    #[schema(minimum = 0)]
    recovery_codes_left: i64,
}

impl From<SecondFactorStatus> for SecondFactorsBody {
    fn from(status: SecondFactorStatus) -> Self {
        Self {
            totp: status.totp,
            passkeys: i64::try_from(status.passkeys).unwrap_or(i64::MAX),
            recovery_codes_left: status.recovery_codes_left,
        }
    }
}

/// Show second factors
///
/// What the user has set up, and how many recovery codes are left.
#[utoipa::path(
    get,
    path = "/api/v1/auth/2fa",
    tag = "auth",
    responses(
        (status = 200, description = "The second factors.", body = SecondFactorsBody),
    )
)]
pub(crate) async fn get_second_factors(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let status = service.second_factors(&principal).await?;
    Ok(axum::Json(SecondFactorsBody::from(status)))
}
