//! Errors of payments in two classes: refusals are the caller's to mend, faults are ours.

use contracts::identity::IdentityUnavailable;
use db::DbError;
use payments_core::refusal::Refused;

use crate::journal::Fault;

/// Why payments has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Understood and refused.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The journal did not do it.
    #[error(transparent)]
    Journal(#[from] Fault),
    /// A read failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Identity has no answer.
    #[error(transparent)]
    Identity(#[from] IdentityUnavailable),
    /// Risk cannot answer, and the policy for that lets nothing like this pass.
    #[error("risk cannot answer now")]
    RiskUnavailable,
    /// How far a user is verified cannot be told, and their limits depend on it.
    #[error("the level of a user cannot be told now")]
    LevelUnavailable,
    /// The store holds something that this version does not know.
    #[error("row {key} of {table} cannot be read: {detail}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The row.
        key: String,
        /// What is wrong.
        detail: String,
    },
}
