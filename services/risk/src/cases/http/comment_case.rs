//! `POST /api/v1/cases/{id}/comment`: somebody says something about a case.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::answer;
use crate::cases::CaseId;
use crate::service::Service;

/// A comment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommentCase {
    /// The words, which may have several lines.
    #[schema(
        min_length = 1,
        max_length = 4000,
        example = "Called the customer: nobody answers"
    )]
    text: String,
}

/// Comment on a case
///
/// It is in the timeline, and stays. A case that has ended can be commented on, too.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/comment",
    tag = "cases",
    params(("id" = inline(CaseId), Path, description = "The case"), IdempotencyKeyHeader),
    request_body = CommentCase,
    responses(
        (status = 204, description = "It is in the timeline."),
        (status = 403, description = "`own_case`: you take part in it."),
        (status = 404, description = "No such case."),
        (status = 422, description = "`invalid_text`.")
    )
)]
pub(crate) async fn comment_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<CaseId>,
    key: RequestKey,
    Json { value, raw }: Json<CommentCase>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, |()| StoredAnswer::nothing());
    let work = service.comment_case((&principal, &client), (id, &value.text), &once);
    answer(&service, &once, work).await
}
