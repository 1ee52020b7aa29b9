//! The endpoints of login: one file each.

pub(crate) mod device;
mod log_in_user;
mod problems;
mod verify_mfa;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(routes!(verify_mfa::verify_mfa))
        .routes(routes!(log_in_user::log_in_user))
}
