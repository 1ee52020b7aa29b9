//! `POST /api/v1/conditions`: something is said about somebody.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use idempotency::{IdempotentRequest, answer_once};
use risk_core::decide::{ConditionKind, Side, Subject};
use serde::Deserialize;
use utoipa::ToSchema;
use values::Timestamp;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::ConditionBody;
use crate::conditions::NewCondition;
use crate::http::of_answer;
use crate::service::Service;

/// What to say about whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateCondition {
    /// About whom or what.
    subject: Subject,
    /// In which part.
    side: Side,
    /// What is said.
    kind: ConditionKind,
    /// Why: one line.
    #[schema(
        min_length = 1,
        max_length = 500,
        example = "The account was taken over, case 4711"
    )]
    reason: String,
    /// From then on; left out, or over: from now on.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// Until then; left out: until somebody ends it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Block or allow a person, a wallet, somebody outside, or a pair
///
/// `block_hard` declines, and counts once somebody else has approved it (`/approve`). `block_soft`
/// declines unless the same subject is allowed. `allow` lets pass what rules and soft blocks of the
/// subject would stop; what asks about sanctions still counts. It is in force on this node when it
/// is answered, and on others within a second.
#[utoipa::path(
    post,
    path = "/api/v1/conditions",
    tag = "rules",
    params(IdempotencyKeyHeader),
    request_body = CreateCondition,
    responses(
        (status = 201, description = "The condition; a hard block is `proposed`.", body = ConditionBody),
        (status = 403, description = "`own_case`: it is about you, or about a wallet of yours."),
        (status = 404, description = "No such user or wallet."),
        (status = 409, description = "`too_many`: 50,000 are not over."),
        (status = 422, description = "`invalid_reason`, `invalid_expiry`, `invalid_token`, `invalid_pair`, `device_not_known` or `idempotency_key_reused`.")
    )
)]
pub(crate) async fn create_condition(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<CreateCondition>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, ConditionBody::created);
    let new = NewCondition {
        subject: value.subject,
        side: value.side,
        kind: value.kind,
        reason: value.reason,
        starts_at: value.starts_at,
        expires_at: value.expires_at,
    };
    let work = service.add_condition((&principal, &client), new, &once);
    answer_once((&service.db, &service.vault), &once, work, of_answer).await
}
