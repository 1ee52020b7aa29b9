//! A rule, a set of rules, and the scenarios that weigh them, as JSON has them.

use contracts::risk::{RiskLevel, RiskOutcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ast::Predicate;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its stable code: 1 to 64 small letters, digits and `_`.
    #[schema(example = "amount_over_5000")]
    pub code: String,
    /// Its name.
    #[schema(example = "Large amount")]
    pub name: String,
    /// Why it is there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether it counts.
    #[serde(default)]
    pub mode: Mode,
    /// What it asks.
    pub when: Predicate,
    /// What follows where the answer is yes.
    #[serde(default)]
    pub effect: Effect,
    /// What follows where there is no answer. All three are needed before it is published.
    #[serde(default)]
    pub unknown: Unknowns,
}

/// Whether a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It is asked, and counts.
    #[default]
    Live,
    /// It is asked, its answers are kept, and nothing follows.
    Shadow,
    /// It is not asked.
    Off,
}

/// What follows where a rule holds. All that is given follows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// Added to the score; below 0 they lower it.
    #[serde(default)]
    pub points: i32,
    /// The level is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<RiskLevel>,
    /// The outcome is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<RiskOutcome>,
    /// A review takes two operators.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_two: bool,
}

/// What follows where a rule has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unknowns {
    /// Where something could not be found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Weight>,
    /// Where the transaction has no such thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<Weight>,
    /// Where there is too little history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub too_little_data: Option<Weight>,
}

/// What an unknown answer weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// So many points; 0 says that nothing follows.
    Points(i32),
    /// The outcome is at least this.
    Outcome(RiskOutcome),
}

/// A scenario: it weighs the answers of rules, each of which is asked once, against thresholds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its stable code: 1 to 64 small letters, digits and `_`.
    #[schema(example = "mule_account")]
    pub code: String,
    /// Its name.
    pub name: String,
    /// What each rule's answer weighs.
    pub weighs: Vec<Weighs>,
    /// From this weight on an operator looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<i32>,
    /// From this weight on it is declined; not below `review`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<i32>,
}

/// What the answer of a rule weighs in a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weighs {
    /// The rule's code.
    pub rule: String,
    /// Where it holds.
    pub hit: i32,
    /// Where something could not be found out.
    pub error: i32,
    /// Where the transaction has no such thing.
    pub not_applicable: i32,
    /// Where there is too little history.
    pub too_little_data: i32,
}

/// From which scores on a level is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// Medium, from this score on.
    pub medium: i32,
    /// High, from this score on: its maker has to show that it is them.
    pub high: i32,
}

impl Default for Levels {
    fn default() -> Self {
        Self {
            medium: 25,
            high: 50,
        }
    }
}

/// The rules of an organisation. Its JSON is what is imported and exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// The ISO 4217 code of the currency in which amounts are compared.
    #[schema(example = "USD")]
    pub base_currency: String,
    /// From which scores on a level is reached.
    #[serde(default)]
    pub levels: Levels,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The scenarios.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<Scenario>,
}

/// How far a rule has come: a draft may lack what an unknown answer weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Somebody works on it.
    Draft,
    /// It is to count.
    Publish,
}
