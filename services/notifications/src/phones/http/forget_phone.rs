//! `DELETE /api/v1/users/me/phone`: the caller has no phone number any more.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::http::StatusCode;
use web::client::Client;
use web::problem::Problem;

use crate::service::Service;

/// Delete your phone number
///
/// It is forgotten, and one that is to be verified, too; nothing is sent by SMS any more. Where
/// there is none, nothing happens.
#[utoipa::path(
    delete,
    path = "/api/v1/users/me/phone",
    tag = "notifications",
    responses(
        (status = 204, description = "It is forgotten."),
        (status = 403, description = "`step_up_required`.")
    )
)]
pub(crate) async fn forget_phone(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
) -> Result<StatusCode, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    service.forget_phone((&principal, &client)).await?;
    Ok(StatusCode::NO_CONTENT)
}
