//! The feed of identity: its audit trail, as far as others may know it. Nothing is written for it.
//! An event holds ids and facts, never a name, an e-mail or a secret: what it says of somebody
//! stays true and harmless after their account is closed.

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::{OrgId, UserId};
use db::{Db, Position};
use events::{Feed, FeedError, Page, event_id};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::to_raw_value;
use utoipa::ToSchema;
use values::Timestamp;

use crate::SCHEMA;
use crate::audit::entry::StoredEntry;
use crate::audit::store;
use crate::service::Service;

/// Identity's events.
#[derive(Debug, Clone)]
pub struct IdentityFeed(Db);

impl Service {
    /// The feed of what is committed.
    #[must_use]
    pub fn feed(&self) -> IdentityFeed {
        IdentityFeed(self.db.clone())
    }
}

/// What an event of identity says. What does not apply is left out.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserEvent {
    /// Whom it is about.
    #[schema(example = "usr_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    user_id: String,
    /// The login, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    /// The API key, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<String>,
    /// Which credential changed: `password`, `authenticator_app`, `recovery_codes`, `passkey` or
    /// `linked_account`.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<&'static str>,
    /// What became of it: `added`, `changed`, `removed` or `reset` (by a mailed link).
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    /// From which address; left out where somebody else did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// With which program, as that calls itself; left out where somebody else did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    /// The role now.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// Whether they may log in now: `active` or `suspended`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// How long the next login has to wait, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_seconds: Option<i64>,
    /// How the verification of their identity stands now: `pending`, `action_needed`, `approved`,
    /// `rejected` or `expired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kyc_status: Option<String>,
    /// How far their identity is verified now: `none`, `basic` or `full`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kyc_level: Option<String>,
    /// Rises with each change of these two.
    #[serde(skip_serializing_if = "Option::is_none")]
    kyc_version: Option<i64>,
}

fn unread(source: impl std::error::Error + Send + Sync + 'static) -> FeedError {
    FeedError {
        feed: SCHEMA,
        source: Box::new(source),
    }
}

#[async_trait]
impl Feed for IdentityFeed {
    fn name(&self) -> &'static str {
        SCHEMA
    }

    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError> {
        let entries = store::entries_from(&self.0, after, limit.into()).await;
        let entries = entries.map_err(unread)?;
        let through = entries.last().map_or(after, |entry| entry.no);
        let events = entries
            .into_iter()
            .filter_map(|entry| told(entry).transpose());
        Ok(Page {
            events: events.collect::<Result<_, _>>()?,
            through,
        })
    }

    async fn newest(&self) -> Result<i64, FeedError> {
        let newest = store::newest(&self.0).await.map_err(unread)?;
        Ok(newest.map_or(0, |(no, _)| no))
    }

    fn log_end(&self) -> Option<Position> {
        self.0.history().seen()
    }

    async fn wait(&self, after: i64) {
        let mut newest = self.0.history().newest();
        // The history lives as long as the database.
        drop(newest.wait_for(|newest| *newest > after).await);
    }
}

/// What becomes of an entry: its act, its outcome, the type of event, and what the event says of a
/// credential.
type Line = (
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
);

