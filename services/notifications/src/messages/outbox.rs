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
pub(crate) struct Told<'a> {
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

/// Writes a message down, for each of its channels. Written before, for the same event, it stays as
/// it is.
pub(crate) async fn write(tx: &mut Tx, vault: &Vault, told: &Told<'_>) -> Result<(), Error> {
    let Told { org, user, now, .. } = *told;
    if told.channels.is_empty() {
        return Ok(());
    }
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
    for channel in told.channels {
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
    preferences::delete(tx, org, user).await?;
    phones::delete(tx, org, user).await?;
    devices::delete_all(tx, org, user).await?;
    store::delete_unsubscriptions(tx, org, user).await
}
