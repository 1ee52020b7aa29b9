//! A message, as operators see it: what became of it, not what it said.

use contracts::events::EventId;
use contracts::identity::UserId;
use contracts::notifications::MessageId;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::messages::store::{DeliveryRow, MessageRow};

/// A message, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Message)]
pub(super) struct MessageBody {
    /// Its id, which is also that of a mail (`Message-ID`).
    pub(super) id: MessageId,
    /// Whom it is to; `null` where they have no account yet.
    user_id: Option<UserId>,
    /// What it tells.
    #[serde(rename = "type")]
    #[schema(example = "money_received")]
    kind: String,
    /// The event that it tells of; `null` where there is none.
    event_id: Option<EventId>,
    /// The language that it was written in; `null` as long as it was not.
    #[schema(example = "en")]
    language: Option<String>,
    /// On each channel.
    deliveries: Vec<DeliveryBody>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// What became of a message on a channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessageDelivery)]
struct DeliveryBody {
    /// `email`.
    #[schema(example = "email")]
    channel: String,
    /// `queued`, `sent`, `delivered`, `bounced`, `failed` or `suppressed`.
    #[schema(example = "sent")]
    state: String,
    /// A hint at the address; `null` as long as it is not known.
    #[schema(example = "b***@example.com")]
    address: Option<String>,
    /// How often it was tried.
    attempts: i64,
    /// When it is tried next; `null` once it has ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_at: Option<Timestamp>,
    /// Who carried it last.
    #[schema(example = "smtp")]
    provider: Option<String>,
    /// By what the provider knows it.
    provider_id: Option<String>,
    /// Why it was not sent, or not yet.
    #[schema(example = "the recipient was refused (550)")]
    error: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<(MessageRow, Vec<DeliveryRow>)> for MessageBody {
    fn from((message, deliveries): (MessageRow, Vec<DeliveryRow>)) -> Self {
        Self {
            id: MessageId(message.id),
            user_id: message.user_id.map(UserId),
            kind: message.kind,
            event_id: message.event.map(EventId),
            language: message.language,
            deliveries: deliveries.into_iter().map(DeliveryBody::from).collect(),
            created_at: Timestamp(message.created_at),
        }
    }
}

impl From<DeliveryRow> for DeliveryBody {
    fn from(row: DeliveryRow) -> Self {
        Self {
            channel: row.channel,
            state: row.state,
            address: row.shown,
            attempts: row.attempts,
            due_at: row.due_at.map(Timestamp),
            provider: row.provider,
            provider_id: row.provider_id,
            error: row.error,
            updated_at: Timestamp(row.updated_at),
        }
    }
}
