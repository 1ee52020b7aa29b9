//! Messages that leave: written down in the transaction of what they tell of, or taken from another
//! service, and sent afterwards. Who is told of what is decided elsewhere (`told/`); how a message
//! leaves, too (`channels/`).

pub(crate) mod digest;
pub(crate) mod facts;
pub(crate) mod http;
pub(crate) mod outbox;
pub(crate) mod queues;
pub(crate) mod sending;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod unsubscribe;

use access::Principal;
use async_trait::async_trait;
use contracts::identity::{OperatorAction, OrgId};
use contracts::notifications::{DirectMessage, MessageId, Messages, NotTaken};
use db::Tx;
use idempotency::IdempotentRequest;
use uuid::Uuid;
use values::{DAY, Timestamp};
use web::client::Client;

use crate::channels::{Address, ChannelKind};
use crate::error::Error;
use crate::messages::outbox::{address_context, seal_data};
use crate::messages::store::{DeliveryRow, Filter, MessageRow, NewDelivery, NewMessage};
use crate::service::Service;
use crate::told::kinds;

/// How long what an undelivered message says is kept, sealed, so that it can be sent again.
const KEEP_UNDELIVERED: i64 = 7 * DAY;
/// How long it is known what became of a message.
const KEEP_HISTORY: i64 = 90 * DAY;

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
        if store::insert(&mut tx, &new).await? {
            let delivery = NewDelivery {
                message: id,
                channel: ChannelKind::Email,
                address: Some(sealed),
                shown: Some(address.hint()),
                due_at: now,
            };
            store::insert_deliveries(&mut tx, &[delivery]).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Erases what undelivered messages said once that is old, and deletes what is known of
    /// messages that are older.
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
        let action = OperatorAction::MessageResent;
        self.record_act((principal, client), action, id.to_string(), None)
            .await;
        Ok(())
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
