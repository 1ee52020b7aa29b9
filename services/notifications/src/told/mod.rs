//! Who is told of what: reads the feeds and writes down whom each event is to be told to. The words
//! and the ways are others'.

pub(crate) mod rules;

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::UserId;
use db::Tx;
use events::{Handler, HandlerError, Start};
use platform::clock::SharedClock;
use platform::ids::Ids;
use serde_json::{Map, Value};

use crate::inbox::store::{self, NewNotification};

/// The consumer of the feeds.
pub(crate) struct Told {
    ids: Ids,
    clock: SharedClock,
}

impl Told {
    pub(crate) fn new(ids: Ids, clock: SharedClock) -> Self {
        Self { ids, clock }
    }
}

#[async_trait]
impl Handler for Told {
    fn name(&self) -> &'static str {
        "notifications"
    }

    fn start(&self) -> Start {
        Start::Now
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<(), HandlerError> {
        self.handle_all(tx, std::slice::from_ref(event)).await
    }

    async fn handle_all(&self, tx: &mut Tx, events: &[Event]) -> Result<(), HandlerError> {
        let mut told = Vec::new();
        for event in events {
            self.tell(event, &mut told)?;
        }
        Ok(store::insert(tx, &told).await?)
    }
}

impl Told {
    /// Adds what follows from an event.
    fn tell<'a>(
        &self,
        event: &'a Event,
        told: &mut Vec<NewNotification<'a>>,
    ) -> Result<(), HandlerError> {
        let rules = rules::of(&event.kind).into_iter();
        let rules = rules.filter_map(|rule| Some((rule, event.party(rule.audience)?)));
        let mut rules = rules.peekable();
        if rules.peek().is_none() {
            return Ok(());
        }
        let document: Value = serde_json::from_str(event.data.get())
            .map_err(|error| HandlerError::Reject(format!("its data are no JSON: {error}")))?;
        for (rule, user) in rules.filter(|(rule, _)| rule.is_for(&document)) {
            told.push(NewNotification {
                id: self.ids.next(),
                org: event.org,
                user,
                kind: rule.tells,
                subject: &event.subject,
                event: event.id,
                data: facts(event, user, &document).to_string(),
                created_at: self.clock.now(),
            });
        }
        Ok(())
    }
}

/// What texts are made of: of the document only what they name, and the user on the other side.
const FACTS: [&str; 15] = [
    "type",
    "amount",
    "currency",
    "description",
    "refunded_amount",
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
