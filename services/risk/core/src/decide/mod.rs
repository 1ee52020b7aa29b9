//! One transaction against a set of rules: what becomes of it, and why. The same inputs give the
//! same bytes, so that any decision can be made again.

mod conditions;
mod explain;
mod factor;
mod tally;

use contracts::identity::UserId;
use contracts::risk::{DecisionId, RiskDecision, RiskFactor, RiskLevel, RiskOutcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;

pub use conditions::{Condition, ConditionKind, Parties, PartySubjects, Side, Subject};

use conditions::standing;
use explain::Explain;
use factor::Factor;
use tally::{Spoken, Tally};

use crate::facts::Facts;
use crate::field::Field;
use crate::rules::{Answer, Answers, CompiledRule, CompiledSet, Mode};
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
    /// Those who take part and are confirmed to be on a sanctions list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<Confirmed>,
    /// The snoozes of the customer: of who gives, or of who receives where nobody gives.
    #[serde(default)]
    pub snoozes: Vec<Snooze>,
    /// The codes of the rules that their breakers have taken out of effect.
    #[serde(default)]
    pub tripped: Vec<String>,
}

/// Somebody of whom operators have confirmed that a sanctions list means them: they neither send
/// nor receive, whatever rules and conditions say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// Who.
    pub person: UserId,
    /// Which entry, and why.
    pub reason: String,
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
    /// Whether a rule, by what it said, has a part in that the transaction waits or is declined:
    /// what its breaker counts.
    #[must_use]
    pub fn is_held_by(&self, rule: &CompiledRule, said: &RuleOutcome) -> bool {
        let counted = said.answer == Answer::Hit && said.standing == Standing::Counted;
        let by_outcome = said.outcome > Some(RiskOutcome::Approve);
        let raises = said.points > 0 || rule.rule().effect.floor.is_some();
        let by_level = self.level == RiskLevel::High && raises;
        counted && self.outcome > RiskOutcome::Approve && (by_outcome || by_level)
    }

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
    let standing = standing(inputs);
    let allowed = standing.allowed.is_some() && standing.blocked.is_none();
    let answers = Answers {
        facts: &inputs.facts,
        velocities: &inputs.velocities,
        memberships: &inputs.memberships,
    };
    let explain = Explain::new(set, answers);
    let spoken = ask(set, inputs, &answers, allowed);
    let all = Tally::of(set, &spoken, |_| true);
    let counted = if allowed {
        Tally::of(set, &spoken, |one| one.rule.is_sanctions())
    } else {
        all.clone()
    };
    let mut factors = Vec::new();
    factors.extend(standing.factors());
    for one in spoken.iter().filter(|one| one.matters()) {
        factors.extend(explain.factor(one));
    }
    let levels = set.levels();
    let mut outcome = counted.outcome(levels);
    let mut needs_two = counted.needs_two;
    factors.extend(counted.scenario_factors(set));
    if on_sanctions_list(&inputs.facts) && outcome < RiskOutcome::Review {
        (outcome, needs_two) = (RiskOutcome::Review, true);
        factors.push(Factor::unguarded());
    }
    factors.extend(inputs.confirmed.iter().map(Factor::confirmed));
    if standing.blocked.is_some() || !inputs.confirmed.is_empty() {
        outcome = RiskOutcome::Decline;
    }
    factors.sort_by_key(Factor::heaviest_first);
    let without_allowance = standing.without_allowance(all.outcome(levels)).max(outcome);
    Decided {
        outcome,
        score: counted.score(),
        level: counted.level(levels),
        needs_two,
        factors: factors.into_iter().map(|one| one.factor).collect(),
        rule_set: set.version(),
        rules: spoken.iter().map(|one| explain.rule_outcome(one)).collect(),
        scenarios: counted.scenarios,
        allowed,
        without_allowance,
    }
}

/// Asks each rule once.
fn ask<'s>(
    set: &'s CompiledSet,
    inputs: &Inputs,
    answers: &Answers<'_>,
    allowed: bool,
) -> Vec<Spoken<'s>> {
    let quiet = |rule: &CompiledRule| {
        let awake = |snooze: &Snooze| snooze.rule == rule.code() && inputs.at < snooze.until;
        !rule.is_sanctions() && inputs.snoozes.iter().any(awake)
    };
    let tripped = |rule: &CompiledRule| {
        rule.may_trip() && inputs.tripped.iter().any(|one| one == rule.code())
    };
    set.rules()
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.mode() != Mode::Off)
        .map(|(place, rule)| Spoken {
            place,
            rule,
            truth: rule.ask(answers),
            standing: if rule.mode() == Mode::Shadow || tripped(rule) {
                Standing::Shadow
            } else if quiet(rule) {
                Standing::Snoozed
            } else if allowed && !rule.is_sanctions() {
                Standing::Allowed
            } else {
                Standing::Counted
            },
        })
        .collect()
}

/// Whether either side is known to be on a sanctions list: whatever the rules say of that, an
/// operator looks at it.
fn on_sanctions_list(facts: &Facts) -> bool {
    [Field::SanctionsMatchOfPayer, Field::SanctionsMatchOfPayee]
        .into_iter()
        .any(|field| *facts.get(field) == Seen::Flag(true))
}

#[cfg(test)]
mod tests;
