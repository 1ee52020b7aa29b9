//! The endpoints of KYC: one file each.

mod add_document;
mod appeal_submission;
mod begin_submission;
pub(crate) mod body;
mod get_kyc;
mod get_submission;
mod give_details;
mod list_submissions;
mod provider_notification;
mod read_document;
mod remove_document;
mod require_verification;
mod review_document;
mod review_submission;
mod submit_submission;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::StatusCode;
use idempotency::{IdempotentRequest, answer_once};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::http::of_answer;
use crate::kyc::content::ContentError;
use crate::kyc::error::KycError;
use crate::service::Service;

pub(crate) use provider_notification::router as notification_router;

/// One line per path and permission.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    // What one has sent in, or what all have.
    let either = (needs::KycOwn, needs::KycRead);
    OpenApiRouter::new()
        .routes(guarded(either, routes!(get_kyc::get_kyc)))
        .routes(guarded(either, routes!(list_submissions::list_submissions)))
        .routes(guarded(
            needs::KycOwn,
            routes!(begin_submission::begin_submission),
        ))
        .routes(guarded(either, routes!(get_submission::get_submission)))
        .routes(guarded(needs::KycOwn, routes!(give_details::give_details)))
        .routes(guarded(needs::KycOwn, routes!(add_document::add_document)))
        .routes(guarded(
            needs::KycOwn,
            routes!(submit_submission::submit_submission),
        ))
        .routes(guarded(
            needs::KycOwn,
            routes!(appeal_submission::appeal_submission),
        ))
        .routes(guarded(
            needs::KycOwn,
            routes!(remove_document::remove_document),
        ))
        .routes(guarded(either, routes!(read_document::read_document)))
        .routes(guarded(
            needs::KycReview,
            routes!(review_document::review_document),
        ))
        .routes(guarded(
            needs::KycReview,
            routes!(review_submission::review_submission),
        ))
        .routes(guarded(
            needs::KycReview,
            routes!(require_verification::require_verification),
        ))
}

impl Service {
    /// Does a request once.
    pub(crate) async fn once<T>(
        &self,
        request: &IdempotentRequest<T>,
        work: impl Future<Output = Result<T, KycError>>,
    ) -> Result<axum::response::Response, Problem> {
        answer_once((&self.db, &self.vault), request, work, of_answer).await
    }
}

impl From<KycError> for Problem {
    fn from(error: KycError) -> Self {
        let said = error.to_string();
        match error {
            KycError::NoSuchSubmission | KycError::NoSuchDocument | KycError::NoSuchUser => {
                Self::not_found(said)
            }
            KycError::Open => Self::conflict("submission_open", said),
            KycError::Level => Self::refused("invalid_level", said).for_param("level"),
            KycError::LevelHeld(_) => Self::conflict("level_held", said).for_param("level"),
            KycError::State(_) => Self::conflict("submission_state", said),
            KycError::Changed => Self::conflict("submission_changed", said),
            KycError::Detail(detail) => {
                Self::refused("invalid_details", said).for_param(detail.param())
            }
            KycError::NotAskedFor(_) => Self::conflict("not_asked_for", said),
            KycError::Incomplete(missing) => {
                let problem = Self::refused("submission_incomplete", said);
                let at = |problem: Self, name: &&str| {
                    problem.at(name, "missing", "It is needed before this can be sent in.")
                };
                missing.iter().fold(problem, at)
            }
            KycError::Content(content) => Self::refused(of_content(content), said),
            KycError::SameDocument => Self::conflict("document_exists", said),
            KycError::TooManyDocuments(_) => Self::conflict("too_many_documents", said),
            KycError::TooManySubmissions => {
                let code = "too_many_submissions";
                Self::new(StatusCode::TOO_MANY_REQUESTS, code, said).retry_after(24 * 3_600)
            }
            KycError::Own => Self::conflict("own_submission", said),
            KycError::SecondOperator => Self::conflict("second_operator_needed", said),
            KycError::Undecided => Self::conflict("documents_undecided", said),
            KycError::NothingAsked => Self::refused("nothing_asked", said),
            KycError::Reason => Self::refused("invalid_reason", said).for_param("reason"),
            KycError::NoAppeal(_) => Self::conflict("appeal_closed", said),
            KycError::AppealText => Self::refused("invalid_text", said).for_param("text"),
            KycError::NoLevel => Self::conflict("no_level", said),
            KycError::Fault(fault) => fault.into(),
        }
    }
}

fn of_content(error: ContentError) -> &'static str {
    match error {
        ContentError::Unsupported => "unsupported_document",
        ContentError::Damaged(_) => "damaged_document",
        ContentError::SecondType(_) => "ambiguous_document",
        ContentError::TooManyPixels => "document_too_many_pixels",
        ContentError::Active(_) => "active_document",
    }
}
