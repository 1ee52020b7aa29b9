//! `POST /api/v1/admin/dead-letters/{id}/discard`: nobody wants it handled.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use events::DeadLetterId;
use idempotency::IdempotentRequest;
use platform::text::{TEXT_RULE, free_text};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::answer;
use super::body::LetterBody;
use crate::service::Service;

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscardDeadLetter {
    /// For those who look at it later.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
        example = "The user was told by phone"
    )]
    reason: String,
}

/// Discard a dead letter
///
/// Its event is not handled. The letter stays, with the reason, and it is in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/admin/dead-letters/{id}/discard",
    tag = "operations",
    params(("id" = inline(DeadLetterId), Path, description = "The dead letter"), IdempotencyKeyHeader),
    request_body = DiscardDeadLetter,
    responses(
        (status = 200, description = "The dead letter, discarded.", body = LetterBody),
        (status = 404, description = "No such dead letter."),
        (status = 409, description = "`dead_letter_ended`: it was replayed or discarded before."),
        (status = 422, description = "`invalid_reason`: one line of 1 to 500 characters, of which something is to be seen and none is a control, invisible or changes the direction of text.")
    )
)]
pub(super) async fn discard_dead_letter(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<DeadLetterId>,
    key: RequestKey,
    Json { value, raw }: Json<DiscardDeadLetter>,
) -> Result<Response, Problem> {
    let reason = checked(value.reason)?;
    let once = IdempotentRequest::new(key, &principal, &raw, LetterBody::done);
    let work = service.discard_letter((&principal, &client), (id, &reason), &once);
    answer(&service, &once, work).await
}

/// Why letters are discarded.
///
/// # Errors
/// 422 `invalid_reason`.
pub(super) fn checked(reason: String) -> Result<String, Problem> {
    let length = reason.chars().count();
    if !(1..=500).contains(&length) || reason.contains('\n') || !free_text(&reason) {
        let detail = format!("Say why in one line of 1 to 500 characters: {TEXT_RULE}.");
        return Err(Problem::refused("invalid_reason", detail).for_param("reason"));
    }
    Ok(reason)
}
