//! What differs between two sets of rules. Rules and scenarios are matched by their codes.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::rules::RuleSet;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Change {
    /// What kind.
    pub kind: ChangeKind,
    /// Where: `rules[amount_over_5000].effect.points`.
    pub path: String,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// What kind of difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It was another.
    Changed,
}

/// What differs, in the order of the sets.
#[must_use]
pub fn diff(_before: &RuleSet, _after: &RuleSet) -> Vec<Change> {
    Vec::new()
}
