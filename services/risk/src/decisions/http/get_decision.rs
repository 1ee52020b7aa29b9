//! `GET /api/v1/risk/decisions/{id}`: what was decided about a transaction, and of what.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::{TransactionId, TransactionStatus};
use contracts::risk::{DecisionId, RiskDecision, RiskOutcome};
use risk_core::decide::{Condition, RuleOutcome, ScenarioOutcome};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use values::Timestamp;
use web::extract::PathId;
use web::problem::Problem;

use crate::error::Error;
use crate::service::Service;

/// A decision with all that it was made of.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecisionBody {
    /// The transaction.
    transaction: TransactionId,
    /// Where the transaction is, as far as risk has heard; `null` where it was not made.
    status: Option<TransactionStatus>,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    decided_at: Timestamp,
    /// The decision, as it is kept with the transaction.
    #[serde(flatten)]
    decision: RiskDecision,
    /// What each rule said and saw, that did not say no: those in shadow, too.
    rules: Vec<RuleOutcome>,
    /// What scenarios came to.
    scenarios: Vec<ScenarioOutcome>,
    /// The conditions in force about those who take part.
    conditions: Vec<Condition>,
    /// What would have become of it if no condition had allowed it; `null` where none did.
    without_allowance: Option<RiskOutcome>,
    /// What was known of the transaction, by the fields of the catalogue. What could not be said
    /// is `{"unknown": "…"}`.
    #[schema(value_type = Object)]
    facts: Value,
}

/// Get a decision of risk
///
/// What was decided about a transaction before money moved, by which version of the rules, and all
/// that was known. The id is in `risk.decision` of the transaction.
#[utoipa::path(
    get,
    path = "/api/v1/risk/decisions/{id}",
    tag = "risk",
    params(("id" = inline(DecisionId), Path, description = "The decision")),
    responses(
        (status = 200, description = "The decision.", body = DecisionBody),
        (status = 404, description = "No such decision, or it is not kept any more.")
    )
)]
pub(crate) async fn get_risk_decision(
    State(service): State<Arc<Service>>,
    principal: Principal,
    PathId(id): PathId<DecisionId>,
) -> Result<impl IntoResponse, Problem> {
    let (row, decision, kept) = service.decision(&principal, id).await?;
    let facts = serde_json::to_value(&kept.inputs.facts).map_err(|_| Error::Row("decisions"))?;
    Ok(axum::Json(DecisionBody {
        transaction: TransactionId(row.transaction_id),
        status: row.status.and_then(TransactionStatus::from_number),
        decided_at: kept.inputs.at,
        decision,
        rules: kept.rules,
        scenarios: kept.scenarios,
        conditions: kept.inputs.conditions,
        without_allowance: kept.without_allowance,
        facts,
    }))
}
