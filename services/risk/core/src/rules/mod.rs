//! Rules: their JSON, what is refused of it, and the compiled form that is asked. A rule never
//! does anything: `decide` weighs what it answers.

mod ast;
mod check;
mod compile;
mod evaluate;
mod fault;
pub mod limits;
mod set;
mod window;

pub use ast::{
    Between, Compare, Comparison, In, InList, Literal, Operand, Percent, Predicate, TextComparison,
    TextMatch,
};
pub use check::{validate_rule, validate_set};
pub use compile::{CompiledRule, CompiledScenario, CompiledSet, Question, compile};
pub(crate) use evaluate::Part;
pub use evaluate::{Answer, Answers, Truth};
pub use fault::{Fault, read_rule, read_set};
pub use set::{Effect, Levels, Mode, Rule, RuleSet, Scenario, Stage, Unknowns, Weighs, Weight};
pub use window::{InvalidWindow, Key, Measure, Velocity, Window};

#[cfg(test)]
mod tests;
