//! `GET /api/v1/auth/me`: who is asking.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::problem::Problem;

use crate::http::bodies::UserBody;
use crate::service::Service;

/// Who am I
///
/// The user whom the access token belongs to, as the database knows them now.
#[utoipa::path(
    get,
    path = "/api/v1/auth/me",
    tag = "auth",
    responses(
        (status = 200, description = "The user.", body = UserBody)
    )
)]
pub(crate) async fn get_me(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let user = service.me(&principal).await?;
    Ok(axum::Json(UserBody::from(user)))
}
