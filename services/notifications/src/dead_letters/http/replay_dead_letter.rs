//! `POST /api/v1/admin/dead-letters/{id}/replay`: one letter, handled now.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use events::DeadLetterId;
use web::client::Client;
use web::extract::PathId;
use web::problem::Problem;

use super::body::LetterBody;
use super::problem;
use crate::service::Service;

/// Replay a dead letter
///
/// Its event is handled now; what came after it was handled before. It is in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/admin/dead-letters/{id}/replay",
    tag = "operations",
    params(("id" = inline(DeadLetterId), Path, description = "The dead letter")),
    extensions(("x-idempotency" = json!("A letter is handled once: a repetition is refused with `dead_letter_ended`."))),
    responses(
        (status = 200, description = "The dead letter, replayed.", body = LetterBody),
        (status = 404, description = "No such dead letter."),
        (status = 409, description = "`dead_letter_ended`: it was replayed or discarded before. `event_gone`, `no_such_consumer`: it can only be discarded."),
        (status = 422, description = "`failed_again`: it still waits; `detail` says why.")
    )
)]
pub(super) async fn replay_dead_letter(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<DeadLetterId>,
) -> Result<impl IntoResponse, Problem> {
    let replayed = service.replay_letter((&principal, &client), id).await;
    Ok(axum::Json(LetterBody::from(replayed.map_err(problem)?)))
}
