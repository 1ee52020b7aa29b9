//! `POST /api/v1/kyc/submissions/{id}/documents`: a document comes in.

use std::sync::Arc;

use access::Principal;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::{PathId, Query, read_body};
use web::problem::Problem;

use super::body::DocumentBody;
use crate::kyc::document::DocumentKind;
use crate::kyc::uploads::Upload;
use crate::kyc::{DocumentId, SubmissionId};
use crate::service::Service;

/// What it shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AddDocument {
    /// What it shows.
    #[param(inline)]
    kind: DocumentKind,
    /// The document that is asked for again; left out: the one of the same kind.
    #[serde(default)]
    #[param(inline)]
    replaces: Option<DocumentId>,
}

/// Add a document
///
/// The body is the file: JPEG, PNG or PDF, by its content and whatever it is called. Of images only
/// the picture is kept: places, times and names of cameras are dropped. Possible in a draft, and
/// where a document is asked for again.
#[utoipa::path(
    post,
    path = "/api/v1/kyc/submissions/{id}/documents",
    tag = "kyc",
    params(("id" = inline(SubmissionId), Path, description = "The submission"), AddDocument),
    extensions(("x-idempotency" = json!("A submission has a document once: a repetition is refused with `document_exists`."))),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file."),
    responses(
        (status = 201, description = "The document, as it is kept.", body = DocumentBody),
        (status = 404, description = "No such submission, or not yours."),
        (status = 409, description = "`submission_state`, `document_exists`, `too_many_documents`, or `not_asked_for`."),
        (status = 413, description = "`body_too_large`: `risk.kyc.document_bytes` says how much is taken."),
        (status = 422, description = "`unsupported_document`, `damaged_document`, `ambiguous_document` (two types at once), `document_too_many_pixels` or `active_document`.")
    )
)]
pub(crate) async fn add_document(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<SubmissionId>,
    Query(query): Query<AddDocument>,
    body: Body,
) -> Result<impl IntoResponse, Problem> {
    let file = read_body(body, service.config.kyc.document_bytes).await?;
    let upload = Upload {
        kind: query.kind,
        replaces: query.replaces,
        file,
    };
    let document = service.add_document(&principal, id, upload).await?;
    Ok((
        StatusCode::CREATED,
        axum::Json(DocumentBody::from(&document)),
    ))
}
