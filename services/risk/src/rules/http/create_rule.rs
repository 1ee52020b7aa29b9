//! `POST /api/v1/rules`: another rule in the draft.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use idempotency::{IdempotentRequest, StoredAnswer, answer_once};
use risk_core::rules::Rule;
use web::client::Client;
use web::extract::Json;
use web::idempotency::{IdempotencyKeyHeader, RequestKey};
use web::problem::Problem;

use super::body::RuleBody;
use crate::http::of_answer;
use crate::service::Service;

/// Add a rule to the draft
///
/// It counts once somebody else has published the draft. `GET /api/v1/rule-fields` has what it may
/// ask about.
#[utoipa::path(
    post,
    path = "/api/v1/rules",
    tag = "rules",
    params(IdempotencyKeyHeader),
    request_body = Rule,
    responses(
        (status = 201, description = "The rule.", body = RuleBody),
        (status = 409, description = "`rule_exists`, or `rules_changed`: somebody else was faster."),
        (status = 422, description = "`invalid_rules`: `errors` has the path, a code and what to do, for each fault. `reserved_code`, `idempotency_key_reused`.")
    )
)]
pub(crate) async fn create_rule(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    key: RequestKey,
    Json { value, raw }: Json<Rule>,
) -> Result<Response, Problem> {
    let once = IdempotentRequest::new(key, &principal, &raw, created);
    let work = service.add_rule((&principal, &client), &value, &once);
    answer_once((&service.db, &service.vault), &once, work, of_answer).await
}

fn created(rule: &RuleBody) -> StoredAnswer {
    StoredAnswer::json(StatusCode::CREATED, rule)
}
