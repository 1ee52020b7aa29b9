//! A notification, as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::inbox::{Notification, NotificationId};

/// What somebody was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub(crate) struct NotificationBody {
    /// Its id.
    pub(super) id: NotificationId,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "money_received")]
    kind: String,
    /// In a few words, in the reader's language.
    #[schema(example = "12.50 USD from Bob")]
    title: String,
    /// In a sentence or two.
    #[schema(example = "You received 12.50 USD from Bob.")]
    body: String,
    /// The id of what it is about: a transaction, a wallet, a login, an API key, an account.
    #[schema(example = "txn_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    subject: String,
    /// When it was read; `null` where it was not.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    /// When it was told.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Notification> for NotificationBody {
    fn from(notification: Notification) -> Self {
        let Notification {
            id,
            kind,
            title,
            body,
            subject,
            created_at,
            read_at,
        } = notification;
        Self {
            id,
            kind,
            title,
            body,
            subject,
            read_at,
            created_at,
        }
    }
}
