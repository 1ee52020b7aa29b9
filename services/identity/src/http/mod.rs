//! Identity's endpoints: one file each. They read the request, call one use case and write the answer.
//! What any endpoint may answer (malformed bodies, time-outs, faults) the gateway documents on all of them.

mod bodies;
mod end_session;
mod end_sessions;
mod get_jwks;
mod get_me;
mod list_sessions;
mod log_in_user;
mod log_out_user;
mod refresh_tokens;
mod register_user;
mod verify_email;

use std::sync::Arc;

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// All endpoints.
pub(crate) fn router(service: Arc<Service>) -> OpenApiRouter {
    routes().with_state(service)
}

/// What all endpoints take and answer: needs no service behind them.
pub(crate) fn api() -> OpenApi {
    routes().into_openapi()
}

/// One line per endpoint, in the order of their names.
fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(routes!(end_session::end_session))
        .routes(routes!(
            end_sessions::end_sessions,
            list_sessions::list_sessions
        ))
        .routes(routes!(get_jwks::get_jwks))
        .routes(routes!(get_me::get_me))
        .routes(routes!(log_in_user::log_in_user))
        .routes(routes!(log_out_user::log_out_user))
        .routes(routes!(refresh_tokens::refresh_tokens))
        .routes(routes!(register_user::register_user))
        .routes(routes!(verify_email::verify_email))
}
