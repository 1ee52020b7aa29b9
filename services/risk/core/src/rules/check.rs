//! What is refused of a rule before it is kept: wrong types, and what would take too long.

use std::collections::BTreeSet;

use super::fault::Fault;
use super::set::{Rule, RuleSet, Stage};

/// What rules may not exceed.
pub mod limits {
    /// Bytes of JSON of a rule.
    pub const RULE_BYTES: usize = 256 * 1_024;
    /// Bytes of JSON of a set.
    pub const SET_BYTES: usize = 4 * 1_024 * 1_024;
    /// How deep predicates may lie in one another.
    pub const DEPTH: usize = 8;
    /// Predicates in a rule.
    pub const NODES: usize = 100;
    /// Values of an `in`.
    pub const VALUES: usize = 1_000;
    /// Characters of a text.
    pub const TEXT: usize = 200;
    /// Characters of a description.
    pub const DESCRIPTION: usize = 2_000;
    /// What a rule may cost.
    pub const RULE_COST: u32 = 250;
    /// What a set may cost.
    pub const SET_COST: u32 = 10_000;
    /// Rules in a set.
    pub const RULES: usize = 500;
    /// Scenarios in a set.
    pub const SCENARIOS: usize = 100;
    /// Points of one effect, either way.
    pub const POINTS: i32 = 1_000;
    /// Different counts and sums in a set.
    pub const VELOCITIES: usize = 200;
}

/// What is wrong with a rule; nothing, if it is as it should be. `lists` are the names of the
/// organisation's lists.
#[must_use]
pub fn validate_rule(_rule: &Rule, _stage: Stage, _lists: &BTreeSet<String>) -> Vec<Fault> {
    Vec::new()
}

/// What is wrong with a set of rules; nothing, if it is as it should be.
#[must_use]
pub fn validate_set(_set: &RuleSet, _stage: Stage, _lists: &BTreeSet<String>) -> Vec<Fault> {
    Vec::new()
}
