//! The endpoints of audit: one file each.

mod body;
mod list_audit;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new().routes(guarded(needs::AuditRead, routes!(list_audit::list_audit)))
}
