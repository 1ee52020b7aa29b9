//! Notifications, as other services see it: who carries a message to somebody.

use async_trait::async_trait;
use serde_json::Value;
use values::{Timestamp, typed_id};

use crate::identity::{OrgId, UserId};

typed_id!(
    /// A message: `msg_…`. The same on every attempt to send it.
    MessageId,
    "msg"
);

/// A message to an address that its sender knows: one that need not belong to an account. It is essential, and sent at once.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectMessage {
    /// Its id: a message that comes again under one is the same.
    pub id: MessageId,
    /// The organisation.
    pub org: OrgId,
    /// Whom it is about; none where they have no account yet.
    pub user: Option<UserId>,
    /// The e-mail address that it goes to.
    pub address: String,
    /// What it tells: the name of its text.
    pub kind: String,
    /// What the text is made of: an object. It may hold a secret, such as a link, and is kept sealed.
    pub data: Value,
    /// When it was written.
    pub at: Timestamp,
}

/// A message was not taken. It may be tried again.
#[derive(Debug, thiserror::Error)]
#[error("notifications has not taken the message: {0}")]
pub struct NotTaken(pub String);

/// What carries messages.
#[async_trait]
pub trait Messages: Send + Sync + 'static {
    /// Takes a message: it is sent at least once from then on, whatever happens. One that was taken before is not sent again.
    ///
    /// # Errors
    /// [`NotTaken`].
    async fn accept(&self, message: &DirectMessage) -> Result<(), NotTaken>;
}
