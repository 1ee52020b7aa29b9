//! `GET /api/v1/case-attachments/{id}`: a file of a case.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use web::extract::PathId;
use web::problem::Problem;

use crate::cases::CaseId;
use crate::cases::attachments::AttachmentId;
use crate::service::Service;

/// A file with what is in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseAttachment {
    /// Its id.
    id: AttachmentId,
    /// The case.
    case: CaseId,
    /// Its name.
    name: String,
    /// Its media type, by its content.
    #[schema(example = "application/pdf")]
    kind: String,
    /// Its bytes.
    size: usize,
    /// What is in it, as base64.
    content: String,
}

/// Get a file of a case
#[utoipa::path(
    get,
    path = "/api/v1/case-attachments/{id}",
    tag = "cases",
    params(("id" = inline(AttachmentId), Path, description = "The file: `attachments` of a case has it")),
    responses(
        (status = 200, description = "The file.", body = CaseAttachment),
        (status = 404, description = "No such file.")
    )
)]
pub(crate) async fn get_case_attachment(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<AttachmentId>,
) -> Result<impl IntoResponse, Problem> {
    let file = service.case_attachment(&principal, id).await?;
    Ok(axum::Json(CaseAttachment {
        id,
        case: file.case,
        name: file.name,
        kind: file.kind,
        size: file.size,
        content: file.content,
    }))
}
