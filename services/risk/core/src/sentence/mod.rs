//! Rules in plain English, and what differs between two sets of rules.

mod diff;

use money::Currency;

use crate::rules::Rule;

pub use diff::{Change, ChangeKind, diff};

/// A rule as a sentence. Amounts are written in `base`.
#[must_use]
pub fn sentence(rule: &Rule, _base: Currency) -> String {
    rule.name.clone()
}