/// Which entries are told. Of refused logins only those after which the next one has to wait.
const TOLD: &[Line] = &[
    ("user.registered", "done", "user.registered", None),
    ("user.created", "done", "user.registered", None),
    ("email.verified", "done", "user.verified", None),
    ("email.changed", "done", "user.email_changed", None),
    ("user.changed", "done", "user.changed", None),
    ("user.closed", "done", "user.closed", None),
    ("kyc.status_changed", "done", "kyc.status_changed", None),
    ("device.new", "done", "session.new_device", None),
    (
        "password.changed",
        "done",
        CREDENTIAL,
        Some(("password", "changed")),
    ),
    (
        "password.reset",
        "done",
        CREDENTIAL,
        Some(("password", "reset")),
    ),
    (
        "totp.enabled",
        "done",
        CREDENTIAL,
        Some(("authenticator_app", "added")),
    ),
    (
        "totp.disabled",
        "done",
        CREDENTIAL,
        Some(("authenticator_app", "removed")),
    ),
    (
        "recovery_codes.renewed",
        "done",
        CREDENTIAL,
        Some(("recovery_codes", "changed")),
    ),
    (
        "passkey.registered",
        "done",
        CREDENTIAL,
        Some(("passkey", "added")),
    ),
    (
        "passkey.deleted",
        "done",
        CREDENTIAL,
        Some(("passkey", "removed")),
    ),
    (
        "account.linked",
        "done",
        CREDENTIAL,
        Some(("linked_account", "added")),
    ),
    (
        "account.unlinked",
        "done",
        CREDENTIAL,
        Some(("linked_account", "removed")),
    ),
    ("api_key.created", "done", "api_key.created", None),
    ("api_key.ended", "done", "api_key.ended", None),
    ("login.failed", "refused", LOCKED, None),
];
const CREDENTIAL: &str = "credential.changed";
const LOCKED: &str = "login.locked";

/// An entry as others are told it; none for most of them.
fn told(entry: StoredEntry) -> Result<Option<Event>, FeedError> {
    let fits = |(act, outcome, ..): &&Line| *act == entry.act && *outcome == entry.outcome;
    let Some((.., kind, credential)) = TOLD.iter().find(fits).copied() else {
        return Ok(None);
    };
    let details: Value = serde_json::from_str(&entry.details).map_err(unread)?;
    let text = |name| details.get(name).and_then(Value::as_str).map(str::to_owned);
    let wait_seconds = details.get("wait_s").and_then(Value::as_i64);
    if kind == LOCKED && wait_seconds.is_none() {
        return Ok(None);
    }
    let is_user = |id: &&String| id.starts_with("usr_");
    let user = entry.subject.as_ref().filter(is_user);
    let Some(user) = user.or(entry.actor.as_ref()).cloned() else {
        return Ok(None);
    };
    let owner = user.parse::<UserId>().map_err(unread)?;
    let subject = match credential {
        Some(_) => user.clone(),
        None => entry.subject.clone().unwrap_or_else(|| user.clone()),
    };
    let of_kind = |prefix: &str| subject.starts_with(prefix).then(|| subject.clone());
    // What an administrator does to somebody is not told with the administrator's address.
    let by_themselves = entry.actor.as_ref().is_none_or(|actor| *actor == user);
    let said = UserEvent {
        user_id: user,
        session_id: of_kind("ses_"),
        api_key_id: of_kind("key_"),
        credential: credential.map(|(of, _)| of),
        change: credential.map(|(_, change)| change),
        address: entry.address.filter(|_| by_themselves),
        user_agent: entry.user_agent.filter(|_| by_themselves),
        role: text("role"),
        status: text("status"),
        wait_seconds,
        kyc_status: text("kyc_status"),
        kyc_level: text("kyc_level"),
        kyc_version: details.get("kyc_version").and_then(Value::as_i64),
    };
    let time = Timestamp(entry.time);
    Ok(Some(Event {
        id: event_id(SCHEMA, entry.no, time),
        feed: SCHEMA,
        sequence: entry.no,
        kind: kind.to_owned(),
        time,
        subject,
        org: OrgId(entry.org),
        parties: vec![(Party::Owner, owner)],
        data: to_raw_value(&said).map_err(unread)?,
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contracts::events::catalogue;

    use super::TOLD;

    #[test]
    fn what_is_told_is_in_the_catalogue_and_all_of_the_catalogue_is_told() {
        let told: BTreeSet<_> = TOLD.iter().map(|(.., kind, _)| *kind).collect();
        let own = catalogue::EVENTS
            .iter()
            .filter(|event| event.feed == crate::SCHEMA);
        assert_eq!(told, own.map(|event| event.name).collect());
    }
}
