//! What rules may not exceed, so that asking them takes a bounded time.

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
/// Characters of a text or a name.
pub const TEXT: usize = 200;
/// Characters of a description.
pub const DESCRIPTION: usize = 2_000;
/// What a rule may cost: about one per look at a value.
pub const RULE_COST: u32 = 250;
/// What a set may cost.
pub const SET_COST: u32 = 10_000;
/// Rules in a set.
pub const RULES: usize = 500;
/// Scenarios in a set.
pub const SCENARIOS: usize = 100;
/// Rules that a scenario weighs.
pub const WEIGHS: usize = 100;
/// Points or weights, either way.
pub const POINTS: i32 = 1_000;
/// Thresholds of levels and scenarios.
pub const THRESHOLD: i32 = 100_000;
/// Different counts and sums in a set.
pub const VELOCITIES: usize = 200;
/// What `at_least` may ask for.
pub const AT_LEAST: u32 = 10_000;
/// The most hundredths.
pub const PERCENT: u32 = 1_000_000;
