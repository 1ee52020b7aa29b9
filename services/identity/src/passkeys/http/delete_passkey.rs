//! `DELETE /api/v1/auth/passkeys/{id}`: one's own passkey is good no more.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use web::client::Client;
use web::extract::PathId;
use web::problem::Problem;

use crate::passkeys::passkey::PasskeyId;
use crate::service::Service;

/// Delete a passkey
///
/// Nobody signs in with it any more. With the last second factor the recovery codes go, too. Needs
/// a second factor shown in the last five minutes.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/passkeys/{id}",
    tag = "auth",
    params(("id" = inline(PasskeyId), Path, description = "The passkey")),
    responses(
        (status = 204, description = "The passkey is deleted."),
        (status = 404, description = "The user has no such passkey."),
    )
)]
pub(crate) async fn delete_passkey(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<PasskeyId>,
    client: Client,
) -> Result<impl IntoResponse, Problem> {
    service.require_fresh_session(&principal)?;
    service.delete_passkey(&principal, id, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
