//! The endpoint of live events.

mod stream_events;

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
