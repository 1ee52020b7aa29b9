//! `POST /api/v1/kyc/documents/{id}/review`: an operator decides on a document.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::DocumentBody;
use crate::kyc::DocumentId;
use crate::kyc::document::Verdict;
use crate::service::Service;

/// What is decided.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewDocument {
    /// `accepted`, `rejected`, `again`; `pending` takes it back.
    verdict: Verdict,
    /// Why: one line that its user reads. Needed unless it is accepted.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "The lower edge is cut off"
    )]
    reason: Option<String>,
}

/// Decide on a document
///
/// Of a submission in review, and not one's own. Its user learns of it with the decision on the
/// submission.
#[utoipa::path(
    post,
    path = "/api/v1/kyc/documents/{id}/review",
    tag = "kyc",
    params(("id" = inline(DocumentId), Path, description = "The document")),
    extensions(("x-idempotency" = json!("A document has one verdict: a repetition says the same."))),
    request_body = ReviewDocument,
    responses(
        (status = 200, description = "The document.", body = DocumentBody),
        (status = 404, description = "No such document, or it was replaced."),
        (status = 409, description = "`submission_state`, `own_submission` or `second_operator_needed`."),
        (status = 422, description = "`invalid_reason`.")
    )
)]
pub(crate) async fn review_document(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<DocumentId>,
    Json { value, .. }: Json<ReviewDocument>,
) -> Result<impl IntoResponse, Problem> {
    let said = (value.verdict, value.reason.as_deref());
    let document = service.review_document((&principal, &client), id, said);
    Ok(axum::Json(DocumentBody::from(&document.await?)))
}
