//! `GET /api/v1/users/me/phone`: the caller's phone number.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::problem::Problem;

use super::body::PhoneBody;
use crate::service::Service;

/// Get your phone number
#[utoipa::path(
    get,
    path = "/api/v1/users/me/phone",
    tag = "notifications",
    responses(
        (status = 200, description = "The verified number; `null` where you have none.", body = Option<PhoneBody>)
    )
)]
pub(crate) async fn get_phone(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let phone = service.phone(principal.org, principal.user).await?;
    Ok(axum::Json(phone.map(PhoneBody::from)))
}
