//! `POST /api/v1/auth/2fa/recovery-codes`: recovery codes in the place of the old ones.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use web::client::Client;
use web::problem::Problem;

use crate::service::Service;

/// New codes.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
pub(crate) struct RecoveryCodesBody {
    /// To be written down: they are shown this once.
    recovery_codes: Vec<String>,
}

/// Renew recovery codes
///
/// Makes ten codes; the old ones are good no more. Needs a second factor shown in the last five
/// minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/recovery-codes",
    tag = "auth",
    extensions(("x-idempotency" = json!("The answer holds recovery codes, which are not stored. A repetition makes others in their place."))),
    responses(
        (status = 200, description = "The codes, shown this once.", body = RecoveryCodesBody),
        (status = 409, description = "`no_second_factor`: there is nothing to recover."),
    )
)]
pub(crate) async fn renew_recovery_codes(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
) -> Result<impl IntoResponse, Problem> {
    service.require_fresh_session(&principal)?;
    let recovery_codes = service.renew_recovery_codes(&principal, &client).await?;
    Ok(axum::Json(RecoveryCodesBody { recovery_codes }))
}
