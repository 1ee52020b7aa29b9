//! The SQL of preferences.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use values::Timestamp;

use crate::channels::ChannelKind;
use crate::error::Error;
use crate::messages::store::delete_unsubscriptions;
use crate::preferences::decision;
use crate::preferences::document::Preferences;
use crate::told::kinds::{Group, Kind};

statements! {
    /// org, user -> document.
    GET = "SELECT document FROM preferences WHERE org = $1 AND user_id = $2";
    /// org, user -> document, how many numbers and devices reach them.
    GET_REACHED = "SELECT (SELECT document FROM preferences WHERE org = $1 AND user_id = $2),
        (SELECT count(*) FROM phones WHERE org = $1 AND user_id = $2 AND stopped_at IS NULL),
        (SELECT count(*) FROM push_subscriptions WHERE org = $1 AND user_id = $2)";
    /// org, user -> group, channel: what they unsubscribed from since.
    UNSUBSCRIBED = "SELECT told_group, channel FROM unsubscriptions WHERE org = $1 AND user_id = $2";
    /// org, user, document, now.
    PUT = "INSERT INTO preferences (org, user_id, document, updated_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (org, user_id) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at";
    /// org, user.
    DELETE = "DELETE FROM preferences WHERE org = $1 AND user_id = $2";
}

type Document = Option<(String,)>;
type Unsubscribed = Vec<(String, String)>;

fn read(document: Document, unsubscribed: &Unsubscribed) -> Result<Preferences, Error> {
    let wanted = match document {
        Some((text,)) => serde_json::from_str(&text).map_err(|_| Error::Row("preferences"))?,
        None => Preferences::default(),
    };
    let left = unsubscribed.iter().map(|(group, channel)| {
        let known = Group::find(group).zip(ChannelKind::find(channel));
        known.ok_or(Error::Row("unsubscriptions"))
    });
    Ok(wanted.without(&left.collect::<Result<Vec<_>, Error>>()?))
}

/// What somebody wants; the defaults where they have said nothing.
pub(crate) async fn of(db: &Db, org: OrgId, user: UserId) -> Result<Preferences, Error> {
    let whose = || args![org.0, user.uuid()];
    let document: Document = db.fetch_optional(GET, whose()).await?;
    let unsubscribed: Unsubscribed = db.fetch_all(UNSUBSCRIBED, whose()).await?;
    read(document, &unsubscribed)
}

/// What somebody wants, and where they can be reached.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wishes {
    pub(crate) wanted: Preferences,
    has_phone: bool,
    has_device: bool,
}

impl Wishes {
    /// By which channels they are to be told of something. Whether their address is confirmed,
    /// identity says when it is sent.
    pub(crate) fn channels_for(&self, kind: &Kind) -> Vec<ChannelKind> {
        let mut channels = decision::channels_for(kind, &self.wanted);
        channels.retain(|channel| match channel {
            ChannelKind::Email => true,
            ChannelKind::Sms => self.has_phone,
            ChannelKind::Push => self.has_device,
        });
        channels
    }
}

/// What somebody wants, as it stands in a transaction, and where they can be reached.
pub(crate) async fn wishes(tx: &mut Tx, org: OrgId, user: UserId) -> Result<Wishes, Error> {
    let whose = || args![org.0, user.uuid()];
    let found: Option<(Option<String>, i64, i64)> = tx.fetch_optional(GET_REACHED, whose()).await?;
    let (document, phones, devices) = found.unwrap_or_default();
    let unsubscribed: Unsubscribed = tx.fetch_all(UNSUBSCRIBED, whose()).await?;
    Ok(Wishes {
        wanted: read(document.map(|text| (text,)), &unsubscribed)?,
        has_phone: phones > 0,
        has_device: devices > 0,
    })
}

/// Stores what somebody wants, which goes before what they unsubscribed from.
pub(crate) async fn put(
    db: &Db,
    (org, user): (OrgId, UserId),
    document: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    let args = args![org.0, user.uuid(), document, now];
    tx.execute(PUT, args).await?;
    delete_unsubscriptions(&mut tx, org, user).await?;
    tx.commit().await
}

/// Forgets them.
pub(crate) async fn delete(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE, args![org.0, user.uuid()]).await?;
    Ok(())
}
