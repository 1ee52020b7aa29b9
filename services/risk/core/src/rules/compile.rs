//! The compiled form of a set of rules: made once, asked for each transaction.

use contracts::risk::RiskOutcome;
use money::Currency;

use super::fault::Fault;
use super::set::{Effect, Levels, Mode, RuleSet};
use super::window::Velocity;
use crate::field::Field;

/// Whether the text of a field is on a list: what the service finds out before rules are asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// The field.
    pub field: Field,
    /// The list's name.
    pub list: String,
}

/// A rule, compiled.
#[derive(Debug)]
pub struct CompiledRule {
    code: String,
    mode: Mode,
    effect: Effect,
}

impl CompiledRule {
    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Whether it counts.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether its effect by itself holds or declines a transaction: a hard block, which its
    /// breaker leaves alone.
    #[must_use]
    pub fn is_hard_block(&self) -> bool {
        self.effect.outcome == Some(RiskOutcome::Decline)
    }
}

/// A set of rules, compiled. It never changes.
#[derive(Debug)]
pub struct CompiledSet {
    version: i64,
    base: Currency,
    levels: Levels,
    rules: Vec<CompiledRule>,
    velocities: Vec<Velocity>,
    questions: Vec<Question>,
}

impl CompiledSet {
    /// Its version.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// The currency in which amounts are compared.
    #[must_use]
    pub const fn base(&self) -> Currency {
        self.base
    }

    /// From which scores on a level is reached.
    #[must_use]
    pub const fn levels(&self) -> Levels {
        self.levels
    }

    /// The rules, in the order of the set.
    #[must_use]
    pub fn rules(&self) -> &[CompiledRule] {
        &self.rules
    }

    /// The counts and sums that the rules ask for, each once. [`crate::decide::Inputs`] has their
    /// values in this order.
    #[must_use]
    pub fn velocities(&self) -> &[Velocity] {
        &self.velocities
    }

    /// The lists that the rules ask about, each question once. [`crate::decide::Inputs`] has the
    /// answers in this order.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }
}

/// Compiles a set. What [`super::validate_set`] finds nothing wrong with compiles.
///
/// # Errors
/// What is wrong with it.
pub fn compile(set: &RuleSet, version: i64) -> Result<CompiledSet, Vec<Fault>> {
    let base = Currency::from_code(&set.base_currency).map_err(|_| {
        vec![Fault::new(
            "base_currency",
            "unknown_currency",
            "not an ISO 4217 code",
        )]
    })?;
    Ok(CompiledSet {
        version,
        base,
        levels: set.levels,
        rules: Vec::new(),
        velocities: Vec::new(),
        questions: Vec::new(),
    })
}
