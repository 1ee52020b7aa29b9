//! Why notifications has no result: refusals are the caller's to mend, faults are ours.

use contracts::identity::IdentityUnavailable;
use db::DbError;

use crate::webhooks::error::WebhookError;

/// Why notifications has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such notification, or it is another's.
    #[error("no such notification")]
    NoSuchNotification,
    /// A fault of the database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Identity has no answer.
    #[error(transparent)]
    Identity(#[from] IdentityUnavailable),
    /// A fault of webhooks.
    #[error("webhooks could not be sent or read")]
    Webhooks(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store holds something that this version does not know.
    #[error("a row of {0} cannot be read")]
    Row(&'static str),
}

impl From<WebhookError> for Error {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Database(error) => Self::Database(error),
            WebhookError::Identity(error) => Self::Identity(error),
            other => Self::Webhooks(other.into()),
        }
    }
}
