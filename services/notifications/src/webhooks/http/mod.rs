//! The endpoints of webhooks: one file each.

pub(crate) mod body;
mod create_webhook_endpoint;
mod delete_webhook_endpoint;
mod find_webhook_deliveries;
mod get_webhook_delivery;
mod get_webhook_endpoint;
mod list_webhook_deliveries;
mod list_webhook_endpoints;
mod problems;
mod recover_webhook_endpoint;
mod resend_webhook_delivery;
mod rotate_webhook_secret;
mod test_webhook_endpoint;
mod update_webhook_endpoint;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// Those of users, and those that get all events of an organisation.
const NEEDED: (needs::WebhooksOwn, needs::WebhooksManage) =
    (needs::WebhooksOwn, needs::WebhooksManage);

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            NEEDED,
            routes!(
                create_webhook_endpoint::create_webhook_endpoint,
                list_webhook_endpoints::list_webhook_endpoints
            ),
        ))
        .routes(guarded(
            NEEDED,
            routes!(
                get_webhook_endpoint::get_webhook_endpoint,
                update_webhook_endpoint::update_webhook_endpoint,
                delete_webhook_endpoint::delete_webhook_endpoint
            ),
        ))
        .routes(guarded(
            NEEDED,
            routes!(list_webhook_deliveries::list_webhook_deliveries),
        ))
        .routes(guarded(
            NEEDED,
            routes!(find_webhook_deliveries::find_webhook_deliveries),
        ))
        .routes(guarded(
            NEEDED,
            routes!(get_webhook_delivery::get_webhook_delivery),
        ))
        .routes(guarded(
            NEEDED,
            routes!(resend_webhook_delivery::resend_webhook_delivery),
        ))
        .routes(guarded(
            NEEDED,
            routes!(recover_webhook_endpoint::recover_webhook_endpoint),
        ))
        .routes(guarded(
            NEEDED,
            routes!(rotate_webhook_secret::rotate_webhook_secret),
        ))
        .routes(guarded(
            NEEDED,
            routes!(test_webhook_endpoint::test_webhook_endpoint),
        ))
}

/// An answer with a secret is kept by nobody on the way.
fn not_kept(mut answer: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    answer.headers_mut().insert(CACHE_CONTROL, no_store);
    answer
}
