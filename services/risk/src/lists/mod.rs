//! Lists that rules ask about: e-mails, countries, tokens, users. What is on one counts from then
//! on, until its time is over.

pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod kind;
pub(crate) mod store;

use contracts::identity::{OperatorAction, OrgId};
use idempotency::{IdempotentRequest, keep_answer};
use risk_core::rules::RuleSet;
use values::{Timestamp, typed_id};

use crate::error::Error;
use crate::rules::{rule_asking, store as rules};
use crate::service::Service;
use crate::trail::Who;
use error::ListError;
use http::body::ListBody;
use kind::ListKind;
use store::{EntryRow, ListRow};

typed_id!(
    /// A list that rules ask about: `lst_…`.
    ListId,
    "lst"
);

/// The most lists of an organisation, and values on one: all are in memory.
const MOST_LISTS: i64 = 100;
const MOST_ENTRIES: i64 = 10_000;
/// The most characters of a name, and of a description or note.
const LONGEST_NAME: usize = 64;
const LONGEST_TEXT: usize = 500;

/// A list to be made.
pub(crate) struct NewList {
    pub(crate) name: String,
    pub(crate) kind: ListKind,
    pub(crate) description: String,
}

/// A value to be put on a list.
pub(crate) struct NewEntry {
    pub(crate) value: String,
    pub(crate) note: String,
    pub(crate) expires_at: Option<Timestamp>,
}

fn text(text: &str) -> Result<(), ListError> {
    let is_line = text.chars().count() <= LONGEST_TEXT
        && !text.contains('\n')
        && platform::text::free_text(text);
    match is_line {
        true => Ok(()),
        false => Err(ListError::Text),
    }
}

fn name(name: &str) -> Result<(), ListError> {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_letter) {
        true => Ok(()),
        false => Err(ListError::Name),
    }
}

impl Service {
    /// All lists, by their names.
    pub(crate) async fn lists(&self, org: OrgId) -> Result<Vec<ListRow>, Error> {
        Ok(store::all(&self.db, org).await?)
    }

    /// One list.
    pub(crate) async fn list(&self, org: OrgId, id: ListId) -> Result<ListRow, ListError> {
        let row = store::one(&self.db, org, id.uuid()).await?;
        row.ok_or(ListError::NoSuchList)
    }

    /// Makes a list.
    pub(crate) async fn create_list(
        &self,
        who: Who<'_>,
        new: NewList,
        once: &IdempotentRequest<ListBody>,
    ) -> Result<ListBody, ListError> {
        name(&new.name)?;
        text(&new.description)?;
        let org = who.0.org;
        let known = i64::try_from(store::all(&self.db, org).await?.len());
        if known.unwrap_or(i64::MAX) >= MOST_LISTS {
            return Err(ListError::TooMany(MOST_LISTS));
        }
        let row = ListRow {
            id: self.ids.next(),
            name: new.name,
            kind: new.kind.as_str().to_owned(),
            description: new.description,
            created_by: who.0.user.uuid(),
            created_at: self.clock.now().micros(),
        };
        let mut tx = self.db.begin().await?;
        match store::insert(&mut tx, org, &row).await {
            Ok(()) => {}
            Err(db::DbError::Unique(_)) => return Err(ListError::Exists(row.name)),
            Err(error) => return Err(error.into()),
        }
        let id = ListId(row.id).to_string();
        let body = ListBody::try_from(row)?;
        keep_answer(&mut tx, &self.vault, once, &body, self.clock.now()).await?;
        self.list_changed(tx, who, OperatorAction::ListCreated, id)
            .await?;
        Ok(body)
    }

