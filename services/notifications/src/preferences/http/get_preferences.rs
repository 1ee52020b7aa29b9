//! `GET /api/v1/users/me/notification-preferences`: what the caller wants to be told by which way.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::problem::Problem;

use crate::preferences::document::Preferences;
use crate::service::Service;

/// Get notification preferences
///
/// The complete document, with the defaults where the caller has set nothing; send it back changed.
/// What is essential (a frozen wallet, a locked login) comes in the app and by mail whatever stands
/// here. Language and time zone are those of `GET /users/me/preferences`, whose
/// `notifications_enabled` stops all that is not essential.
#[utoipa::path(
    get,
    path = "/api/v1/users/me/notification-preferences",
    tag = "notifications",
    responses((status = 200, description = "The preferences.", body = Preferences))
)]
pub(crate) async fn get_notification_preferences(
    State(service): State<Arc<Service>>,
    principal: Principal,
) -> Result<impl IntoResponse, Problem> {
    let wanted = service.preferences(principal.org, principal.user).await?;
    Ok(axum::Json(wanted))
}
