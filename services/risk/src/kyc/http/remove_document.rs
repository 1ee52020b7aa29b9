//! `DELETE /api/v1/kyc/documents/{id}`: a document was added by mistake.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use web::extract::PathId;
use web::problem::Problem;

use crate::kyc::DocumentId;
use crate::service::Service;

/// Remove a document
///
/// One that you have added and not sent in yet. It is deleted.
#[utoipa::path(
    delete,
    path = "/api/v1/kyc/documents/{id}",
    tag = "kyc",
    params(("id" = inline(DocumentId), Path, description = "The document")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "No such document, or not yours."),
        (status = 409, description = "`submission_state` or `not_asked_for`: it was sent in already.")
    )
)]
pub(crate) async fn remove_document(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<DocumentId>,
) -> Result<StatusCode, Problem> {
    service.remove_document(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
