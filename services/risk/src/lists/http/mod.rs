//! The endpoints of lists: one file each.

mod add_entry;
pub(crate) mod body;
mod create_list;
mod delete_list;
mod get_list;
mod list_entries;
mod list_lists;
mod remove_entry;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::lists::error::ListError;
use crate::service::Service;

/// One line per path and permission.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(needs::RulesRead, routes!(list_lists::list_lists)))
        .routes(guarded(
            needs::RulesWrite,
            routes!(create_list::create_list),
        ))
        .routes(guarded(needs::RulesRead, routes!(get_list::get_list)))
        .routes(guarded(
            needs::RulesWrite,
            routes!(delete_list::delete_list),
        ))
        .routes(guarded(
            needs::RulesRead,
            routes!(list_entries::list_entries),
        ))
        .routes(guarded(needs::RulesWrite, routes!(add_entry::add_entry)))
        .routes(guarded(
            needs::RulesWrite,
            routes!(remove_entry::remove_entry),
        ))
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        let said = error.to_string();
        match error {
            ListError::NoSuchList | ListError::NoSuchEntry => Self::not_found(said),
            ListError::Exists(_) => Self::conflict("list_exists", said).for_param("name"),
            ListError::InUse(_) => Self::conflict("list_in_use", said),
            ListError::Name => Self::refused("invalid_name", said).for_param("name"),
            ListError::Text => Self::refused("invalid_text", said),
            ListError::Value { .. } => Self::refused("invalid_value", said).for_param("value"),
            ListError::OwnCase => Self::new(StatusCode::FORBIDDEN, "own_case", said),
            ListError::Expired => Self::refused("invalid_expiry", said).for_param("expires_at"),
            ListError::TooMany(_) => Self::conflict("too_many", said),
            ListError::Fault(fault) => fault.into(),
        }
    }
}
