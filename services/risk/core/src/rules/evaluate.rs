//! Asks a compiled rule. Whole numbers only, nothing allocated, and no answer is ever guessed.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::facts::Facts;
use crate::seen::Seen;

/// What a rule says of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It holds.
    Hit,
    /// It does not.
    Miss,
    /// The transaction has no such thing.
    NotApplicable,
    /// There is too little history.
    TooLittleData,
    /// Something could not be found out.
    Error,
}

/// What rules are asked about.
#[derive(Debug, Clone, Copy)]
pub struct Answers<'a> {
    /// What is known of the transaction.
    pub facts: &'a Facts,
    /// In the order of `CompiledSet::velocities`.
    pub velocities: &'a [Seen],
    /// In the order of `CompiledSet::questions`.
    pub memberships: &'a [Seen],
}
