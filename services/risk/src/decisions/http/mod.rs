//! The endpoints of decisions: one file each.

mod get_decision;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new().routes(guarded(
        needs::RiskRead,
        routes!(get_decision::get_risk_decision),
    ))
}
