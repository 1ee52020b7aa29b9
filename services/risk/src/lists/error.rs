//! What stands against a change of a list.

use crate::error::Error;

/// What stands against a change of a list.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListError {
    /// There is no such list.
    #[error("There is no such list.")]
    NoSuchList,
    /// The value is not on it.
    #[error("The value is not on the list.")]
    NoSuchEntry,
    /// There is a list with this name.
    #[error("There is a list `{0}` already: choose another name.")]
    Exists(String),
    /// A rule asks about it.
    #[error("The rule `{0}` asks about it: change that first, in the draft and in force.")]
    InUse(String),
    /// The name is none.
    #[error("A name has 1 to 64 small letters, digits and `_`.")]
    Name,
    /// The description or the note is none.
    #[error("Write at most 500 characters in one line, none of them a control or invisible.")]
    Text,
    /// The value is none of its kind.
    #[error("`{value}` is no value for a list of {kind}: {needed}.")]
    Value {
        /// What was sent.
        value: String,
        /// What it is a list of.
        kind: &'static str,
        /// What it has to be.
        needed: &'static str,
    },
    /// It is those who ask for it themselves.
    #[error("Somebody else has to decide about you.")]
    OwnCase,
    /// The time is over.
    #[error("`expires_at` must be after now.")]
    Expired,
    /// There are too many.
    #[error("There are {0} already, and there may not be more. Remove some first.")]
    TooMany(i64),
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<idempotency::Fault> for ListError {
    fn from(fault: idempotency::Fault) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<db::DbError> for ListError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}
