//! The endpoints of organisations: one file each.

mod create_organisation;
mod list_organisations;
mod problems;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new().routes(guarded(
        needs::OrganisationsManage,
        routes!(
            create_organisation::create_organisation,
            list_organisations::list_organisations
        ),
    ))
}
