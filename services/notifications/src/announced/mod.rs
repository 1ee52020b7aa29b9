//! The feed of notifications itself: that somebody has a new notification (`notification.created`),
//! and that a webhook is sent once more (`webhook.resent`). It is for live streams: the newest
//! entries are kept, as many as a stream reads again.

pub(crate) mod store;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx};
use events::{Feed, FeedError, Page, event_id};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use tokio::sync::watch;
use tokio::time::timeout;
use utoipa::ToSchema;
use uuid::Uuid;
use values::Timestamp;

use crate::SCHEMA;
use crate::inbox::id::NotificationId;
use crate::inbox::store::{self as inbox, NewNotification};
use crate::webhooks::endpoint::{WebhookDeliveryId, WebhookEndpointId};

/// Somebody has a new notification.
pub(crate) const CREATED: &str = "notification.created";
/// A webhook is sent once more.
pub(crate) const RESENT: &str = "webhook.resent";
/// How long it may take until what another node has committed is noticed. On SQLite there is none.
const POLL: Duration = Duration::from_millis(50);
/// How many rows are read at once: each has up to some hundred entries.
const ROWS: i64 = 4;

/// An entry as it is stored.
#[derive(Debug, Serialize, Deserialize)]
enum Entry {
    /// Notification, organisation, user, type, subject.
    Created(Uuid, i64, Uuid, String, String),
    /// Delivery, organisation.
    Resent(Uuid, i64),
}

/// A new notification, as live streams tell of it. Its words are in the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationCreated)]
pub(crate) struct NotificationCreated<'a> {
    /// Its id.
    id: NotificationId,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "money_received")]
    kind: &'a str,
    /// The id of what it is about.
    #[schema(example = "txn_01k9zv5rhcfb9s6yvp8g0vq3wb")]
    subject: &'a str,
    /// When it was told.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A webhook that is sent once more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookResent)]
pub(crate) struct WebhookResent {
    /// The endpoint that it is sent to.
    endpoint: WebhookEndpointId,
    /// The delivery.
    delivery: WebhookDeliveryId,
    /// How many attempts were made.
    attempts: i64,
    /// The event, as it is sent, to the byte.
    #[schema(value_type = Object)]
    event: Box<RawValue>,
}

/// The feed, and the way by which what is written wakes it.
#[derive(Clone)]
pub(crate) struct Announced {
    db: Db,
    committed: Arc<watch::Sender<()>>,
}

/// Writes down what somebody is told in the app, and tells streams of what is new of it.
pub(crate) async fn tell(
    tx: &mut Tx,
    new: &[NewNotification<'_>],
    now: Timestamp,
) -> Result<(), DbError> {
    let written = inbox::insert(tx, new).await?;
    let all_are_new = usize::try_from(written).is_ok_and(|written| written == new.len());
    let mut entries = Vec::with_capacity(new.len());
    for one in new {
        if all_are_new || store::is_there(tx, one.id).await? {
            let (kind, subject) = (one.kind.to_owned(), one.subject.to_owned());
            let user = one.user.uuid();
            entries.push(Entry::Created(one.id, one.org.0, user, kind, subject));
        }
    }
    write(tx, &entries, now).await
}

/// Tells streams that webhooks are sent once more.
pub(crate) async fn tell_resent(
    tx: &mut Tx,
    org: OrgId,
    deliveries: &[Uuid],
    now: Timestamp,
) -> Result<(), DbError> {
    let entry = |delivery: &Uuid| Entry::Resent(*delivery, org.0);
    let entries: Vec<_> = deliveries.iter().map(entry).collect();
    write(tx, &entries, now).await
}

async fn write(tx: &mut Tx, entries: &[Entry], now: Timestamp) -> Result<(), DbError> {
    if entries.is_empty() {
        return Ok(());
    }
    // Texts and numbers always serialise.
    let text = serde_json::to_string(entries).unwrap_or_default();
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    store::insert(tx, count, &text, now).await
}

fn unread(source: impl std::error::Error + Send + Sync + 'static) -> FeedError {
    FeedError {
        feed: SCHEMA,
        source: Box::new(source),
    }
}

impl Announced {
    /// The feed over these tables.
    pub(crate) fn new(db: &Db) -> Self {
        Self {
            db: db.clone(),
            committed: Arc::new(watch::Sender::default()),
        }
    }

    /// What was written is committed.
    pub(crate) fn wake(&self) {
        self.committed.send_replace(());
    }

    /// Deletes all but so many of the newest entries.
    pub(crate) async fn keep(&self, most: i64) -> Result<(), DbError> {
        let newest = store::newest(&self.db).await?;
        store::delete_through(&self.db, newest.saturating_sub(most)).await
    }

    /// An entry as an event; none where what it names is not there any more.
    async fn event(
        &self,
        sequence: i64,
        entry: Entry,
        time: Timestamp,
    ) -> Result<Option<Event>, FeedError> {
        let (kind, org, user, subject, data) = match entry {
            Entry::Created(id, org, user, kind, subject) => {
                let created = NotificationCreated {
                    id: NotificationId(id),
                    kind: &kind,
                    subject: &subject,
                    created_at: time,
                };
                let data = to_raw_value(&created).map_err(unread)?;
                (CREATED, org, user, NotificationId(id).to_string(), data)
            }
            Entry::Resent(id, org) => {
                let found = store::resent(&self.db, id).await.map_err(unread)?;
                let Some(found) = found else { return Ok(None) };
                let (endpoint, event) = (WebhookEndpointId(found.endpoint), found.event());
                let user = found.user_id;
                let resent = WebhookResent {
                    endpoint,
                    delivery: WebhookDeliveryId(id),
                    attempts: found.attempts,
                    event: RawValue::from_string(found.body).map_err(unread)?,
                };
                let data = to_raw_value(&resent).map_err(unread)?;
                (RESENT, org, user, event.to_string(), data)
            }
        };
        Ok(Some(Event {
            id: event_id(SCHEMA, sequence, time),
            feed: SCHEMA,
            sequence,
            kind: kind.to_owned(),
            time,
            subject,
            org: OrgId(org),
            parties: vec![(Party::Owner, UserId(user))],
            data,
        }))
    }
}

#[async_trait]
impl Feed for Announced {
    fn name(&self) -> &'static str {
        SCHEMA
    }

    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError> {
        let mut page = Page {
            through: after,
            ..Page::default()
        };
        let mut left = limit;
        for row in store::after(&self.db, after, ROWS).await.map_err(unread)? {
            let entries: Vec<Entry> = serde_json::from_str(&row.entries).map_err(unread)?;
            for (sequence, entry) in (row.first..=row.last).zip(entries) {
                if sequence <= after {
                    continue;
                }
                if left == 0 {
                    return Ok(page);
                }
                left -= 1;
                let time = Timestamp(row.created_at);
                page.events.extend(self.event(sequence, entry, time).await?);
                page.through = sequence;
            }
            page.through = row.last;
        }
        Ok(page)
    }

    async fn newest(&self) -> Result<i64, FeedError> {
        store::newest(&self.db).await.map_err(unread)
    }

    async fn wait(&self, after: i64) {
        let mut committed = self.committed.subscribe();
        // Where it cannot be read, whoever waits finds that out.
        while store::newest(&self.db)
            .await
            .is_ok_and(|newest| newest <= after)
        {
            match self.db {
                Db::Sqlite { .. } => drop(committed.changed().await),
                // Where the time is over, another node may have committed something.
                Db::Postgres(_) => drop(timeout(POLL, committed.changed()).await),
            }
        }
    }
}
