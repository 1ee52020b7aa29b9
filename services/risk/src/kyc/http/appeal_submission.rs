//! `POST /api/v1/kyc/submissions/{id}/appeal`: a user says why a rejection is wrong.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use idempotency::IdempotentRequest;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::SubmissionBody;
use super::submit_submission::done;
use crate::kyc::SubmissionId;
use crate::service::Service;

/// Why it is wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppealSubmission {
    /// In your words.
    #[schema(
        min_length = 1,
        max_length = 2_000,
        example = "My passport was renewed; the one I sent is valid until 2031."
    )]
    text: String,
}

/// Appeal against a rejection
///
/// Once, and in time. Another operator than the one who has rejected it decides.
#[utoipa::path(
    post,
    path = "/api/v1/kyc/submissions/{id}/appeal",
    tag = "kyc",
    params(("id" = inline(SubmissionId), Path, description = "The submission"), IdempotencyKeyHeader),
    request_body = AppealSubmission,
    responses(
        (status = 200, description = "The submission, in review.", body = SubmissionBody),
        (status = 404, description = "No such submission, or not yours."),
        (status = 409, description = "`submission_state`: it was not rejected. `appeal_closed`: there was an appeal, or it is too late. `submission_open`: you have begun another one."),
        (status = 422, description = "`invalid_text` or `idempotency_key_reused`.")
    )
)]
pub(crate) async fn appeal_submission(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<SubmissionId>,
    key: RequestKey,
    Json { value, raw }: Json<AppealSubmission>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, done);
    let work = service.appeal((&principal, &client), (id, &value.text), &once);
    service.once(&once, work).await
}