    /// Removes a list that no rule asks about.
    pub(crate) async fn delete_list(&self, who: Who<'_>, id: ListId) -> Result<(), ListError> {
        let org = who.0.org;
        let list = self.list(org, id).await?;
        let known = self.rules(org, 0).await?;
        let draft = known.draft.as_ref().map(|(_, set)| set);
        let mut sets = [Some(&known.set), draft].into_iter().flatten();
        if let Some(code) = sets.find_map(|set: &RuleSet| rule_asking(set, &list.name)) {
            return Err(ListError::InUse(code));
        }
        let mut tx = self.db.begin().await?;
        if !store::delete(&mut tx, org, id.uuid()).await? {
            return Err(ListError::NoSuchList);
        }
        self.list_changed(tx, who, OperatorAction::ListDeleted, id.to_string())
            .await
    }

    /// Puts a value on a list, or says anew until when and why it is on it.
    pub(crate) async fn put_entry(
        &self,
        who: Who<'_>,
        id: ListId,
        new: NewEntry,
    ) -> Result<EntryRow, ListError> {
        text(&new.note)?;
        let (org, now) = (who.0.org, self.clock.now());
        let list = self.list(org, id).await?;
        let kind = ListKind::from_name(&list.kind).ok_or(Error::Row("lists"))?;
        if new.expires_at.is_some_and(|until| until <= now) {
            return Err(ListError::Expired);
        }
        let value = kind.value(&new.value)?;
        self.not_of(who, kind, &value).await?;
        let row = EntryRow {
            value,
            note: new.note,
            expires_at: new.expires_at.map(Timestamp::micros),
            added_by: who.0.user.uuid(),
            added_at: now.micros(),
        };
        let mut tx = self.db.begin().await?;
        store::put(&mut tx, list.id, &row).await?;
        if store::size(&mut tx, list.id).await? > MOST_ENTRIES {
            return Err(ListError::TooMany(MOST_ENTRIES));
        }
        self.list_changed(tx, who, OperatorAction::ListEntryAdded, id.to_string())
            .await?;
        Ok(row)
    }

    /// A value is not those themselves who put it on a list, or take it off.
    async fn not_of(&self, who: Who<'_>, kind: ListKind, value: &str) -> Result<(), ListError> {
        let (org, user) = (who.0.org, who.0.user);
        let own = match kind {
            ListKind::Users => Some(user.to_string()),
            ListKind::Emails => {
                let contact = self.contacts.contact(org, user).await;
                let contact = contact.map_err(Error::from)?;
                contact.map(|contact| contact.email.to_lowercase())
            }
            ListKind::Countries | ListKind::Tokens | ListKind::Texts => None,
        };
        match own.as_deref() == Some(value) {
            true => Err(ListError::OwnCase),
            false => Ok(()),
        }
    }

    /// Takes a value off a list.
    pub(crate) async fn remove_entry(
        &self,
        who: Who<'_>,
        id: ListId,
        value: &str,
    ) -> Result<(), ListError> {
        let list = self.list(who.0.org, id).await?;
        let kind = ListKind::from_name(&list.kind).ok_or(Error::Row("lists"))?;
        let value = kind.value(value)?;
        self.not_of(who, kind, &value).await?;
        let mut tx = self.db.begin().await?;
        if !store::remove(&mut tx, list.id, &value).await? {
            return Err(ListError::NoSuchEntry);
        }
        self.list_changed(tx, who, OperatorAction::ListEntryRemoved, id.to_string())
            .await
    }

    /// The values on a list after one that contain a text, by their letters.
    pub(crate) async fn entries(
        &self,
        org: OrgId,
        id: ListId,
        which: (&str, &str),
        limit: i64,
    ) -> Result<Vec<EntryRow>, ListError> {
        let list = self.list(org, id).await?;
        Ok(store::entries(&self.db, list.id, which, limit).await?)
    }

    async fn list_changed(
        &self,
        mut tx: db::Tx,
        who: Who<'_>,
        action: OperatorAction,
        subject: String,
    ) -> Result<(), ListError> {
        rules::change(&mut tx, who.0.org).await?;
        tx.commit().await?;
        self.refresh().await?;
        self.record(who, action, subject).await;
        Ok(())
    }
}
