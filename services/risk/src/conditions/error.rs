//! What stands against a change of conditions.

use crate::error::Error;

/// What stands against a change of conditions.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConditionError {
    /// There is no such condition.
    #[error("There is no such condition.")]
    NoSuchCondition,
    /// There is no such user or wallet.
    #[error("There is no such {0}. A wallet that was opened this moment is known a moment later.")]
    NoSuchSubject(&'static str),
    /// No transaction says on which device it is made.
    #[error(
        "Transactions do not say on which device they are made, so that a condition about one would never count."
    )]
    Device,
    /// The pair is one person.
    #[error("`from` and `to` are the same person: name two.")]
    OnePerson,
    /// It is no token.
    #[error("A token has 1 to 128 letters, digits, `_` or `-`.")]
    Token,
    /// The reason is none.
    #[error("Say why in one line of 1 to 500 characters.")]
    Reason,
    /// The time is over before it begins.
    #[error("`expires_at` must be after `starts_at`, and after now.")]
    Expires,
    /// It is about the one who asks.
    #[error("This is about you, or about a wallet of yours: somebody else has to decide.")]
    OwnCase,
    /// There are too many.
    #[error("{0} conditions are not over, and there may not be more. End some first.")]
    TooMany(i64),
    /// It does not wait to be approved.
    #[error("Only a hard block that nobody has approved yet waits for that.")]
    NotProposed,
    /// It is their own.
    #[error("You have proposed this: somebody else has to agree.")]
    SecondOperatorNeeded,
    /// It is over.
    #[error("The condition is over.")]
    Over,
    /// Somebody else has changed it.
    #[error("Somebody has changed the condition meanwhile. Read it again.")]
    Changed,
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<db::DbError> for ConditionError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<idempotency::Fault> for ConditionError {
    fn from(fault: idempotency::Fault) -> Self {
        Self::Fault(fault.into())
    }
}
