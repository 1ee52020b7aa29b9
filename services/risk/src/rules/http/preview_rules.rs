//! `POST /api/v1/rules/preview`: what rules would have done.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::IntoResponse;
use contracts::payments::TransactionId;
use contracts::risk::{RiskLevel, RiskOutcome};
use risk_core::rules::Rule;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;
use web::extract::Json;
use web::problem::Problem;

use crate::rules::preview::{OfRule, Preview, Sample};
use crate::service::Service;

/// What to try, and on what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewRules {
    /// On the transactions of so many days.
    #[schema(minimum = 1, maximum = 90, example = 30)]
    days: i64,
    /// A rule, in the place of the one with its code or beside the others; else the draft as it is.
    #[serde(default)]
    rule: Option<Rule>,
}

/// What rules would have done.
#[derive(Serialize, ToSchema)]
pub(crate) struct PreviewBody {
    /// Transactions that were looked at.
    asked: u64,
    /// Of them those of which not all is known any more: nothing is said about them.
    incomplete: u64,
    /// What each rule would have done.
    rules: Vec<RulePreview>,
    /// What would have become of transactions.
    outcomes: Vec<OutcomeChange>,
    /// Up to 20 that would have been judged otherwise.
    samples: Vec<SampleBody>,
}

/// What a rule would have done.
#[derive(Serialize, ToSchema)]
pub(crate) struct RulePreview {
    /// Its code.
    rule: String,
    /// How many transactions it would have hit.
    hits: u64,
    /// Where it could not have said.
    unknown: u64,
    /// What they come to, in minor units of the base currency.
    amount_minor: i64,
    /// How many of them other rules would have hit, too.
    overlap: Vec<Overlap>,
}

/// How many transactions another rule would have hit, too.
#[derive(Serialize, ToSchema)]
pub(crate) struct Overlap {
    /// Its code.
    rule: String,
    /// How many.
    hits: u64,
}

/// What would have become of transactions.
#[derive(Serialize, ToSchema)]
pub(crate) struct OutcomeChange {
    /// By the rules in force.
    before: RiskOutcome,
    /// By those that are tried.
    after: RiskOutcome,
    /// How many.
    count: u64,
}

/// A transaction that would have been judged otherwise.
#[derive(Serialize, ToSchema)]
pub(crate) struct SampleBody {
    /// Which.
    transaction: TransactionId,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Minor units of the base currency.
    amount_minor: Option<i64>,
    /// By the rules in force.
    before: Judged,
    /// By those that are tried.
    after: Judged,
    /// The codes of what would have counted, the heaviest first.
    factors: Vec<String>,
}

/// What rules say of a transaction.
#[derive(Serialize, ToSchema)]
pub(crate) struct Judged {
    /// What becomes of it.
    outcome: RiskOutcome,
    /// How great the risk is.
    level: RiskLevel,
    /// The sum of all points.
    score: i32,
}

impl From<(RiskOutcome, RiskLevel, i32)> for Judged {
    fn from((outcome, level, score): (RiskOutcome, RiskLevel, i32)) -> Self {
        Self {
            outcome,
            level,
            score,
        }
    }
}

impl From<(String, OfRule)> for RulePreview {
    fn from((rule, of): (String, OfRule)) -> Self {
        let overlap = of.overlap.into_iter();
        Self {
            rule,
            hits: of.hits,
            unknown: of.unknown,
            amount_minor: of.amount_minor,
            overlap: overlap.map(|(rule, hits)| Overlap { rule, hits }).collect(),
        }
    }
}

impl From<Sample> for SampleBody {
    fn from(sample: Sample) -> Self {
        Self {
            transaction: sample.transaction,
            at: sample.at,
            amount_minor: sample.amount_minor,
            before: sample.before.into(),
            after: sample.after.into(),
            factors: sample.factors,
        }
    }
}

impl From<Preview> for PreviewBody {
    fn from(preview: Preview) -> Self {
        let outcomes = preview.outcomes.into_iter();
        let change = |((before, after), count)| OutcomeChange {
            before,
            after,
            count,
        };
        Self {
            asked: preview.asked,
            incomplete: preview.incomplete,
            rules: preview.rules.into_iter().map(RulePreview::from).collect(),
            outcomes: outcomes.map(change).collect(),
            samples: preview.samples.into_iter().map(SampleBody::from).collect(),
        }
    }
}

/// Preview rules on what has happened
///
/// The transactions of the last days are decided once more, by the rules in force and by those that
/// are tried: how often each would have hit, and what would have become of transactions. Amounts
/// are compared at today's rates, and lists are asked as they are now. One preview at a time.
#[utoipa::path(
    post,
    path = "/api/v1/rules/preview",
    tag = "rules",
    extensions(("x-idempotency" = json!("It changes nothing: a repetition looks again."))),
    request_body = PreviewRules,
    responses(
        (status = 200, description = "What they would have done.", body = PreviewBody),
        (status = 422, description = "`invalid_days`, or `invalid_rules`: `errors` has the path, a code and what to do, for each fault."),
        (status = 429, description = "`preview_under_way`: another one has not ended.")
    )
)]
pub(crate) async fn preview_rules(
    State(service): State<Arc<Service>>,
    principal: Principal,
    Json { value, .. }: Json<PreviewRules>,
) -> Result<impl IntoResponse, Problem> {
    let preview = service
        .preview(principal.org, value.days, value.rule)
        .await?;
    Ok(axum::Json(PreviewBody::from(preview)))
}
