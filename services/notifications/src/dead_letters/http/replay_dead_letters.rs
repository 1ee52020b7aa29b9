//! `POST /api/v1/admin/dead-letters/replay`: all letters that fit, in the background.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use events::{LetterFilter, Replay};
use idempotency::{IdempotentRequest, StoredAnswer};
use serde::Deserialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::answer;
use super::body::ReplayBody;
use crate::service::Service;

/// Which letters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayDeadLetters {
    /// Which of those that wait; `{}` for all.
    filter: WaitingLetters,
}

/// Which letters: those that wait and fit all that is said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WaitingLetters {
    /// Of this consumer.
    #[serde(default)]
    #[schema(max_length = 64, pattern = "^[a-z_]*$")]
    consumer: Option<String>,
    /// Of this feed.
    #[serde(default)]
    #[schema(max_length = 64, pattern = "^[a-z_]*$")]
    feed: Option<String>,
    /// Of events of this type.
    #[serde(default, rename = "type")]
    #[schema(max_length = 64, pattern = "^[a-z_.]*$")]
    kind: Option<String>,
    /// That failed for this cause.
    #[serde(default)]
    #[schema(max_length = 500)]
    cause: Option<String>,
    /// That failed last at this time or later.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

impl From<WaitingLetters> for LetterFilter {
    fn from(of: WaitingLetters) -> Self {
        Self {
            consumer: of.consumer,
            feed: of.feed,
            kind: of.kind,
            cause: of.cause,
            since: of.since,
            ..Self::default()
        }
    }
}

/// Replay dead letters
///
/// All that wait now and fit are handled in the background, at most about a thousand a second, in
/// the order in which they failed. It goes on after a restart. It is in the audit trail.
#[utoipa::path(
    post,
    path = "/api/v1/admin/dead-letters/replay",
    tag = "operations",
    params(IdempotencyKeyHeader),
    request_body = ReplayDeadLetters,
    responses((status = 202, description = "The replay that has begun.", body = ReplayBody))
)]
pub(super) async fn replay_dead_letters(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<ReplayDeadLetters>,
) -> Result<Response, Problem> {
    let filter = value.filter.into();
    let once = IdempotentRequest::new(key, &principal, &raw, begun);
    let work = service.replay_letters((&principal, &client), &filter, &once);
    answer(&service, &once, work).await
}

fn begun(replay: &Replay) -> StoredAnswer {
    StoredAnswer::json(StatusCode::ACCEPTED, &ReplayBody::from(replay.clone()))
}
