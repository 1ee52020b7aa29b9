//! Notifications, as other services see it: who carries a message to somebody.

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use values::{Timestamp, typed_id};

use crate::identity::{OrgId, UserId};

typed_id!(
    /// A message: `msg_…`. The same on every attempt to send it.
    MessageId,
    "msg"
);

/// A message to an address that its sender knows: one that need not belong to an account. It is
/// essential, and sent at once.
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
    /// What the text is made of: an object. It may hold a secret, such as a link, and is kept
    /// sealed.
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
    /// Takes a message: it is sent at least once from then on, whatever happens. One that was taken
    /// before is not sent again.
    ///
    /// # Errors
    /// [`NotTaken`].
    async fn accept(&self, message: &DirectMessage) -> Result<(), NotTaken>;
}

/// A way on which a one-time code goes to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeChannel {
    /// To their verified phone number.
    Sms,
    /// To their confirmed e-mail address.
    Email,
    /// To their devices.
    Push,
}

/// A code that shows once who somebody is. The service that checks it has made it and keeps a hash
/// of it; notifications keeps nothing of it.
#[derive(Debug)]
pub struct OneTimeCode {
    /// The organisation.
    pub org: OrgId,
    /// Who gets it.
    pub user: UserId,
    /// The code, as it is typed.
    pub code: SecretString,
    /// How long it is good, in minutes.
    pub minutes: i64,
    /// What it allows, for its text: an object, such as `{"amount": "12.50", "currency": "USD",
    /// "counterparty": "Bob", "transaction": "txn_…"}`; it may be empty. With the transaction, a
    /// mail has a link to the page of the wallet on which its code is typed.
    pub facts: Value,
    /// The ways to try, in this order.
    pub channels: Vec<CodeChannel>,
}

/// A code is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSent {
    /// How.
    pub channel: CodeChannel,
    /// Where to, as one may show it: not enough to write to.
    pub hint: String,
}

/// A code is not on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeNotSent {
    /// The user has none of these ways, or the account is closed.
    #[error("the user has none of the ways that a code was to go")]
    NoWay,
    /// Too many were sent to the user, the number or its country.
    #[error("too many codes were sent: the next may be in {retry_after_s} s")]
    TooMany {
        /// Seconds until there may be another one.
        retry_after_s: u32,
    },
    /// No provider has taken it, or it cannot be said now how the user is reached.
    #[error("the code cannot be sent now")]
    NotNow,
}

/// What sends one-time codes.
#[async_trait]
pub trait Codes: Send + Sync + 'static {
    /// Sends a code at once, by the first of its ways that takes it. Where a provider did not
    /// answer, the code counts as sent: it may have been.
    ///
    /// # Errors
    /// [`CodeNotSent`].
    async fn send_code(&self, code: &OneTimeCode) -> Result<CodeSent, CodeNotSent>;
}
