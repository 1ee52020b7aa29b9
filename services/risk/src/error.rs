//! Why risk has no result: refusals are the caller's to mend, faults are ours.

use contracts::identity::IdentityUnavailable;
use db::DbError;

/// Why risk has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such decision, or it is of another organisation.
    #[error("no such decision")]
    NoSuchDecision,
    /// A feed cannot be read.
    #[error(transparent)]
    Feed(#[from] events::FeedError),
    /// A fault of the database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Identity has no answer.
    #[error(transparent)]
    Identity(#[from] IdentityUnavailable),
    /// An answer could not be stored.
    #[error(transparent)]
    Answer(#[from] idempotency::Fault),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Vault(#[from] vault::Fault),
    /// The store holds something that this version does not know.
    #[error("a row of {0} cannot be read")]
    Row(&'static str),
}
