//! What is refused of rules before they are kept: wrong types, and what would take too long.

mod predicate;

use std::collections::BTreeSet;

use money::Currency;

use super::fault::Fault;
use super::limits;
use super::set::{Effect, Mode, Rule, RuleSet, Scenario, Stage, Weighs, Weight};

pub(super) use predicate::{Class, class_of};

/// What is wrong with a rule; nothing, if it is as it should be. `lists` are the names of the
/// organisation's lists.
#[must_use]
pub fn validate_rule(rule: &Rule, stage: Stage, lists: &BTreeSet<String>) -> Vec<Fault> {
    let mut check = Check::new(Some(lists));
    check.rule(rule, stage);
    check.faults
}

/// What is wrong with a set of rules; nothing, if it is as it should be.
#[must_use]
pub fn validate_set(set: &RuleSet, stage: Stage, lists: &BTreeSet<String>) -> Vec<Fault> {
    check_set(set, stage, Some(lists))
}

/// As [`validate_set`], where the lists may be unknown.
pub(super) fn check_set(
    set: &RuleSet,
    stage: Stage,
    lists: Option<&BTreeSet<String>>,
) -> Vec<Fault> {
    let mut check = Check::new(lists);
    check.set(set, stage);
    check.faults
}

/// What has been found so far, and where the check is.
struct Check<'a> {
    faults: Vec<Fault>,
    path: String,
    lists: Option<&'a BTreeSet<String>>,
    nodes: usize,
    cost: u32,
    velocities: BTreeSet<String>,
}

impl<'a> Check<'a> {
    const fn new(lists: Option<&'a BTreeSet<String>>) -> Self {
        Self {
            faults: Vec::new(),
            path: String::new(),
            lists,
            nodes: 0,
            cost: 0,
            velocities: BTreeSet::new(),
        }
    }

    /// Notes a fault at this place. A rule with very many is as wrong with the first hundred.
    fn fault(&mut self, code: &'static str, message: impl Into<String>) {
        if self.faults.len() < 100 {
            self.faults.push(Fault::new(&self.path, code, message));
        }
    }

    /// Goes into `segment`, and back.
    fn at<T>(&mut self, segment: &str, look: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.path.len();
        if !self.path.is_empty() && !segment.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(segment);
        let result = look(self);
        self.path.truncate(before);
        result
    }

    /// Goes into each element of `list`, and back.
    fn each<T>(&mut self, name: &str, list: &[T], mut look: impl FnMut(&mut Self, &T)) {
        self.at(name, |check| {
            for (index, element) in list.iter().enumerate() {
                check.at(&format!("[{index}]"), |check| look(check, element));
            }
        });
    }

    fn no_more_than(&mut self, name: &str, count: usize, most: usize) -> bool {
        let fits = count <= most;
        if !fits {
            let message = format!("{count} are too many; use at most {most}");
            self.at(name, |check| check.fault("too_large", message));
        }
        fits
    }

    fn set(&mut self, set: &RuleSet, stage: Stage) {
        if Currency::from_code(&set.base_currency).is_err() {
            let message = "no such currency; write the ISO 4217 code, such as EUR";
            self.at("base_currency", |check| {
                check.fault("unknown_currency", message)
            });
        }
        let levels = set.levels;
        if !(1..=levels.high).contains(&levels.medium) || levels.high > limits::THRESHOLD {
            let message = "write 1 <= medium <= high <= 100000";
            self.at("levels", |check| check.fault("wrong_thresholds", message));
        }
        if self.no_more_than("rules", set.rules.len(), limits::RULES) {
            let mut codes = BTreeSet::new();
            let mut cost = 0_u32;
            self.each("rules", &set.rules, |check, rule| {
                check.unique(&mut codes, &rule.code);
                check.rule(rule, stage);
                cost = cost.saturating_add(check.cost);
            });
            if cost > limits::SET_COST {
                let message = format!("the rules cost {cost}, at most {}", limits::SET_COST);
                self.at("rules", |check| check.fault("too_costly", message));
            }
            self.no_more_than("rules", self.velocities.len(), limits::VELOCITIES);
        }
        if self.no_more_than("scenarios", set.scenarios.len(), limits::SCENARIOS) {
            let mut codes: BTreeSet<_> = set.rules.iter().map(|rule| rule.code.clone()).collect();
            self.each("scenarios", &set.scenarios, |check, scenario| {
                check.unique(&mut codes, &scenario.code);
                check.scenario(scenario, &set.rules);
            });
        }
    }

    fn unique(&mut self, codes: &mut BTreeSet<String>, code: &str) {
        if !codes.insert(code.to_owned()) {
            self.at("code", |check| {
                check.fault("not_unique", "another rule or scenario has this code")
            });
        }
    }

