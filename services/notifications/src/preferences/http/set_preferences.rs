//! `PUT /api/v1/users/me/notification-preferences`: what the caller wants to be told by which way.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::Json;
use web::problem::Problem;

use crate::preferences::document::Preferences;
use crate::service::Service;

/// Set notification preferences
///
/// The complete document. It goes before what the caller unsubscribed from by the link of a mail.
/// What is on its way already is decided by it, too.
#[utoipa::path(
    put,
    path = "/api/v1/users/me/notification-preferences",
    tag = "notifications",
    request_body = Preferences,
    responses(
        (status = 200, description = "The preferences as they are now.", body = Preferences),
        (status = 422, description = "`essential_notifications`: something that stays on is off; `errors` names it. `invalid_quiet_hours`. `invalid_digest`.")
    )
)]
pub(crate) async fn set_notification_preferences(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Json { value, .. }: Json<Preferences>,
) -> Result<impl IntoResponse, Problem> {
    let whose = (principal.org, principal.user);
    service.set_preferences(whose, &value).await?;
    Ok(axum::Json(value))
}
