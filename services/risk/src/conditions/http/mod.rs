//! The endpoints of conditions: one file each.

mod approve_condition;
pub(crate) mod body;
mod create_condition;
mod end_condition;
mod get_condition;
mod list_conditions;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::conditions::error::ConditionError;
use crate::service::Service;

/// One line per path and permission.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::RulesRead,
            routes!(list_conditions::list_conditions),
        ))
        .routes(guarded(
            needs::RulesWrite,
            routes!(create_condition::create_condition),
        ))
        .routes(guarded(
            needs::RulesRead,
            routes!(get_condition::get_condition),
        ))
        .routes(guarded(
            needs::RulesWrite,
            routes!(approve_condition::approve_condition),
        ))
        .routes(guarded(
            needs::RulesWrite,
            routes!(end_condition::end_condition),
        ))
}

impl From<ConditionError> for Problem {
    fn from(error: ConditionError) -> Self {
        let said = error.to_string();
        match error {
            ConditionError::NoSuchCondition => Self::not_found(said),
            ConditionError::NoSuchSubject(_) => Self::not_found(said).for_param("subject"),
            ConditionError::Device => {
                Self::refused("device_not_known", said).for_param("subject.device")
            }
            ConditionError::OnePerson => {
                Self::refused("invalid_pair", said).for_param("subject.pair")
            }
            ConditionError::Token => {
                Self::refused("invalid_token", said).for_param("subject.counterparty")
            }
            ConditionError::Reason => Self::refused("invalid_reason", said).for_param("reason"),
            ConditionError::Expires => {
                Self::refused("invalid_expiry", said).for_param("expires_at")
            }
            ConditionError::OwnCase => Self::new(StatusCode::FORBIDDEN, "own_case", said),
            ConditionError::TooMany(_) => Self::conflict("too_many", said),
            ConditionError::NotProposed => Self::conflict("not_proposed", said),
            ConditionError::SecondOperatorNeeded => Self::conflict("second_operator_needed", said),
            ConditionError::Over => Self::conflict("condition_over", said),
            ConditionError::Changed => Self::conflict("condition_changed", said),
            ConditionError::Fault(fault) => fault.into(),
        }
    }
}
