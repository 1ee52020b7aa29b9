//! The endpoints of phone numbers: one file each.

pub(crate) mod body;
mod claim_phone;
mod forget_phone;
mod get_phone;
mod verify_phone;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::codes::CodeError;
use crate::phones::PhoneError;
use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(needs::Profile, routes!(get_phone::get_phone)))
        .routes(guarded(needs::Profile, routes!(claim_phone::claim_phone)))
        .routes(guarded(needs::Profile, routes!(verify_phone::verify_phone)))
        .routes(guarded(needs::Profile, routes!(forget_phone::forget_phone)))
}

impl From<PhoneError> for Problem {
    fn from(error: PhoneError) -> Self {
        let said = error.to_string();
        match error {
            PhoneError::Number(_) => {
                Self::refused("invalid_phone_number", said).for_param("number")
            }
            PhoneError::Unconfirmed => Self::new(StatusCode::FORBIDDEN, "email_not_verified", said),
            PhoneError::Code => Self::refused("invalid_code", said).for_param("code"),
            PhoneError::NotSent(error) => error.into(),
            PhoneError::Fault(fault) => fault.into(),
        }
    }
}

impl From<CodeError> for Problem {
    fn from(error: CodeError) -> Self {
        let said = error.to_string();
        match error {
            CodeError::NoWay => Self::refused("no_way_for_codes", said),
            CodeError::TooMany(seconds) => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                Self::new(status, "too_many_codes", said).retry_after(seconds)
            }
            CodeError::Country => Self::refused("country_not_served", said).for_param("number"),
            CodeError::NotSent => Self::unavailable("code_not_sent", said).retry_after(60),
            CodeError::Fault(fault) => fault.into(),
        }
    }
}
