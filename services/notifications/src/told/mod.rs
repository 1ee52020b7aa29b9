//! Who is told of what: reads the feeds and writes down whom each event is to be told to. The words
//! and the ways are others'.

pub(crate) mod ended;
pub(crate) mod kinds;
pub(crate) mod news;
pub(crate) mod rules;
pub(crate) mod staff;
pub(crate) mod store;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::{Contacts, OrgId, UserId};
use db::{DbError, Tx};
use events::{Handler, HandlerError, Start};
use platform::clock::SharedClock;
use platform::ids::Ids;
use serde_json::{Map, Value};

use tokio::sync::Notify;
use values::Timestamp;
use vault::Vault;

use crate::announced::{self, Announced};
use crate::error::Error;
use crate::inbox::store::{self as inbox, NewNotification};
use crate::messages::facts::of_event;
use crate::messages::outbox::{self, Outgoing};
use crate::preferences::store::{self as preferences, Wishes};
use crate::told::ended::Ended;
use crate::told::rules::{Audience, Rule};

/// The consumer of the feeds.
pub(crate) struct NotificationHandler {
    pub(crate) ids: Ids,
    pub(crate) clock: SharedClock,
    pub(crate) vault: Arc<Vault>,
    /// Told that there is something to send.
    pub(crate) to_send: Arc<Notify>,
    pub(crate) announced: Announced,
    /// Who the staff is.
    pub(crate) contacts: Arc<dyn Contacts>,
}

#[async_trait]
impl Handler for NotificationHandler {
    fn name(&self) -> &'static str {
        "notifications"
    }

    fn start(&self) -> Start {
        Start::Now
    }

    fn committed(&self) {
        self.to_send.notify_one();
        self.announced.wake();
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<(), HandlerError> {
        self.handle_all(tx, std::slice::from_ref(event)).await
    }

    async fn handle_all(&self, tx: &mut Tx, events: &[Event]) -> Result<(), HandlerError> {
        let mut batch = Batch::default();
        for event in events {
            let ended = ended::by(event)?.zip(event.party(Party::Owner));
            if let Some((ended @ (Ended::Account | Ended::Credentials), user)) = ended {
                let now = self.clock.now();
                batch.write(tx, now).await?;
                batch = Batch::default();
                if ended == Ended::Account {
                    inbox::delete_all(tx, event.org, user).await?;
                    outbox::forget(tx, event.org, user, now).await?;
                } else {
                    outbox::forget_ways(tx, event.org, user).await?;
                }
            }
            self.tell(tx, event, &mut batch).await?;
        }
        Ok(batch.write(tx, self.clock.now()).await?)
    }
}

/// What follows from several events.
#[derive(Default)]
struct Batch<'a> {
    /// What is told in the app.
    in_app: Vec<NewNotification<'a>>,
    /// What is told by other channels.
    outgoing: Outgoing,
    /// What users want, and where they can be reached.
    wishes: HashMap<(i64, UserId), Wishes>,
}

impl Batch<'_> {
    /// Writes down what is to be told; what users want stays.
    async fn write(&mut self, tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
        announced::tell(tx, &std::mem::take(&mut self.in_app), now).await?;
        std::mem::take(&mut self.outgoing).write(tx).await
    }

    async fn wishes(
        &mut self,
        tx: &mut Tx,
        org: OrgId,
        user: UserId,
    ) -> Result<Wishes, HandlerError> {
        if let Some(known) = self.wishes.get(&(org.0, user)) {
            return Ok(*known);
        }
        let wishes = preferences::wishes(tx, org, user).await;
        let wishes = wishes.map_err(of_error)?;
        self.wishes.insert((org.0, user), wishes);
        Ok(wishes)
    }
}

impl NotificationHandler {
    /// Adds what follows from an event.
    async fn tell<'a>(
        &self,
        tx: &mut Tx,
        event: &'a Event,
        batch: &mut Batch<'a>,
    ) -> Result<(), HandlerError> {
        let mut rules = Vec::new();
        for rule in rules::of(&event.kind) {
            let readers = self.readers(event, rule.audience).await?;
            rules.extend(readers.into_iter().map(|user| (rule, user)));
        }
        if rules.is_empty() {
            return Ok(());
        }
        let document: Value = serde_json::from_str(event.data.get())
            .map_err(|error| HandlerError::Reject(format!("its data are no JSON: {error}")))?;
        for (rule, user) in rules {
            if rule.is_for(&document) {
                let kind = kinds::find(rule.tells).ok_or_else(|| {
                    HandlerError::Reject(format!("nothing is known of {}", rule.tells))
                })?;
                let facts = facts(event, user, &document);
                let wishes = batch.wishes(tx, event.org, user).await?;
                if wishes.wanted.wants_in_app(kind) {
                    let notification = self.notification(event, rule, user, &facts);
                    batch.in_app.push(notification);
                }
                if kind.once_in > 0 {
                    batch.write(tx, self.clock.now()).await?;
                    let whose = (event.org, user);
                    if outbox::was_told_lately(tx, whose, kind, self.clock.now()).await? {
                        continue;
                    }
                }
                let channels = wishes.channels_for(kind);
                let told = outbox::EventMessage {
                    id: self.ids.next(),
                    org: event.org,
                    user,
                    kind,
                    event: event.id,
                    facts: &of_event(facts, &event.subject, event.time),
                    channels: &channels,
                    now: self.clock.now(),
                };
                let added = batch.outgoing.add(&self.vault, &told);
                added.map_err(of_error)?;
            }
        }
        Ok(())
    }

    /// Who is told of an event.
    async fn readers(
        &self,
        event: &Event,
        audience: Audience,
    ) -> Result<Vec<UserId>, HandlerError> {
        match audience {
            Audience::Party(party) => Ok(event.party(party).into_iter().collect()),
            Audience::Staff(permission) => {
                let staff = self.contacts.staff(event.org, permission).await;
                staff.map_err(|error| HandlerError::Away(error.to_string()))
            }
        }
    }

    fn notification<'a>(
        &self,
        event: &'a Event,
        rule: &Rule,
        user: UserId,
        facts: &Value,
    ) -> NewNotification<'a> {
        NewNotification {
            id: self.ids.next(),
            org: event.org,
            user,
            kind: rule.tells,
            subject: &event.subject,
            event: event.id,
            data: facts.to_string(),
            created_at: self.clock.now(),
        }
    }
}

fn of_error(error: Error) -> HandlerError {
    match error {
        Error::Database(error) => HandlerError::Database(error),
        other => HandlerError::Retry(other.to_string()),
    }
}

/// What texts are made of: of the document only what they name, and the user on the other side.
const FACTS: [&str; 16] = [
    "type",
    "amount",
    "currency",
    "description",
    "refunded_amount",
    "refund_request",
    "failure",
    "label",
    "session_id",
    "api_key_id",
    "credential",
    "change",
    "address",
    "user_agent",
    "role",
    "status",
];

fn facts(event: &Event, user: UserId, document: &Value) -> Value {
    let mut facts = Map::new();
    for name in FACTS {
        if let Some(value) = document.get(name).filter(|value| !value.is_null()) {
            facts.insert(name.to_owned(), value.clone());
        }
    }
    let mut sides = [Party::Payer, Party::Payee].into_iter();
    let other = sides.find_map(|side| event.party(side).filter(|other| *other != user));
    if let Some(other) = other {
        facts.insert("counterparty".to_owned(), other.to_string().into());
    }
    Value::Object(facts)
}
