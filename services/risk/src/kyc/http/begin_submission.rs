//! `POST /api/v1/kyc/submissions`: a user begins to show who they are.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contracts::kyc::KycLevel;
use idempotency::{IdempotentRequest, StoredAnswer};
use serde::Deserialize;
use utoipa::ToSchema;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::SubmissionBody;
use crate::kyc::details::{Address, Details};
use crate::service::Service;

/// For which level, and what is known already.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BeginSubmission {
    /// `basic` or `full`.
    level: KycLevel,
    /// As it stands in the document.
    #[serde(default)]
    #[schema(max_length = 100, example = "Ann Example")]
    name: Option<String>,
    /// Year, month and day.
    #[serde(default)]
    #[schema(format = Date, example = "1990-04-23")]
    date_of_birth: Option<String>,
    /// Where they live.
    #[serde(default)]
    address: Option<Address>,
    /// The country that they live in: ISO 3166-1, two letters.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 2, example = "DE")]
    country: Option<String>,
}

/// Begin to show who you are
///
/// A draft, which you go on with on any device: give details, add documents, send it in. There is
/// one open submission at a time.
#[utoipa::path(
    post,
    path = "/api/v1/kyc/submissions",
    tag = "kyc",
    params(IdempotencyKeyHeader),
    request_body = BeginSubmission,
    responses(
        (status = 201, description = "The draft, and what is missing.", body = SubmissionBody),
        (status = 409, description = "`submission_open`: go on with the one that there is. `level_held`: you have a higher level."),
        (status = 422, description = "`invalid_level`, `invalid_details` or `idempotency_key_reused`."),
        (status = 429, description = "`too_many_submissions`: 10 a day may be begun.")
    )
)]
pub(crate) async fn begin_submission(
    State(service): State<Arc<Service>>,
    principal: Principal,
    key: RequestKey,
    Json { value, raw }: Json<BeginSubmission>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, begun);
    let details = Details {
        name: value.name,
        date_of_birth: value.date_of_birth,
        address: value.address,
        country: value.country,
    };
    let work = service.begin_submission(&principal, (value.level, details), &once);
    service.once(&once, work).await
}

fn begun(body: &SubmissionBody) -> StoredAnswer {
    StoredAnswer::json(StatusCode::CREATED, body)
}
