//! `PATCH /api/v1/kyc/submissions/{id}`: a user says who they are.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::SubmissionBody;
use crate::kyc::SubmissionId;
use crate::kyc::details::Details;
use crate::service::Service;

/// Give details
///
/// What is left out stays as it is. Possible in a draft, and where the details are asked for again.
#[utoipa::path(
    patch,
    path = "/api/v1/kyc/submissions/{id}",
    tag = "kyc",
    params(("id" = inline(SubmissionId), Path, description = "The submission")),
    request_body = Details,
    responses(
        (status = 200, description = "The submission, and what is missing.", body = SubmissionBody),
        (status = 404, description = "No such submission, or not yours."),
        (status = 409, description = "`submission_state`, or `not_asked_for`: the details are good."),
        (status = 422, description = "`invalid_details`: `errors` names the field.")
    )
)]
pub(crate) async fn give_details(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<SubmissionId>,
    Json { value, .. }: Json<Details>,
) -> Result<impl IntoResponse, Problem> {
    let opened = service.give_details(&principal, id, value).await?;
    Ok(axum::Json(SubmissionBody::from(opened)))
}
