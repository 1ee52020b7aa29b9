//! The endpoints of factors: one file each.

mod disable_totp;
mod enable_totp;
pub(crate) mod factors;
mod fresh_session;
mod get_second_factors;
mod problems;
mod renew_recovery_codes;
mod set_up_totp;
mod step_up;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(needs::Profile, routes!(disable_totp::disable_totp)))
        .routes(guarded(needs::Profile, routes!(enable_totp::enable_totp)))
        .routes(guarded(
            needs::Profile,
            routes!(get_second_factors::get_second_factors),
        ))
        .routes(guarded(
            needs::Profile,
            routes!(renew_recovery_codes::renew_recovery_codes),
        ))
        .routes(guarded(needs::Profile, routes!(set_up_totp::set_up_totp)))
        .routes(guarded(needs::Profile, routes!(step_up::step_up)))
}
