//! `POST /api/v1/cases/{id}/decide`: an operator decides about a case.

use std::sync::Arc;

use access::{Principal, STEP_UP_WITHIN};
use axum::extract::State;
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::ToSchema;
use web::client::Client;
use web::extract::{Json, PathId};
use web::problem::Problem;

use super::body::CaseBody;
use crate::cases::CaseId;
use crate::cases::case::Word;
use crate::cases::deciding::{NewDecision, also_needed};
use crate::cases::queue::Verdict;
use crate::service::Service;

/// What was found, and what is to follow.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecideCase {
    /// What you found.
    outcome: Verdict,
    /// Why: one of `reasons` of the case.
    #[schema(min_length = 1, max_length = 64, example = "known_customer")]
    reason: String,
    /// In your own words.
    #[serde(default)]
    #[schema(max_length = 2000, example = "The customer has shown the invoice")]
    note: String,
    /// What becomes of the transaction, where one waits in review for this: what is confirmed is
    /// declined, a false positive approved.
    #[serde(default)]
    transaction: Option<Word>,
}

/// Decide a case
///
/// Where the amount is large, risk says so, or a match of a sanctions list is confirmed, the first
/// decision is a proposal, and the case ends when somebody else decides the same; another decision
/// takes its place. Nobody decides a case that they take part in. Asks a login for a fresh proof.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/decide",
    tag = "cases",
    params(("id" = inline(CaseId), Path, description = "The case")),
    extensions(("x-idempotency" = json!("A case is decided once: the same decision of the same operator is answered the same."))),
    request_body = DecideCase,
    responses(
        (status = 200, description = "The case: ended, or with `proposal`.", body = CaseBody),
        (status = 403, description = "`own_case`: you take part in it. `step_up_required`. `forbidden`: a transaction takes `transactions:resolve`, too."),
        (status = 404, description = "No such case."),
        (status = 409, description = "`case_closed`, `case_changed` or `decision_under_way`: somebody was faster. `second_operator_needed`: you have proposed it. `case_assigned`: another operator has it. `nothing_waits` or `transaction_not_in_review`: no transaction waits for it. `payments_refused`. `ends_by_evidence`."),
        (status = 422, description = "`invalid_reason_code`, `invalid_text`, `transaction_required` or `contradictory_decision`."),
        (status = 503, description = "`payments_unavailable`: the decision is kept, and is carried out as soon as payments answers.")
    )
)]
pub(crate) async fn decide_case(
    State(service): State<Arc<Service>>,
    principal: Principal,
    client: Client,
    PathId(id): PathId<CaseId>,
    Json { value, .. }: Json<DecideCase>,
) -> Result<impl IntoResponse, Problem> {
    principal.require_recent_second_factor(service.clock.now(), STEP_UP_WITHIN)?;
    let queue = service.case(principal.org, id).await?.queue;
    if let Some(permission) = also_needed(queue) {
        principal.require(permission)?;
    }
    let decision = NewDecision {
        outcome: value.outcome,
        reason: value.reason,
        note: value.note,
        transaction: value.transaction,
    };
    let who = (&principal, &client);
    let case = service.decide_case(who, id, decision).await?;
    Ok(axum::Json(CaseBody::of(&service, &case)))
}
