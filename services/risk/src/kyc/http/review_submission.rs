//! `POST /api/v1/kyc/submissions/{id}/review`: an operator decides on a submission.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::SubmissionBody;
use crate::kyc::SubmissionId;
use crate::kyc::error::KycError;
use crate::kyc::review::{Decision, reason};
use crate::kyc::submission::ReasonCode;
use crate::service::Service;

/// What may be decided.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = KycDecision)]
pub(crate) enum DecisionKind {
    /// The level is given.
    Approve,
    /// It is rejected.
    Reject,
    /// Its user has to send some of it again.
    AskAgain,
}

/// What is decided.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReviewKycSubmission)]
pub(crate) struct ReviewSubmission {
    /// `approve`, `reject` or `ask_again`.
    decision: DecisionKind,
    /// The revision that you have seen.
    revision: i64,
    /// Why. Needed unless it is approved.
    #[serde(default)]
    reason_code: Option<ReasonCode>,
    /// The same in words that its user reads: one line.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500, example = "The passport has expired")]
    reason: Option<String>,
    /// With `ask_again`: whether the details have to be given again, too.
    #[serde(default)]
    details: bool,
}

/// Decide on a submission
///
/// It takes an operator whose own it is not; on an appeal, one who has not rejected it. To approve
/// it, every document has to be accepted. To ask again, at least one document has the verdict
/// `again`, or `details` is set: only those parts open again. A login needs a fresh proof.
#[utoipa::path(
    post,
    path = "/api/v1/kyc/submissions/{id}/review",
    tag = "kyc",
    params(("id" = inline(SubmissionId), Path, description = "The submission")),
    extensions(("x-idempotency" = json!("A submission is decided once, at the revision that was seen: a repetition is refused with 409."))),
    request_body = ReviewSubmission,
    responses(
        (status = 200, description = "The submission.", body = SubmissionBody),
        (status = 403, description = "`step_up_required`."),
        (status = 404, description = "No such submission."),
        (status = 409, description = "`submission_state`, `submission_changed`, `own_submission`, `second_operator_needed` or `documents_undecided`."),
        (status = 422, description = "`invalid_reason`, or `nothing_asked`.")
    )
)]
pub(crate) async fn review_submission(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<SubmissionId>,
    Json { value, .. }: Json<ReviewSubmission>,
) -> Result<impl IntoResponse, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let decision = decision(&value)?;
    let seen = (id, value.revision);
    let opened = service.review_submission((&principal, &client), seen, decision);
    Ok(axum::Json(SubmissionBody::for_operators(opened.await?)))
}

fn decision(sent: &ReviewSubmission) -> Result<Decision, KycError> {
    let why = || {
        let code = sent.reason_code.ok_or(KycError::Reason)?;
        Ok::<_, KycError>((code, reason(sent.reason.as_deref().unwrap_or_default())?))
    };
    Ok(match sent.decision {
        DecisionKind::Approve => Decision::Approve,
        DecisionKind::Reject => {
            let (code, reason) = why()?;
            Decision::Reject(code, reason)
        }
        DecisionKind::AskAgain => {
            let (code, reason) = why()?;
            Decision::AskAgain(code, reason, sent.details)
        }
    })
}
