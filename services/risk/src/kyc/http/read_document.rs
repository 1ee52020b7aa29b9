//! `GET /api/v1/kyc/documents/{id}/content`: what is in a document.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::IntoResponse;
use web::client::Client;
use web::extract::PathId;
use web::problem::Problem;

use crate::kyc::DocumentId;
use crate::service::Service;

/// Read a document
///
/// As a file to save: nothing in it is carried out in the browser. That an operator reads it is in
/// the audit trail.
#[utoipa::path(
    get,
    path = "/api/v1/kyc/documents/{id}/content",
    tag = "kyc",
    params(("id" = inline(DocumentId), Path, description = "The document")),
    responses(
        (status = 200, description = "The file.", content(
            (Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "application/pdf")
        )),
        (status = 404, description = "No such document, or not yours, or it was erased.")
    )
)]
pub(crate) async fn read_document(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<DocumentId>,
) -> Result<impl IntoResponse, Problem> {
    let (document, content) = service.read_document((&principal, &client), id).await?;
    let name = format!(
        "attachment; filename=\"{id}.{}\"",
        document.media_type.ending()
    );
    let name = HeaderValue::try_from(name).map_err(|_| Problem::internal())?;
    let fixed = HeaderValue::from_static;
    let headers = [
        (CONTENT_TYPE, fixed(document.media_type.as_str())),
        (CONTENT_DISPOSITION, name),
        (
            CONTENT_SECURITY_POLICY,
            fixed("sandbox; default-src 'none'"),
        ),
        (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (CACHE_CONTROL, fixed("no-store")),
    ];
    Ok((headers, content))
}
