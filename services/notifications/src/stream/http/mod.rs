//! The endpoint of live events: one stream, what its viewer sees, and where it stands.

mod positions;
mod stream_events;
mod subscriber;
mod viewer;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new().routes(guarded(
        needs::Authentication,
        routes!(stream_events::stream_events),
    ))
}
