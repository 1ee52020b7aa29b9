//! What users are told in the app: the list, and what they have read of it.

pub(crate) mod http;
pub(crate) mod id;
pub(crate) mod store;

use std::collections::BTreeMap;

use access::Principal;
use contracts::identity::{IdentityUnavailable, OrgId, UserId};
use db::Db;
use serde_json::Value;
use uuid::Uuid;
use values::Timestamp;

use crate::error::Error;
pub use crate::inbox::id::NotificationId;
use crate::inbox::store::{Filter, NotificationRow, Reader};
use crate::service::Service;
use crate::texts::{self, Catalogue, TextError};

/// A notification, in words.
#[derive(Debug)]
pub(crate) struct Notification {
    pub(crate) id: NotificationId,
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) subject: String,
    pub(crate) created_at: Timestamp,
    pub(crate) read_at: Option<Timestamp>,
}

fn reader(principal: &Principal) -> Reader {
    Reader {
        org: principal.org,
        user: principal.user,
    }
}

impl Service {
    /// The caller's notifications before an id, the newest first, and how many of all are unread.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn notifications(
        &self,
        principal: &Principal,
        filter: &Filter,
        before: Uuid,
        limit: i64,
    ) -> Result<(Vec<Notification>, i64), Error> {
        let reader = reader(principal);
        let rows = store::list(&self.db, reader, filter, before, limit).await?;
        let unread = store::unread(&self.db, reader).await?;
        Ok((self.in_words(reader, rows).await?, unread))
    }

    /// Notes that the caller has read a notification.
    ///
    /// # Errors
    /// [`Error::NoSuchNotification`], or a fault.
    pub(crate) async fn read_notification(
        &self,
        principal: &Principal,
        id: NotificationId,
    ) -> Result<Notification, Error> {
        let reader = reader(principal);
        store::read(&self.db, reader, id.uuid(), self.clock.now()).await?;
        let row = store::one(&self.db, reader, id.uuid()).await?;
        let row = row.ok_or(Error::NoSuchNotification)?;
        let mut read = self.in_words(reader, vec![row]).await?;
        read.pop().ok_or(Error::NoSuchNotification)
    }

    /// Notes that the caller has read everything up to a notification, or everything; how many
    /// became read.
    ///
    /// # Errors
    /// A fault.
    pub(crate) async fn read_all_notifications(
        &self,
        principal: &Principal,
        newest: Option<NotificationId>,
    ) -> Result<u64, Error> {
        let newest = newest.map_or(Uuid::max(), NotificationId::uuid);
        let now = self.clock.now();
        Ok(store::read_all(&self.db, reader(principal), newest, now).await?)
    }

    async fn in_words(
        &self,
        Reader { org, user }: Reader,
        rows: Vec<NotificationRow>,
    ) -> Result<Vec<Notification>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let texts = self.texts.catalogue();
        let contact = self.contacts.contact(org, user).await?;
        let language = contact.map_or_else(
            || self.language.clone(),
            |contact| texts.language_of(&contact.locale).to_owned(),
        );
        let former = texts.former_user(&language);
        let mut names = BTreeMap::new();
        let mut notifications = Vec::with_capacity(rows.len());
        for row in rows {
            let mut facts = facts_of(&row)?;
            if let Some(other) = counterparty(&facts) {
                let name = self.name_of(org, other, (&mut names, &former)).await?;
                if let Some(facts) = facts.as_object_mut() {
                    facts.insert("counterparty".to_owned(), name.into());
                }
            }
            notifications.push(notification(&texts, &language, row, &facts)?);
        }
        Ok(notifications)
    }

    /// What somebody calls themselves; asked once for each.
    async fn name_of(
        &self,
        org: OrgId,
        user: UserId,
        (names, former): (&mut BTreeMap<UserId, String>, &str),
    ) -> Result<String, IdentityUnavailable> {
        if let Some(name) = names.get(&user) {
            return Ok(name.clone());
        }
        let contact = self.contacts.contact(org, user).await?;
        let name = contact.map_or_else(|| former.to_owned(), |contact| contact.name);
        names.insert(user, name.clone());
        Ok(name)
    }
}

fn facts_of(row: &NotificationRow) -> Result<Value, Error> {
    serde_json::from_str(&row.data).map_err(|_| Error::Row("notifications"))
}

/// The user on the other side, as the facts of an event name them.
pub(crate) fn counterparty(facts: &Value) -> Option<UserId> {
    facts.get("counterparty")?.as_str()?.parse().ok()
}

fn notification(
    texts: &Catalogue,
    language: &str,
    row: NotificationRow,
    facts: &Value,
) -> Result<Notification, Error> {
    let words = texts.short(language, &row.kind, facts);
    let (title, body) = words.ok_or(Error::Row("notifications"))?;
    Ok(Notification {
        id: NotificationId(row.id),
        kind: row.kind,
        title,
        body,
        subject: row.subject,
        created_at: Timestamp(row.created_at),
        read_at: row.read_at.map(Timestamp),
    })
}

/// Reads every notification; how many there are.
///
/// # Errors
/// The first that cannot be shown, or a fault.
pub(crate) async fn verify(db: &Db) -> Result<u64, Error> {
    const AT_ONCE: i64 = 1_000;
    let texts = Catalogue::load(None);
    let texts = texts.map_err(|TextError { .. }| Error::Row("notifications"))?;
    let (mut count, mut last) = (0, Uuid::nil());
    loop {
        let rows = store::after(db, last, AT_ONCE).await?;
        let Some(newest) = rows.last().map(|row| row.id) else {
            return Ok(count);
        };
        last = newest;
        for row in rows {
            let facts = facts_of(&row)?;
            notification(&texts, texts::FALLBACK, row, &facts)?;
            count += 1;
        }
    }
}
