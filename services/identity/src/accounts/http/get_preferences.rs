//! `GET /api/v1/users/me/preferences`: how a user likes the console.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::problem::Problem;

use crate::http::bodies::PreferencesBody;
use crate::service::Service;

/// Preferences
///
/// What the user has chosen, or what holds for everybody who has chosen nothing.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/preferences",
    tag = "users",
    responses(
        (status = 200, description = "The preferences.", body = PreferencesBody)
    )
)]
pub(crate) async fn get_preferences(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let preferences = service.preferences(&principal).await?;
    Ok(axum::Json(PreferencesBody::from(preferences)))
}
