//! `GET /api/v1/users/me/preferences`: how a user likes the console.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::{Permission, Principal};
use platform::problem::Problem;

use crate::http::bodies::PreferencesBody;
use crate::service::Service;

/// Preferences
///
/// What the user has chosen, or what holds for everybody who has chosen nothing.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/preferences",
    tag = "users",
    security(("bearerAuth" = [])),
    responses(
        (status = 200, description = "The preferences.", body = PreferencesBody),
        (
            status = 401,
            description = "No access token, or one that is not good, or not any more.",
            body = Problem,
            content_type = "application/problem+json"
        ),
        (
            status = 403,
            description = "`forbidden`",
            body = Problem,
            content_type = "application/problem+json"
        )
    )
)]
pub(crate) async fn get_preferences(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    principal.require(Permission::Profile)?;
    let preferences = service.preferences(&principal).await?;
    Ok(axum::Json(PreferencesBody::from(preferences)))
}
