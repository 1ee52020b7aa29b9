//! Identity's endpoints: one file each. They read the request, call one use case and write the answer.
//! What any endpoint may answer (malformed bodies, time-outs, faults) the gateway documents on all of them.

mod authenticator;
pub(crate) mod bodies;
pub(crate) mod docs;
mod faults;

use std::sync::Arc;

use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::service::Service;

impl Service {
    /// Identity's endpoints. Those that are not public find out who is asking through the
    /// [`access::SharedAuthenticator`] that the gateway puts into each request.
    #[must_use]
    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        routes().with_state(Arc::clone(self))
    }
}

/// What all endpoints take and answer: needs no service behind them.
pub(crate) fn api() -> OpenApi {
    routes().into_openapi()
}

/// The endpoints of each subject.
fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .merge(crate::passkeys::http::routes())
        .merge(crate::passwords::http::routes())
        .merge(crate::accounts::http::routes())
        .merge(crate::login::http::routes())
        .merge(crate::api_keys::http::routes())
        .merge(crate::organisations::http::routes())
        .merge(crate::factors::http::routes())
        .merge(crate::sessions::http::routes())
        .merge(crate::signing_keys::http::routes())
        .merge(crate::oidc::http::routes())
        .merge(crate::audit::http::routes())
}
