//! Writes messages down, in the transaction of what they tell of, and forgets them. It sends
//! nothing.

use contracts::events::EventId;
use contracts::identity::{OrgId, UserId};
use db::Tx;
use serde_json::Value;
use uuid::Uuid;
use values::Timestamp;
use vault::{SealContext, Vault};

use crate::channels::ChannelKind;
use crate::channels::push::store as devices;
use crate::error::Error;
use crate::messages::store::{self, NewDelivery, NewMessage};
use crate::phones::store as phones;
use crate::preferences::store as preferences;
use crate::told::kinds::Kind;

pub(crate) fn data_context(id: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "messages.data",
        whose: id,
    }
}

pub(crate) fn address_context(id: &[u8]) -> SealContext<'_> {
    SealContext {
        what: "deliveries.address",
        whose: id,
    }
}

/// A message that follows from an event.
#[derive(Debug)]
pub(crate) struct EventMessage<'a> {
    pub(crate) id: Uuid,
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) kind: &'static Kind,
    pub(crate) event: EventId,
    pub(crate) facts: &'a Value,
    /// By which it is to leave.
    pub(crate) channels: &'a [ChannelKind],
    pub(crate) now: Timestamp,
}

/// Messages that follow from events, and how they are to leave.
#[derive(Default)]
pub(crate) struct Outgoing {
    messages: Vec<NewMessage>,
    deliveries: Vec<NewDelivery>,
}

impl Outgoing {
    /// Adds a message, for each of its channels.
    pub(crate) fn add(&mut self, vault: &Vault, told: &EventMessage<'_>) -> Result<(), Error> {
        if told.channels.is_empty() {
            return Ok(());
        }
        self.messages.push(NewMessage {
            id: told.id,
            org: told.org,
            user: Some(told.user),
            kind: told.kind.name,
            event: Some(told.event),
            data: seal_data(vault, told.id, told.facts)?,
            created_at: told.now,
        });
        let deliveries = told.channels.iter().map(|channel| NewDelivery {
            message: told.id,
            channel: *channel,
            address: None,
            shown: None,
            due_at: told.now,
        });
        self.deliveries.extend(deliveries);
        Ok(())
    }

    /// Writes all down. What was written before, for the same event, stays as it is.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), db::DbError> {
        let new = store::insert_all(tx, &self.messages).await?;
        let mut deliveries = self.deliveries;
        deliveries.retain(|delivery| new.contains(&delivery.message));
        store::insert_deliveries(tx, &deliveries).await
    }
}

/// Whether a user was told something of a kind so lately that it is not to be told again.
pub(crate) async fn was_told_lately(
    tx: &mut Tx,
    (org, user): (OrgId, UserId),
    kind: &Kind,
    now: Timestamp,
) -> Result<bool, db::DbError> {
    let since = now.plus(-kind.once_in);
    store::was_told_since(tx, org, user, kind.name, since).await
}

pub(crate) fn seal_data(vault: &Vault, id: Uuid, facts: &Value) -> Result<Vec<u8>, vault::Fault> {
    vault.seal(data_context(id.as_bytes()), facts.to_string().as_bytes())
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
    forget_ways(tx, org, user).await
}

/// Forgets by which ways somebody wants to be told: the defaults are left.
pub(crate) async fn forget_ways(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), db::DbError> {
    preferences::delete(tx, org, user).await?;
    phones::delete(tx, org, user).await?;
    devices::delete_all(tx, org, user).await?;
    store::delete_unsubscriptions(tx, org, user).await
}
