//! The endpoints of oidc: one file each.

mod attempt_cookie;
mod exchange_code;
mod link_provider;
pub(crate) mod list_linked_accounts;
mod list_providers;
mod oauth_callback;
mod problems;
mod start_oauth;
mod unlink_provider;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(routes!(start_oauth::start_oauth))
        .routes(routes!(exchange_code::exchange_code))
        .routes(routes!(oauth_callback::oauth_callback))
        .routes(guarded(
            needs::Profile,
            routes!(link_provider::link_provider),
        ))
        .routes(guarded(
            needs::Profile,
            routes!(list_linked_accounts::list_linked_accounts),
        ))
        .routes(routes!(list_providers::list_providers))
        .routes(guarded(
            needs::Profile,
            routes!(unlink_provider::unlink_provider),
        ))
}
