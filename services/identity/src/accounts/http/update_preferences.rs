//! `PATCH /api/v1/users/me/preferences`: another theme, language or time zone.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::problem::Problem;

use crate::accounts::preferences::{Density, PreferencesChange, Theme};
use crate::http::bodies::PreferencesBody;
use crate::service::Service;

/// What will be otherwise; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdatePreferencesRequest {
    #[serde(default)]
    theme: Option<Theme>,
    #[serde(default)]
    density: Option<Density>,
    #[serde(default)]
    notifications_enabled: Option<bool>,
    /// A language tag (BCP 47).
    #[serde(default)]
    #[schema(pattern = r"^[^\x00]*$", example = "en-GB")]
    locale: Option<String>,
    /// A name of the IANA time zone database.
    #[serde(default)]
    #[schema(pattern = r"^[^\x00]*$", example = "Europe/Berlin")]
    timezone: Option<String>,
}

/// Change preferences
#[utoipa::path(
    patch,
    path = "/api/v1/users/me/preferences",
    tag = "users",
    request_body = UpdatePreferencesRequest,
    responses(
        (status = 200, description = "The preferences as they are now.", body = PreferencesBody),
        (status = 422, description = "`invalid_locale` or `invalid_timezone`.")
    )
)]
pub(crate) async fn update_preferences(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Json { value, .. }: Json<UpdatePreferencesRequest>,
) -> Result<impl IntoResponse, Problem> {
    let change = PreferencesChange {
        theme: value.theme,
        density: value.density,
        notifications_enabled: value.notifications_enabled,
        locale: value.locale,
        timezone: value.timezone,
    };
    let preferences = service.update_preferences(&principal, change).await?;
    Ok(axum::Json(PreferencesBody::from(preferences)))
}
