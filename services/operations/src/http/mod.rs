//! The HTTP face of operations: the routes of its subjects.

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::alerts;
use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    alerts::http::routes()
}
