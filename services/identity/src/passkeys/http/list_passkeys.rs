//! `GET /api/v1/auth/passkeys`: one's own passkeys.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use web::problem::Problem;

use crate::factors::http::factors::PasskeyBody;
use crate::service::Service;

/// Passkeys.
#[derive(Serialize, ToSchema)]
#[schema(as = Passkeys)]
pub(crate) struct PasskeysBody {
    /// The oldest first.
    data: Vec<PasskeyBody>,
}

/// List passkeys
///
/// The user's passkeys, the oldest first; at most twenty.
#[utoipa::path(
    get,
    path = "/api/v1/auth/passkeys",
    tag = "auth",
    responses(
        (status = 200, description = "The passkeys.", body = PasskeysBody),
    )
)]
pub(crate) async fn list_passkeys(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let data = service
        .passkeys(&principal)
        .await?
        .into_iter()
        .map(Into::into)
        .collect();
    Ok(axum::Json(PasskeysBody { data }))
}
