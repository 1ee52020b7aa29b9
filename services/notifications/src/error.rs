//! Why notifications has no result: refusals are the caller's to mend, faults are ours.

use contracts::identity::IdentityUnavailable;
use db::DbError;

use crate::texts::TextError;
use crate::webhooks::error::WebhookError;

/// Why notifications has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such notification, or it is another's.
    #[error("no such notification")]
    NoSuchNotification,
    /// There is no such message.
    #[error("no such message")]
    NoSuchMessage,
    /// What a message said is erased, so that it cannot be sent again.
    #[error("what the message said is erased")]
    MessageErased,
    /// A message that is on its way is not sent again.
    #[error("the message is on its way")]
    MessageQueued,
    /// A link that does nothing.
    #[error("the link is not one of ours")]
    InvalidLink,
    /// A fault of the database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// Identity has no answer.
    #[error(transparent)]
    Identity(#[from] IdentityUnavailable),
    /// A fault of webhooks.
    #[error("webhooks could not be sent or read")]
    Webhooks(#[source] Box<dyn std::error::Error + Send + Sync>),
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

impl From<WebhookError> for Error {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Database(error) => Self::Database(error),
            WebhookError::Identity(error) => Self::Identity(error),
            other => Self::Webhooks(other.into()),
        }
    }
}
/// A setting that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {problem}")]
pub struct SettingError {
    /// Its path.
    pub setting: String,
    /// What is wrong with it.
    pub problem: String,
}

impl SettingError {
    pub(crate) fn new(setting: &str, problem: String) -> Self {
        let setting = setting.to_owned();
        Self { setting, problem }
    }
}

/// Why notifications was not opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A text that cannot be used.
    #[error("notifications.templates_folder: {0}")]
    Text(#[from] TextError),
}
