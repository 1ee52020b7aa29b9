//! The endpoints of passwords: one file each.

mod change_password;
mod forgot_password;
mod problems;
mod reset_password;
mod show_reset_password;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::Profile,
            routes!(change_password::change_password),
        ))
        .routes(routes!(forgot_password::forgot_password))
        .routes(routes!(
            reset_password::reset_password,
            show_reset_password::show_reset_password
        ))
}
