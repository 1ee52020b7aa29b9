//! The endpoints of preferences: one file each.

mod get_preferences;
mod set_preferences;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::preferences::document::PreferencesError;
use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::Profile,
            routes!(get_preferences::get_notification_preferences),
        ))
        .routes(guarded(
            needs::Profile,
            routes!(set_preferences::set_notification_preferences),
        ))
}

impl From<PreferencesError> for Problem {
    fn from(error: PreferencesError) -> Self {
        let said = error.to_string();
        match error {
            PreferencesError::Essential(path) => {
                Self::refused("essential_notifications", said).for_param(&path)
            }
            PreferencesError::QuietHours => {
                Self::refused("invalid_quiet_hours", said).for_param("quiet_hours")
            }
            PreferencesError::Digest => {
                Self::refused("invalid_digest", said).for_param("digest.hour")
            }
            PreferencesError::Fault(fault) => fault.into(),
        }
    }
}
