//! `POST /api/v1/kyc/submissions/{id}/submit`: a user sends in what shows who they are.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, OptionalJson, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::SubmissionBody;
use crate::kyc::SubmissionId;
use crate::service::Service;

/// Nothing more is to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitSubmission {}

/// Send a submission in
///
/// A provider checks it, mostly within minutes; what it cannot say an operator decides. You are
/// told of each change.
#[utoipa::path(
    post,
    path = "/api/v1/kyc/submissions/{id}/submit",
    tag = "kyc",
    params(("id" = inline(SubmissionId), Path, description = "The submission"), IdempotencyKeyHeader),
    request_body = Option<SubmitSubmission>,
    responses(
        (status = 200, description = "The submission.", body = SubmissionBody),
        (status = 404, description = "No such submission, or not yours."),
        (status = 409, description = "`submission_state`: it was sent in already."),
        (status = 422, description = "`submission_incomplete`: `errors` names what is missing; or `idempotency_key_reused`.")
    )
)]
pub(crate) async fn submit_submission(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<SubmissionId>,
    key: RequestKey,
    OptionalJson(Json { raw, .. }): OptionalJson<SubmitSubmission>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, done);
    let work = service.send_in((&principal, &client), id, &once);
    service.once(&once, work).await
}

pub(super) fn done(body: &SubmissionBody) -> StoredAnswer {
    StoredAnswer::json(StatusCode::OK, body)
}
