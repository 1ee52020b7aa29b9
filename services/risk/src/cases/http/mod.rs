//! The endpoints of cases: one file each.

mod assign_case;
mod assign_cases;
mod attach_to_case;
mod body;
mod comment_case;
mod decide_case;
mod get_case;
mod get_case_attachment;
mod list_cases;
mod next_case;
mod pin_case;
mod reopen_case;
mod snooze_case;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, answer_once};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::cases::error::CaseError;
use crate::error::Error;
use crate::service::Service;

/// One line per path and permission.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    let routes = OpenApiRouter::new();
    let routes = routes
        .routes(guarded(needs::CasesRead, routes!(list_cases::list_cases)))
        .routes(guarded(needs::CasesRead, routes!(get_case::get_case)))
        .routes(guarded(
            needs::CasesRead,
            routes!(get_case_attachment::get_case_attachment),
        ));
    routes
        .routes(guarded(needs::CasesWork, routes!(next_case::next_case)))
        .routes(guarded(
            needs::CasesWork,
            routes!(assign_cases::assign_cases),
        ))
        .routes(guarded(needs::CasesWork, routes!(assign_case::assign_case)))
        .routes(guarded(
            needs::CasesWork,
            routes!(comment_case::comment_case),
        ))
        .routes(guarded(needs::CasesWork, routes!(snooze_case::snooze_case)))
        .routes(guarded(needs::CasesWork, routes!(pin_case::pin_case)))
        .routes(guarded(needs::CasesWork, routes!(reopen_case::reopen_case)))
        .routes(guarded(needs::CasesWork, routes!(decide_case::decide_case)))
        .routes(guarded(
            needs::CasesWork,
            routes!(attach_to_case::attach_to_case),
        ))
}

/// Does something once under an idempotency key, and answers.
async fn answer<T>(
    service: &Service,
    once: &IdempotentRequest<T>,
    work: impl Future<Output = Result<T, CaseError>>,
) -> Result<Response, Problem> {
    let of_fault = |fault| Problem::from(Error::from(fault));
    answer_once((&service.db, &service.vault), once, work, of_fault).await
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        let (code, said) = (error.code(), error.to_string());
        match error {
            CaseError::NoSuchCase | CaseError::NoSuchAttachment | CaseError::NothingWaiting => {
                Self::not_found(said)
            }
            CaseError::OwnCase => Self::new(StatusCode::FORBIDDEN, code, said),
            CaseError::Closed
            | CaseError::NotClosed
            | CaseError::OpenAlready
            | CaseError::TheirCase
            | CaseError::Assigned
            | CaseError::SecondOperator
            | CaseError::Changed
            | CaseError::UnderWay
            | CaseError::ByEvidence
            | CaseError::NothingWaits
            | CaseError::NotInReview
            | CaseError::Refused(_)
            | CaseError::TooManyFiles(_) => Self::conflict(code, said),
            CaseError::PaymentsAway => Self::unavailable(code, said),
            CaseError::Reason(_) => Self::refused(code, said).for_param("reason"),
            CaseError::WordMissing | CaseError::Contradiction => {
                Self::refused(code, said).for_param("transaction")
            }
            CaseError::NoOperator => Self::refused(code, said).for_param("owner"),
            CaseError::Until => Self::refused(code, said).for_param("until"),
            CaseError::Priority => Self::refused(code, said).for_param("priority"),
            CaseError::HowMany(_) => Self::refused(code, said).for_param("cases"),
            CaseError::FileName => Self::refused(code, said).for_param("name"),
            CaseError::FileKind | CaseError::FileSize(_) => {
                Self::refused(code, said).for_param("content")
            }
            CaseError::Text(_) => Self::refused(code, said),
            CaseError::Fault(fault) => fault.into(),
        }
    }
}
