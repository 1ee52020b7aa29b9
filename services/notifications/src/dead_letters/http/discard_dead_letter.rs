//! `POST /api/v1/admin/dead-letters/{id}/discard`: nobody wants it handled.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use events::DeadLetterId;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::LetterBody;
use super::problem;
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
    params(("id" = inline(DeadLetterId), Path, description = "The dead letter")),
    extensions(("x-idempotency" = json!("A letter is discarded once: a repetition is refused with `dead_letter_ended`."))),
    request_body = DiscardDeadLetter,
    responses(
        (status = 200, description = "The dead letter, discarded.", body = LetterBody),
        (status = 404, description = "No such dead letter."),
        (status = 409, description = "`dead_letter_ended`: it was replayed or discarded before."),
        (status = 422, description = "`invalid_reason`: 1 to 500 characters, none of them a control character.")
    )
)]
pub(super) async fn discard_dead_letter(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<DeadLetterId>,
    body: Json<DiscardDeadLetter>,
) -> Result<impl IntoResponse, Problem> {
    let reason = checked(body.value.reason)?;
    let who = (&principal, &client);
    let discarded = service.discard_letter(who, id, &reason).await;
    Ok(axum::Json(LetterBody::from(discarded.map_err(problem)?)))
}

/// Why letters are discarded.
///
/// # Errors
/// 422 `invalid_reason`.
pub(super) fn checked(reason: String) -> Result<String, Problem> {
    let length = reason.chars().count();
    if reason.trim().is_empty() || length > 500 || reason.chars().any(char::is_control) {
        let detail = "Say why in 1 to 500 characters, none of them a control character.";
        return Err(Problem::refused("invalid_reason", detail).for_param("reason"));
    }
    Ok(reason)
}
