//! The endpoints of screening: one file each.

mod body;
mod clear_match;
mod confirm_match;
mod get_customer;
mod get_match;
mod list_lists;
mod list_matches;
mod search;
mod update_lists;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::sanctions::matches::MatchError;
use crate::service::Service;

/// One line per path and permission.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::ScreeningRead,
            routes!(search::search_screening),
        ))
        .routes(guarded(
            needs::ScreeningRead,
            routes!(list_lists::list_screening_lists),
        ))
        .routes(guarded(
            needs::ScreeningUpdate,
            routes!(update_lists::update_screening_lists),
        ))
        .routes(guarded(
            needs::ScreeningRead,
            routes!(get_customer::get_screened_customer),
        ))
        .routes(guarded(
            needs::ScreeningRead,
            routes!(list_matches::list_screening_matches),
        ))
        .routes(guarded(
            needs::ScreeningRead,
            routes!(get_match::get_screening_match),
        ))
        .routes(guarded(
            needs::ScreeningDecide,
            routes!(clear_match::clear_screening_match),
        ))
        .routes(guarded(
            needs::ScreeningDecide,
            routes!(confirm_match::confirm_screening_match),
        ))
}

impl From<MatchError> for Problem {
    fn from(error: MatchError) -> Self {
        let said = error.to_string();
        match error {
            MatchError::NoSuchMatch => Self::not_found(said),
            MatchError::Already(_) => Self::conflict("match_decided", said),
            MatchError::Ended => Self::conflict("match_ended", said),
            MatchError::CaseOpen => Self::conflict("case_open", said),
            MatchError::Own => Self::new(StatusCode::FORBIDDEN, "own_match", said),
            MatchError::CaseNeeded => Self::conflict("case_needed", said),
            MatchError::SecondNeeded => Self::conflict("second_operator_needed", said),
            MatchError::Reason => Self::refused("invalid_reason", said).for_param("reason"),
            MatchError::Fault(fault) => fault.into(),
        }
    }
}
