//! The endpoints of notifications: one file each.

pub(crate) mod body;
mod list_notifications;
mod read_all_notifications;
mod read_notification;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::NotificationsOwn,
            routes!(list_notifications::list_notifications),
        ))
        .routes(guarded(
            needs::NotificationsOwn,
            routes!(read_notification::read_notification),
        ))
        .routes(guarded(
            needs::NotificationsOwn,
            routes!(read_all_notifications::read_all_notifications),
        ))
}
