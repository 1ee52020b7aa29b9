//! `POST /api/v1/cases/{id}/attachments`: a case has another file.

use std::sync::Arc;

use access::Principal;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{MAX_JSON_BYTES, PathId, parse_json, read_body, require_json};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::answer;
use crate::cases::CaseId;
use crate::cases::attachments::AttachmentId;
use crate::service::Service;

/// A file.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachToCase {
    /// Its name, without folders.
    #[schema(min_length = 1, max_length = 100, example = "letter.pdf")]
    name: String,
    /// What is in it, as base64: a PDF, PNG, JPEG or plain text.
    #[schema(min_length = 1, example = "SGVsbG8=")]
    content: String,
}

/// The file that was attached.
#[derive(Serialize, ToSchema)]
pub(crate) struct AttachedFile {
    /// Its id.
    id: AttachmentId,
}

/// The most bytes of a body: base64 makes four of three, and the rest has some room.
fn most(service: &Service) -> usize {
    let file = usize::try_from(service.config.cases.attachment_bytes).unwrap_or(usize::MAX);
    (file / 3).saturating_mul(4).saturating_add(MAX_JSON_BYTES)
}

fn done(id: &AttachmentId) -> StoredAnswer {
    StoredAnswer::json(StatusCode::CREATED, &AttachedFile { id: *id })
}

/// Attach a file to a case
///
/// It is kept encrypted. Its type is what its content says, whatever its name is. A case may have
/// 20 files.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/attachments",
    tag = "cases",
    params(("id" = inline(CaseId), Path, description = "The case"), IdempotencyKeyHeader),
    request_body = AttachToCase,
    responses(
        (status = 201, description = "The file.", body = AttachedFile),
        (status = 403, description = "`own_case`: you take part in it."),
        (status = 404, description = "No such case."),
        (status = 409, description = "`case_closed` or `too_many_files`."),
        (status = 422, description = "`invalid_file_name`, `invalid_file` or `invalid_file_size`.")
    )
)]
pub(crate) async fn attach_to_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<CaseId>,
    key: RequestKey,
    request: Request,
) -> Result<Response, Problem> {
    require_json(request.headers())?;
    let raw = read_body(request.into_body(), most(&service)).await?;
    let value: AttachToCase = parse_json(&raw)?;
    let once = IdempotentRequest::new(key, &principal, &raw, done);
    let file = (id, value.name.as_str(), value.content.as_str());
    let work = service.attach_to_case((&principal, &client), file, &once);
    answer(&service, &once, work).await
}
