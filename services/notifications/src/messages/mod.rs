//! Messages that leave: written down in the transaction of what they tell of, or taken from another service, and sent
//! afterwards. Who is told of what is decided elsewhere (`told/`); how a message leaves, too (`channels/`).

pub(crate) mod http;
pub(crate) mod sending;
pub(crate) mod store;
pub(crate) mod unsubscribe;

use access::Principal;
use async_trait::async_trait;
use contracts::events::EventId;
use contracts::identity::{OperatorAction, OperatorEntry, OrgId, UserId};
use contracts::notifications::{DirectMessage, MessageId, Messages, NotTaken};
use db::Tx;
use idempotency::IdempotentRequest;
use serde_json::Value;
use uuid::Uuid;
use values::{DAY, Timestamp};
use vault::{SealContext, Vault};
use web::client::Client;

use crate::channels::{Address, ChannelKind};
use crate::error::Error;
use crate::messages::store::{DeliveryRow, Filter, MessageRow, NewDelivery, NewMessage};
use crate::service::Service;
use crate::told::kinds::{self, Kind};

/// How long what an undelivered message says is kept, sealed, so that it can be sent again.
const KEEP_UNDELIVERED: i64 = 7 * DAY;
/// How long it is known what became of a message.
const KEEP_HISTORY: i64 = 90 * DAY;

/// What became of a message on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It is to be sent.
    Queued,
    /// A provider has it.
    Sent,
    /// The provider says that it has arrived.
    Delivered,
    /// Nobody is at the address.
    Bounced,
    /// It could not be sent.
    Failed,
    /// It was not to be sent.
    Suppressed,
}

impl State {
    /// Its name in the database and the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Bounced => "bounced",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
        }
    }
}

fn data_context(id: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "messages.data",
        whose: id,
    }
}

fn address_context(id: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "deliveries.address",
        whose: id,
    }
}

/// A message that follows from an event.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) id: Uuid,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) kind: &'static Kind,
    pub(crate) event: EventId,
    pub(crate) facts: &'a Value,
    pub(crate) now: Timestamp,
}

/// Writes a message down, for each channel of its kind. Written before, for the same event, it stays as it is.
pub(crate) async fn write(tx: &mut Tx, vault: &Vault, told: &Told<'_>) -> Result<(), Error> {
    let Told { org, user, now, .. } = *told;
    if told.kind.once_in > 0 {
        let since = now.plus(-told.kind.once_in);
        if store::was_told_since(tx, org, user, told.kind.name, since).await? {
            return Ok(());
        }
    }
    let message = NewMessage {
        id: told.id,
        org,
        user: Some(user),
        kind: told.kind.name,
        event: Some(told.event),
        data: seal_data(vault, told.id, told.facts)?,
        created_at: now,
    };
    if !store::insert(tx, message).await? {
        return Ok(());
    }
    for channel in told.kind.channels {
        let delivery = NewDelivery {
            message: told.id,
            channel: *channel,
            address: None,
            shown: None,
            due_at: now,
        };
        store::insert_delivery(tx, delivery).await?;
    }
    Ok(())
}

fn seal_data(vault: &Vault, id: Uuid, facts: &Value) -> Result<Vec<u8>, vault::Fault> {
    vault.seal(data_context(id.as_bytes()), facts.to_string().as_bytes())
}

#[async_trait]
impl Messages for Service {
    async fn accept(&self, message: &DirectMessage) -> Result<(), NotTaken> {
        let taken = self.take(message).await;
        taken.map_err(|error| NotTaken(error.to_string()))?;
        self.to_send.notify_one();
        Ok(())
    }
}

impl Service {
    async fn take(&self, message: &DirectMessage) -> Result<(), Error> {
        let DirectMessage { id, org, user, .. } = *message;
        let kind = kinds::find(&message.kind).filter(|kind| kind.direct);
        let kind = kind.ok_or(Error::Row("messages"))?;
        let (id, now) = (id.uuid(), self.clock.now());
        let address = Address(message.address.clone());
        let sealed = self
            .vault
            .seal(address_context(id.as_bytes()), address.0.as_bytes())?;
        let mut tx = self.db.begin().await?;
        let new = NewMessage {
            id,
            org,
            user,
            kind: kind.name,
            event: None,
            data: seal_data(&self.vault, id, &message.data)?,
            created_at: message.at,
        };
        if store::insert(&mut tx, new).await? {
            let delivery = NewDelivery {
                message: id,
                channel: ChannelKind::Email,
                address: Some(sealed),
                shown: Some(address.hint()),
                due_at: now,
            };
            store::insert_delivery(&mut tx, delivery).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Erases what undelivered messages said once that is old, and deletes what is known of messages that are older.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn delete_old_messages(&self, now: Timestamp) -> Result<(), Error> {
        store::erase_ended_before(&self.db, now.plus(-KEEP_UNDELIVERED)).await?;
        store::delete_before(&self.db, now.plus(-KEEP_HISTORY)).await?;
        Ok(())
    }

    /// Messages of an organisation before an id, the newest first, with what became of them.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn messages(
        &self,
        org: OrgId,
        filter: &Filter,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<(MessageRow, Vec<DeliveryRow>)>, Error> {
        let mut found = Vec::new();
        for message in store::list(&self.db, org, filter, before, limit).await? {
            let deliveries = store::deliveries(&self.db, message.id).await?;
            found.push((message, deliveries));
        }
        Ok(found)
    }

    /// Has a message sent again on its channels.
    ///
    /// # Errors
    /// [`Error::NoSuchMessage`], [`Error::MessageErased`], [`Error::MessageQueued`], or a fault.
    pub(crate) async fn resend_message(
        &self,
        principal: &Principal,
        id: MessageId,
        client: &Client,
        once: &IdempotentRequest<()>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        self.queue_again(&mut tx, principal.org, id, now).await?;
        idempotency::keep_answer(&mut tx, &self.vault, once, &(), now).await?;
        tx.commit().await?;
        self.to_send.notify_one();
        let entry = OperatorEntry {
            org: principal.org,
            user: principal.user,
            credential: principal.credential,
            address: client.address,
            user_agent: client.user_agent.as_deref(),
            action: OperatorAction::MessageResent,
            subject: id.to_string(),
            refusal: None,
        };
        Ok(self.identity.record(entry).await?)
    }

    async fn queue_again(
        &self,
        tx: &mut Tx,
        org: OrgId,
        id: MessageId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let message = store::to_resend(tx, org, id.uuid()).await?;
        let message = message.ok_or(Error::NoSuchMessage)?;
        if message.queued > 0 {
            return Err(Error::MessageQueued);
        }
        if message.has_data == 0 {
            let told = store::told_in_the_app(tx, id.uuid()).await?;
            let facts = told.and_then(|told| told.facts());
            let facts = facts.ok_or(Error::MessageErased)?;
            let data = seal_data(&self.vault, id.uuid(), &facts)?;
            store::put_data_back(tx, id.uuid(), data).await?;
        }
        Ok(store::queue_again(tx, id.uuid(), now).await?)
    }
}

/// Forgets what was to be sent to somebody whose account is closed, and where it was sent.
pub(crate) async fn forget(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    now: Timestamp,
) -> Result<(), db::DbError> {
    store::suppress_all(tx, org, user, now).await?;
    store::erase_all(tx, org, user).await?;
    store::delete_unsubscriptions(tx, org, user).await
}