    fn rule(&mut self, rule: &Rule, stage: Stage) {
        (self.nodes, self.cost) = (0, 0);
        self.code(&rule.code);
        self.text("name", &rule.name, 1, limits::TEXT);
        self.text("description", &rule.description, 0, limits::DESCRIPTION);
        self.at("when", |check| check.predicate(&rule.when, 1));
        if self.nodes > limits::NODES {
            let message = format!(
                "{} parts, at most {}; part the rule",
                self.nodes,
                limits::NODES
            );
            self.at("when", |check| check.fault("too_large", message));
        }
        if self.cost > limits::RULE_COST {
            let message = format!(
                "costs {}, at most {}; part it",
                self.cost,
                limits::RULE_COST
            );
            self.at("when", |check| check.fault("too_costly", message));
        }
        self.at("effect", |check| check.effect(&rule.effect));
        self.at("unknown", |check| {
            let unknown = &rule.unknown;
            for (name, weight) in [
                ("error", unknown.error),
                ("not_applicable", unknown.not_applicable),
                ("too_little_data", unknown.too_little_data),
            ] {
                check.at(name, |check| match weight {
                    Some(Weight::Points(points)) => {
                        check.at("points", |check| check.points(points))
                    }
                    Some(Weight::Outcome(_)) => {}
                    None if stage == Stage::Draft || rule.mode == Mode::Off => {}
                    None => check.fault(
                        "missing",
                        "say what follows where there is no answer: {\"points\": …} or \
                         {\"outcome\": …}",
                    ),
                });
            }
        });
    }

    fn effect(&mut self, effect: &Effect) {
        self.at("points", |check| check.points(effect.points));
    }

    fn points(&mut self, points: i32) {
        if !(-limits::POINTS..=limits::POINTS).contains(&points) {
            self.fault(
                "too_large",
                format!("at most {} either way", limits::POINTS),
            );
        }
    }

    fn code(&mut self, code: &str) {
        let letters = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if !(1..=64).contains(&code.len()) || !code.bytes().all(letters) {
            let message = "write 1 to 64 small letters, digits and _";
            self.at("code", |check| check.fault("malformed", message));
        }
    }

    fn text(&mut self, name: &str, text: &str, least: usize, most: usize) {
        let length = text.chars().count();
        if !(least..=most).contains(&length) || text.chars().any(char::is_control) {
            let message = format!("write {least} to {most} characters without line breaks");
            self.at(name, |check| check.fault("malformed", message));
        }
    }

    fn scenario(&mut self, scenario: &Scenario, rules: &[Rule]) {
        self.code(&scenario.code);
        self.text("name", &scenario.name, 1, limits::TEXT);
        self.no_more_than("weighs", scenario.weighs.len(), limits::WEIGHS);
        let mut seen = BTreeSet::new();
        self.each("weighs", &scenario.weighs, |check, weighs| {
            if !seen.insert(weighs.rule.clone()) {
                check.at("rule", |check| {
                    check.fault("not_unique", "it is weighed already")
                });
            }
            check.weighs(weighs, rules);
        });
        for (name, threshold) in [("review", scenario.review), ("block", scenario.block)] {
            if threshold.is_some_and(|at| !(1..=limits::THRESHOLD).contains(&at)) {
                let message = format!("write 1 to {}", limits::THRESHOLD);
                self.at(name, |check| check.fault("wrong_thresholds", message));
            }
        }
        match (scenario.review, scenario.block) {
            (None, None) => self.fault("missing", "give `review`, `block` or both"),
            (Some(review), Some(block)) if block < review => {
                let message = "may not be below `review`";
                self.at("block", |check| check.fault("wrong_thresholds", message));
            }
            (Some(_), _) | (None, Some(_)) => self.reachable(scenario),
        }
    }

    /// A scenario that can reach none of its thresholds says nothing: nobody wants that.
    fn reachable(&mut self, scenario: &Scenario) {
        let most = |weighs: &Weighs| {
            weighs
                .hit
                .max(weighs.error)
                .max(weighs.not_applicable)
                .max(weighs.too_little_data)
                .max(0)
        };
        let most = scenario
            .weighs
            .iter()
            .map(most)
            .fold(0_i32, i32::saturating_add);
        let least = scenario.review.or(scenario.block).unwrap_or_default();
        if most < least {
            let message = format!("all weights together are {most}, so {least} is never reached");
            self.fault("unreachable", message);
        }
    }

    fn weighs(&mut self, weighs: &Weighs, rules: &[Rule]) {
        match rules.iter().find(|rule| rule.code == weighs.rule) {
            None => self.at("rule", |check| {
                check.fault("unknown_rule", "no rule has this code")
            }),
            Some(rule) if rule.mode == Mode::Off => {
                self.at("rule", |check| {
                    check.fault("rule_is_off", "the rule is not asked")
                });
            }
            Some(_) => {}
        }
        for (name, weight) in [
            ("hit", weighs.hit),
            ("error", weighs.error),
            ("not_applicable", weighs.not_applicable),
            ("too_little_data", weighs.too_little_data),
        ] {
            self.at(name, |check| check.points(weight));
        }
    }
}

#[cfg(test)]
mod tests;
