//! `GET /api/v1/users/me`: the profile of the caller, under the path where it is changed.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::problem::Problem;

use crate::accounts::http::get_me::get_me;
use crate::http::bodies::UserBody;
use crate::service::Service;

/// See the profile
///
/// The same as `/api/v1/auth/me`.
#[utoipa::path(
    get,
    path = "/api/v1/users/me",
    tag = "users",
    responses(
        (status = 200, description = "The user.", body = UserBody)
    )
)]
pub(crate) async fn get_profile(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    get_me(State(service), principal).await
}
