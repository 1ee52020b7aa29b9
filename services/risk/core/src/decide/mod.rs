//! One transaction against a set of rules: what becomes of it, and why. The same inputs give the
//! same bytes, so that any decision can be made again.

mod conditions;

use contracts::risk::{DecisionId, RiskDecision, RiskFactor, RiskLevel, RiskOutcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;

pub use conditions::{Condition, ConditionKind, Parties, PartySubjects, Side, Subject};

use crate::facts::Facts;
use crate::rules::{Answer, CompiledSet};
use crate::seen::Seen;

/// All that a decision depends on beside the rules. Kept with the decision, it makes it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// When.
    pub at: Timestamp,
    /// What is known of the transaction.
    pub facts: Facts,
    /// In the order of [`CompiledSet::velocities`]. What is missing is an error.
    #[serde(default)]
    pub velocities: Vec<Seen>,
    /// Flags in the order of [`CompiledSet::questions`]. What is missing is an error.
    #[serde(default)]
    pub memberships: Vec<Seen>,
    /// Who takes part.
    pub parties: Parties,
    /// The conditions of those who take part; others are passed over.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// The snoozes of the customer: of who gives, or of who receives where nobody gives.
    #[serde(default)]
    pub snoozes: Vec<Snooze>,
    /// The codes of the rules that their breakers have taken out of effect.
    #[serde(default)]
    pub tripped: Vec<String>,
}

/// A rule that is quiet for a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Snooze {
    /// The rule's code.
    pub rule: String,
    /// Until then; at that moment it is over.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// What becomes of the transaction.
    pub outcome: RiskOutcome,
    /// The sum of the factors' points, not below 0.
    pub score: i32,
    /// How great the risk is.
    pub level: RiskLevel,
    /// Whether a review takes two operators.
    pub needs_two: bool,
    /// Why: the heaviest first.
    pub factors: Vec<RiskFactor>,
    /// The version of the rules.
    pub rule_set: i64,
    /// What each rule said, in the order of the set.
    pub rules: Vec<RuleOutcome>,
    /// What each scenario came to, in the order of the set.
    pub scenarios: Vec<ScenarioOutcome>,
    /// Whether a condition allowed it.
    pub allowed: bool,
    /// What would have become of it without that.
    pub without_allowance: RiskOutcome,
}

/// What a rule said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RuleOutcome {
    /// The rule's code.
    pub rule: String,
    /// What it said.
    pub answer: Answer,
    /// Whether it counted.
    pub standing: Standing,
    /// The points that follow, or would have.
    pub points: i32,
    /// The outcome that follows, or would have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RiskOutcome>,
    /// What was looked at, unless the answer is no.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<SeenValue>,
}

/// A value that a rule looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeenValue {
    /// What: a field's name, a velocity or a list.
    #[schema(example = "amount")]
    pub what: String,
    /// The value.
    #[schema(value_type = Object)]
    pub value: Seen,
}

/// Whether the answer of a rule counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It did.
    Counted,
    /// The rule is in shadow, by its mode or by its breaker.
    Shadow,
    /// The rule is quiet for this customer.
    Snoozed,
    /// A condition allowed the transaction.
    Allowed,
}

/// What a scenario came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioOutcome {
    /// The scenario's code.
    pub scenario: String,
    /// The sum of what the answers weigh.
    pub weight: i32,
    /// What follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RiskOutcome>,
}

impl Decided {
    /// The decision as other services see it.
    #[must_use]
    pub fn decision(&self, id: DecisionId, took_us: i64) -> RiskDecision {
        RiskDecision {
            id,
            outcome: self.outcome,
            score: self.score,
            level: self.level,
            factors: self.factors.clone(),
            rule_set: self.rule_set,
            needs_two: self.needs_two,
            took_us,
        }
    }
}

/// Whether a number has reached a threshold. Levels and scenarios ask nothing else.
#[must_use]
pub const fn reaches(number: i32, threshold: i32) -> bool {
    number >= threshold
}

/// Decides.
#[must_use]
pub fn decide(set: &CompiledSet, inputs: &Inputs) -> Decided {
    let _ = inputs;
    Decided {
        outcome: RiskOutcome::Approve,
        score: 0,
        level: RiskLevel::Low,
        needs_two: false,
        factors: Vec::new(),
        rule_set: set.version(),
        rules: Vec::new(),
        scenarios: Vec::new(),
        allowed: false,
        without_allowance: RiskOutcome::Approve,
    }
}
