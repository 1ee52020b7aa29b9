//! The endpoints of sessions: one file each.

mod browser;
pub(crate) mod cookies;
mod end_session;
mod end_sessions;
pub(crate) mod list_sessions;
mod log_out_user;
mod problems;
mod refresh_tokens;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(needs::Profile, routes!(end_session::end_session)))
        .routes(guarded(
            needs::Profile,
            routes!(end_sessions::end_sessions, list_sessions::list_sessions),
        ))
        .routes(guarded(
            needs::UsersReadAll,
            routes!(list_sessions::list_user_sessions),
        ))
        .routes(routes!(log_out_user::log_out_user))
        .routes(routes!(refresh_tokens::refresh_tokens))
}
