//! Many mails as one: what somebody who wants one mail a day was told until its hour. It goes out
//! as the first of them, under its id; the others end with it.

pub(crate) mod store;

use contracts::identity::{OrgId, UserId};
use contracts::notifications::MessageId;
use serde_json::{Value, json};
use uuid::Uuid;
use values::{DAY, Timestamp};

use crate::channels::{Address, ChannelKind, Rendered};
use crate::error::Error;
use crate::inbox;
use crate::messages::digest::store::CollectedRow;
use crate::messages::outbox::data_context;
use crate::messages::sending::{CLAIM, Prepared};
use crate::messages::store::DueRow;
use crate::service::Service;
use crate::told::kinds::{self, Kind};

/// The text of a digest.
const DIGEST: &str = "digest";
/// The most that one mail tells of; what is more comes in another.
const MOST: usize = 100;
/// How many mails that wait are looked at.
const LOOKED_AT: i64 = 400;
/// For how long before the hour of a digest is looked.
const BACK: i64 = 2 * DAY;

/// The smallest id of a time.
fn first_id_of(time: Timestamp) -> Uuid {
    let millis = time.micros().max(0).unsigned_abs() / 1_000;
    Uuid::from_u128(u128::from(millis) << 80)
}

/// Whether a mail is told in one with another kind: what is not essential, of one group.
fn goes_with(kind: &Kind, row: &CollectedRow) -> bool {
    kinds::find(&row.kind).is_some_and(|other| !other.essential && other.group == kind.group)
}

impl Service {
    /// A mail with all that somebody was told until a time, and what goes out with it, where this
    /// is the first of it; the others wait for that one.
    pub(crate) async fn gather(
        &self,
        due: &DueRow,
        until: Timestamp,
    ) -> Result<(Prepared, Vec<Uuid>), Error> {
        let (Some(kind), Some(user)) = (kinds::find(&due.kind), due.user_id.map(UserId)) else {
            return Err(Error::Row("messages"));
        };
        let whose = (OrgId(due.org), user);
        let range = (first_id_of(until.plus(-BACK)), until);
        let mut found = store::collected(&self.db, whose, range, LOOKED_AT).await?;
        found.retain(|row| goes_with(kind, row));
        found.truncate(MOST);
        if found.first().is_none_or(|first| first.id != due.message) {
            // It waits for the first, or has ended with it meanwhile.
            let later = self.clock.now().plus(CLAIM);
            return Ok((Prepared::Held(later), Vec::new()));
        }
        let others: Vec<_> = found.iter().skip(1).map(|row| row.id).collect();
        let prepared = match others.as_slice() {
            [] => self.prepare(due, ChannelKind::Email, true).await?,
            _ => self.digest(due, whose, kind, &found).await?,
        };
        Ok((prepared, others))
    }

    async fn digest(
        &self,
        due: &DueRow,
        (org, user): (OrgId, UserId),
        kind: &Kind,
        rows: &[CollectedRow],
    ) -> Result<Prepared, Error> {
        let contact = match self.contacts.contact(org, user).await {
            Ok(Some(contact)) => contact,
            Ok(None) => return Ok(Prepared::Suppressed("the account is closed")),
            Err(error) => return Ok(Prepared::Later(error.to_string())),
        };
        let mut items = Vec::new();
        for row in rows {
            match self.item(org, &contact.locale, row).await? {
                Ok(item) => items.push(item),
                Err(reason) => return Ok(Prepared::Later(reason)),
            }
        }
        let unsubscribe = self.unsubscribe_link((org, user), ChannelKind::Email, kind.group)?;
        let facts = json!({"count": items.len(), "items": items});
        let (of, link) = ((org, DIGEST), Some(unsubscribe.as_str()));
        let words = self.words(of, Some(&contact), &contact.email, facts, link);
        let words = match words.await? {
            Ok(words) => words,
            Err(reason) => return Ok(Prepared::Later(reason)),
        };
        let rendered = Rendered {
            id: MessageId(due.message),
            at: Timestamp(due.created_at),
            kind: DIGEST.to_owned(),
            words,
            unsubscribe: Some(unsubscribe),
        };
        Ok(Prepared::Ready(Box::new(rendered), Address(contact.email)))
    }

    /// What one of them says in a line, or why that cannot be said yet.
    async fn item(
        &self,
        org: OrgId,
        locale: &str,
        row: &CollectedRow,
    ) -> Result<Result<Value, String>, Error> {
        let data = row.data.as_ref().ok_or(Error::Row("messages"))?;
        let opened = self.vault.open(data_context(row.id.as_bytes()), data);
        let opened = match opened {
            Ok(opened) => opened,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        let mut facts: Value =
            serde_json::from_slice(&opened).map_err(|_| Error::Row("messages"))?;
        let texts = self.texts.catalogue();
        let language = texts.language_of(locale);
        if let Some(other) = inbox::counterparty(&facts) {
            let name = match self.contacts.contact(org, other).await {
                Ok(Some(contact)) => contact.name,
                Ok(None) => texts.former_user(language),
                Err(error) => return Ok(Err(error.to_string())),
            };
            facts["counterparty"] = name.into();
        }
        let time = facts["time"].clone();
        let short = texts.short(language, &row.kind, &facts);
        let Some((title, _)) = short else {
            return Ok(Err(format!("the text of {} cannot be used", row.kind)));
        };
        Ok(Ok(json!({"time": time, "title": title})))
    }
}
