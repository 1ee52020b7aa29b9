//! The endpoints of api keys: one file each.

mod create_api_key;
mod delete_api_key;
mod list_api_keys;
mod problems;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::ApiKeysOwn,
            routes!(create_api_key::create_api_key, list_api_keys::list_api_keys),
        ))
        .routes(guarded(
            needs::ApiKeysOwn,
            routes!(delete_api_key::delete_api_key),
        ))
}
