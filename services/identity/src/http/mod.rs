//! Identity's endpoints: one file each. They read the request, call one use case and write the
//! answer. What any endpoint may answer (malformed bodies, time-outs, faults) the gateway documents
//! on all of them.

mod authenticator;
pub(crate) mod bodies;
pub(crate) mod docs;
mod faults;
mod personal_data;

use std::sync::Arc;

use axum::response::Response;
use idempotency::IdempotentRequest;
use utoipa::openapi::OpenApi;
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use web::problem::Problem;

use crate::fault::Fault;
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
    let mut router = OpenApiRouter::new()
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
        .merge(crate::audit::http::routes());
    // No endpoint answers it: it is what events hold.
    let components = router.get_openapi_mut().components.get_or_insert_default();
    let schema = crate::feed::UserEvent::schema();
    components
        .schemas
        .insert(crate::feed::UserEvent::name().into_owned(), schema);
    router
}

impl Service {
    /// Does a request unless it was done before, and answers.
    ///
    /// # Errors
    /// 422 `idempotency_key_reused`; whatever the work refuses.
    pub(crate) async fn answer_once<T, E: Into<Problem>>(
        &self,
        request: &IdempotentRequest<T>,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<Response, Problem> {
        let of_fault = |fault| Problem::from(Fault::from(fault));
        idempotency::answer_once((&self.db, &self.vault), request, work, of_fault).await
    }
}
