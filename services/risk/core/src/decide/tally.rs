//! Adds up what the rules said: points, floors, outcomes and scenarios. Each rule was asked once.

use contracts::risk::{RiskFactor, RiskLevel, RiskOutcome};

use super::factor::Factor;
use super::{ScenarioOutcome, Standing, reaches};
use crate::rules::{CompiledRule, CompiledScenario, CompiledSet, Levels, Truth, Weighs, Weight};
use crate::seen::Unknown;

/// A rule and what it said.
pub(super) struct Spoken<'s> {
    /// Its place in the set.
    pub(super) place: usize,
    pub(super) rule: &'s CompiledRule,
    pub(super) truth: Truth,
    pub(super) standing: Standing,
}

impl Spoken<'_> {
    /// The points that follow.
    pub(super) fn points(&self) -> i32 {
        match self.truth {
            Ok(true) => self.rule.rule().effect.points,
            Ok(false) => 0,
            Err(unknown) => match self.rule.unknown(unknown) {
                Weight::Points(points) => points,
                Weight::Outcome(_) => 0,
            },
        }
    }

    /// The outcome that follows.
    pub(super) fn outcome(&self) -> Option<RiskOutcome> {
        match self.truth {
            Ok(true) => self.rule.rule().effect.outcome,
            Ok(false) => None,
            Err(unknown) => match self.rule.unknown(unknown) {
                Weight::Points(_) => None,
                Weight::Outcome(outcome) => Some(outcome),
            },
        }
    }

    /// The least level that follows.
    fn floor(&self) -> Option<RiskLevel> {
        self.rule
            .rule()
            .effect
            .floor
            .filter(|_| self.truth == Ok(true))
    }

    fn needs_two(&self) -> bool {
        self.truth == Ok(true) && self.rule.rule().effect.needs_two
    }

    /// Whether it counts, or would without an allowance, and something follows.
    pub(super) fn matters(&self) -> bool {
        let counts = match self.standing {
            Standing::Counted | Standing::Allowed => true,
            Standing::Shadow | Standing::Snoozed => false,
        };
        let follows = self.points() != 0
            || self.outcome().is_some()
            || self.floor().is_some()
            || self.needs_two();
        counts && follows
    }
}

/// The sum of what some rules said.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    points: i32,
    floor: RiskLevel,
    outcome: RiskOutcome,
    pub(super) needs_two: bool,
    pub(super) scenarios: Vec<ScenarioOutcome>,
}

impl Tally {
    /// Adds up the rules that count, or would without an allowance, as far as they are `among`.
    pub(super) fn of(
        set: &CompiledSet,
        spoken: &[Spoken<'_>],
        among: impl Fn(&Spoken<'_>) -> bool,
    ) -> Self {
        let counts = |one: &&Spoken<'_>| {
            matches!(one.standing, Standing::Counted | Standing::Allowed) && among(one)
        };
        let mut tally = Self {
            points: 0,
            floor: RiskLevel::Low,
            outcome: RiskOutcome::Approve,
            needs_two: false,
            scenarios: Vec::new(),
        };
        for one in spoken.iter().filter(counts) {
            tally.points = tally.points.saturating_add(one.points());
            tally.floor = tally.floor.max(one.floor().unwrap_or(RiskLevel::Low));
            tally.outcome = tally
                .outcome
                .max(one.outcome().unwrap_or(RiskOutcome::Approve));
            tally.needs_two |= one.needs_two();
        }
        let answer = |place: usize| spoken.iter().filter(counts).find(|one| one.place == place);
        for scenario in set.scenarios() {
            let weight = weight(scenario, |place| answer(place).map(|one| one.truth));
            let outcome = [
                (scenario.scenario.block, RiskOutcome::Decline),
                (scenario.scenario.review, RiskOutcome::Review),
            ]
            .into_iter()
            .find(|(threshold, _)| threshold.is_some_and(|at| reaches(weight, at)))
            .map(|(_, outcome)| outcome);
            tally.outcome = tally.outcome.max(outcome.unwrap_or(RiskOutcome::Approve));
            tally.scenarios.push(ScenarioOutcome {
                scenario: scenario.scenario.code.clone(),
                weight,
                outcome,
            });
        }
        tally
    }

    pub(super) fn score(&self) -> i32 {
        self.points.max(0)
    }

    pub(super) fn level(&self, levels: Levels) -> RiskLevel {
        let by_score = if reaches(self.score(), levels.high) {
            RiskLevel::High
        } else if reaches(self.score(), levels.medium) {
            RiskLevel::Medium
        } else {
            RiskLevel::Low
        };
        by_score.max(self.floor)
    }

    /// The gravest outcome; where the risk is high, at least a code.
    pub(super) fn outcome(&self, levels: Levels) -> RiskOutcome {
        match self.level(levels) {
            RiskLevel::High => self.outcome.max(RiskOutcome::StepUp),
            RiskLevel::Low | RiskLevel::Medium => self.outcome,
        }
    }

    /// The scenarios that have reached a threshold, in words.
    pub(super) fn scenario_factors<'t>(
        &'t self,
        set: &'t CompiledSet,
    ) -> impl Iterator<Item = Factor> + 't {
        self.scenarios.iter().zip(set.scenarios()).filter_map(|(reached, scenario)| {
            let scenario = &scenario.scenario;
            let outcome = reached.outcome?;
            let (threshold, what) = if outcome == RiskOutcome::Decline {
                (scenario.block?, "declined")
            } else {
                (scenario.review?, "reviewed")
            };
            let (name, weight) = (&scenario.name, reached.weight);
            Some(Factor {
                outcome,
                factor: RiskFactor {
                    code: scenario.code.clone(),
                    points: 0,
                    detail: format!(
                        "The scenario “{name}” weighs {weight}; from {threshold} on it is {what}."
                    ),
                },
            })
        })
    }
}

/// What a scenario weighs. A rule that does not count weighs nothing.
fn weight(scenario: &CompiledScenario, answer: impl Fn(usize) -> Option<Truth>) -> i32 {
    let weigh = |(weighs, place): (&Weighs, &usize)| match answer(*place) {
        Some(Ok(true)) => weighs.hit,
        Some(Ok(false)) | None => 0,
        Some(Err(Unknown::Error)) => weighs.error,
        Some(Err(Unknown::NotApplicable)) => weighs.not_applicable,
        Some(Err(Unknown::TooLittleData)) => weighs.too_little_data,
    };
    let weighed = scenario
        .scenario
        .weighs
        .iter()
        .zip(&scenario.rules)
        .map(weigh);
    weighed.fold(0, i32::saturating_add)
}
