//! The feed of identity: its audit trail, as far as others may know it. Nothing is written for it.
//! An event holds ids and facts, never a name, an e-mail or a secret: what it says of somebody
//! stays true and harmless after their account is closed.

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::{OrgId, UserId};
use db::Db;
use events::{Feed, FeedError, Page, event_id};
use serde::{Deserialize, Serialize};
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
    /// Which credential changed: `password`, `authenticator_app`, `recovery_codes`, `passkey` or `linked_account`.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<&'static str>,
    /// What became of it: `added`, `changed` or `removed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    /// From which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// With which program, as that calls itself.
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
}

/// What an entry says beside its columns, as far as events tell it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    role: Option<String>,
    status: Option<String>,
    wait_s: Option<i64>,
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

    async fn wait(&self, after: i64) {
        let mut newest = self.0.history().newest();
        // The history lives as long as the database.
        drop(newest.wait_for(|newest| *newest > after).await);
    }
}

/// The event that an entry is to others, and what it says of a credential.
type Told = (&'static str, Option<(&'static str, &'static str)>);

fn kind(entry: &StoredEntry, details: &Details) -> Option<Told> {
    let credential = |of, change| Some(("credential.changed", Some((of, change))));
    match (entry.act.as_str(), entry.outcome.as_str()) {
        ("user.registered" | "user.created", "done") => Some(("user.registered", None)),
        ("email.verified", "done") => Some(("user.verified", None)),
        ("email.changed", "done") => Some(("user.email_changed", None)),
        ("user.changed", "done") => Some(("user.changed", None)),
        ("user.closed", "done") => Some(("user.closed", None)),
        ("device.new", "done") => Some(("session.new_device", None)),
        ("password.changed" | "password.reset", "done") => credential("password", "changed"),
        ("totp.enabled", "done") => credential("authenticator_app", "added"),
        ("totp.disabled", "done") => credential("authenticator_app", "removed"),
        ("recovery_codes.renewed", "done") => credential("recovery_codes", "changed"),
        ("passkey.registered", "done") => credential("passkey", "added"),
        ("passkey.deleted", "done") => credential("passkey", "removed"),
        ("account.linked", "done") => credential("linked_account", "added"),
        ("account.unlinked", "done") => credential("linked_account", "removed"),
        ("api_key.created", "done") => Some(("api_key.created", None)),
        ("api_key.ended", "done") => Some(("api_key.ended", None)),
        ("login.failed", "refused") if details.wait_s.is_some() => Some(("login.locked", None)),
        _ => None,
    }
}

/// An entry as others are told it; none for most of them.
fn told(entry: StoredEntry) -> Result<Option<Event>, FeedError> {
    let details: Details = serde_json::from_str(&entry.details).map_err(unread)?;
    let Some((kind, credential)) = kind(&entry, &details) else {
        return Ok(None);
    };
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
    let said = UserEvent {
        user_id: user,
        session_id: of_kind("ses_"),
        api_key_id: of_kind("key_"),
        credential: credential.map(|(of, _)| of),
        change: credential.map(|(_, change)| change),
        address: entry.address,
        user_agent: entry.user_agent,
        role: details.role,
        status: details.status,
        wait_seconds: details.wait_s,
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
