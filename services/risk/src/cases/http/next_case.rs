//! `POST /api/v1/cases/next`: the most urgent case that waits is the caller's.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer};
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::answer;
use super::body::CaseBody;
use crate::cases::case::Case;
use crate::cases::queue::Queue;
use crate::service::Service;

/// Of which queues.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NextCase {
    /// Of these; none: of all.
    #[serde(default)]
    queues: Vec<Queue>,
}

fn done(case: &CaseBody) -> StoredAnswer {
    StoredAnswer::json(StatusCode::OK, case)
}

/// Take the next case
///
/// The most urgent one that nobody has, that does not sleep, and in which you take no part, is
/// yours from now on. Nobody else gets it.
#[utoipa::path(
    post,
    path = "/api/v1/cases/next",
    tag = "cases",
    params(IdempotencyKeyHeader),
    request_body = NextCase,
    responses(
        (status = 200, description = "The case.", body = CaseBody),
        (status = 404, description = "No case waits in these queues.")
    )
)]
pub(crate) async fn next_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<NextCase>,
) -> Result<Response, Problem> {
    let queues = match value.queues.is_empty() {
        true => Queue::ALL,
        false => &value.queues,
    };
    let once = IdempotentRequest::new(key, &principal, &raw, done);
    let show = |case: &Case| CaseBody::of(&service, case);
    let work = service.next_case((&principal, &client), queues, (&once, show));
    answer(&service, &once, work).await
}
