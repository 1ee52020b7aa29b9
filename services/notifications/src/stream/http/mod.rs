//! The endpoint of live events: one stream, what its viewer sees, and where it stands.

mod positions;
mod stream_events;
mod subscriber;
mod viewer;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::announced::{NotificationCreated, WebhookResent};
use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    let mut router = OpenApiRouter::new().routes(guarded(
        needs::Authentication,
        routes!(stream_events::stream_events),
    ));
    // What events have as their data, and no operation answers.
    let components = router.get_openapi_mut().components.get_or_insert_default();
    for (name, schema) in [
        (NotificationCreated::name(), NotificationCreated::schema()),
        (WebhookResent::name(), WebhookResent::schema()),
    ] {
        components.schemas.insert(name.into_owned(), schema);
    }
    router
}
