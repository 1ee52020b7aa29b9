//! `POST /api/v1/admin/dead-letters/{id}/replay`: one letter, handled now.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use events::DeadLetterId;
use idempotency::IdempotentRequest;
use web::client::Client;
use web::extract::PathId;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::answer;
use super::body::LetterBody;
use crate::service::Service;

/// Replay a dead letter
///
/// Its event is handled now; what came after it was handled before. It is in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/admin/dead-letters/{id}/replay",
    tag = "operations",
    params(("id" = inline(DeadLetterId), Path, description = "The dead letter"), IdempotencyKeyHeader),
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
    key: RequestKey,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, b"", LetterBody::done);
    let work = service.replay_letter((&principal, &client), id, &once);
    answer(&service, &once, work).await
}
