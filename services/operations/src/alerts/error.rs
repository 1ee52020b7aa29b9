//! What stands against a change of an alert.

use contracts::identity::UserId;
use values::Timestamp;

use crate::error::Error;

/// What stands against a change of an alert.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AlertError {
    /// There is no such alert, or it is of another organisation.
    #[error("There is no such alert.")]
    NoSuchAlert,
    /// Somebody looks after it.
    #[error("{0} has acknowledged it at {1}: write a comment, or have it assigned to you.")]
    Acknowledged(UserId, Timestamp),
    /// It is over.
    #[error("It is resolved: nothing can be done to it any more. It opens again if it fires.")]
    Resolved,
    /// The time is none.
    #[error("`until` must be after now, and within 30 days.")]
    Until,
    /// The comment is none, or one is needed.
    #[error(
        "Write one line of 1 to 500 characters, none of them a control or invisible; the reason `other` needs one."
    )]
    Comment,
    /// The reason is not for people.
    #[error("Choose `fixed`, `expected`, `false_alarm`, `duplicate` or `other`.")]
    Reason,
    /// Who is to look after it may not.
    #[error("The owner must be an active member of the staff who may manage alerts.")]
    Owner,
    /// A fault.
    #[error(transparent)]
    Fault(#[from] Error),
}

impl From<db::DbError> for AlertError {
    fn from(error: db::DbError) -> Self {
        Self::Fault(error.into())
    }
}
