//! The endpoints of messages: one file each.

mod body;
mod list_messages;
mod resend_message;
mod show_unsubscribe;
mod unsubscribe;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::NotificationsReadAll,
            routes!(list_messages::list_messages),
        ))
        .routes(guarded(
            needs::NotificationsManage,
            routes!(resend_message::resend_message),
        ))
        .routes(routes!(
            show_unsubscribe::show_unsubscribe,
            unsubscribe::unsubscribe
        ))
}
