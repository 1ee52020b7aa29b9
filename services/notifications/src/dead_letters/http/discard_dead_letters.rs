//! `POST /api/v1/admin/dead-letters/discard`: nobody wants those handled that fit.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::answer;
use super::discard_dead_letter::checked;
use super::replay_dead_letters::WaitingLetters;
use crate::dead_letters::MOST_DISCARDED;
use crate::service::Service;

/// Which letters, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscardDeadLetters {
    /// Which of those that wait; `{}` for all.
    filter: WaitingLetters,
    /// For those who look at them later.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    reason: String,
}

/// What was discarded.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DiscardedLetters {
    /// How many, a thousand at most.
    discarded: u64,
    /// Whether there may be more that fit: ask again.
    has_more: bool,
}

/// Discard dead letters
///
/// Those that wait and fit, the oldest first, a thousand at most. They stay, with the reason. It is
/// in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/admin/dead-letters/discard",
    tag = "operations",
    params(IdempotencyKeyHeader),
    request_body = DiscardDeadLetters,
    responses(
        (status = 200, description = "How many there were.", body = DiscardedLetters),
        (status = 422, description = "`invalid_reason`: one line of 1 to 500 characters, of which something is to be seen and none is a control, invisible or changes the direction of text.")
    )
)]
pub(super) async fn discard_dead_letters(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<DiscardDeadLetters>,
) -> Result<Response, Problem> {
    let reason = checked(value.reason)?;
    let filter = value.filter.into();
    let once = IdempotentRequest::new(key, &principal, &raw, discarded);
    let work = service.discard_letters((&principal, &client), (&filter, &reason), &once);
    answer(&service, &once, work).await
}

fn discarded(count: &u64) -> StoredAnswer {
    let body = DiscardedLetters {
        discarded: *count,
        has_more: *count >= MOST_DISCARDED.unsigned_abs(),
    };
    StoredAnswer::json(StatusCode::OK, &body)
}
