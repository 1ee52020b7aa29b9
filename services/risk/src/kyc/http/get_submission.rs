//! `GET /api/v1/kyc/submissions/{id}`: one submission.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::identity::Permission;
use web::extract::PathId;
use web::problem::Problem;

use super::body::SubmissionBody;
use crate::kyc::SubmissionId;
use crate::service::Service;

/// See a submission
///
/// With details and documents, what is missing, and why it was referred, rejected or is asked for
/// again. Operators see what the provider said and who decided, too.
#[utoipa::path(
    get,
    path = "/api/v1/kyc/submissions/{id}",
    tag = "kyc",
    params(("id" = inline(SubmissionId), Path, description = "The submission")),
    responses(
        (status = 200, description = "The submission.", body = SubmissionBody),
        (status = 404, description = "No such submission, or not yours.")
    )
)]
pub(crate) async fn get_submission(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<SubmissionId>,
) -> Result<impl IntoResponse, Problem> {
    let opened = service.submission(&principal, id).await?;
    Ok(axum::Json(match principal.may(Permission::KycRead) {
        true => SubmissionBody::for_operators(opened),
        false => SubmissionBody::from(opened),
    }))
}
