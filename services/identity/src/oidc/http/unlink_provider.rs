//! `DELETE /api/v1/auth/linked-accounts/{provider}`: removes a link.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use web::client::Client;
use web::extract::PathName;
use web::problem::Problem;

use crate::service::Service;

/// Unlink a provider
///
/// The account there signs you in no more. One that is not linked is no error.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/linked-accounts/{provider}",
    tag = "auth",
    params(("provider" = String, Path, description = "Its name")),
    responses(
        (status = 204, description = "It is not linked."),
        (status = 404, description = "There is no such provider.")
    )
)]
pub(crate) async fn unlink_provider(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathName(provider): PathName,
) -> Result<impl IntoResponse, Problem> {
    service.require_fresh_session(&principal)?;
    service.unlink(&principal, &provider, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}
