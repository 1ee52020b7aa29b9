//! The endpoints of login: one file each.

mod complete_sign_in;
pub(crate) mod device;
mod log_in_user;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(routes!(complete_sign_in::complete_sign_in))
        .routes(routes!(log_in_user::log_in_user))
}
