//! The endpoints of passkeys: one file each.

mod ask_for_new_passkey;
mod ask_for_passkey;
mod delete_passkey;
mod list_passkeys;
mod log_in_with_passkey;
mod problems;
mod register_passkey;
mod rename_passkey;

use std::sync::Arc;

use access::{guarded, needs};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::service::Service;

/// One line per path.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::Profile,
            routes!(ask_for_new_passkey::ask_for_new_passkey),
        ))
        .routes(routes!(ask_for_passkey::ask_for_passkey))
        .routes(guarded(
            needs::Profile,
            routes!(
                delete_passkey::delete_passkey,
                rename_passkey::rename_passkey
            ),
        ))
        .routes(guarded(
            needs::Profile,
            routes!(list_passkeys::list_passkeys),
        ))
        .routes(routes!(log_in_with_passkey::log_in_with_passkey))
        .routes(guarded(
            needs::Profile,
            routes!(register_passkey::register_passkey),
        ))
}
