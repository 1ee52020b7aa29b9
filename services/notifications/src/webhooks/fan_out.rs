//! Which event goes to which endpoints: reads the feeds and writes a delivery for each endpoint
//! that has asked for an event. Where nobody has, an event costs a look into memory.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use contracts::events::{Event, Party, PublicEvent};
use contracts::identity::{Contacts, OrgId, Permission, Role, UserId};
use db::{DbError, Tx};
use events::{Handler, HandlerError, Start};
use platform::clock::SharedClock;
use platform::ids::Ids;
use serde::Serialize;
use tokio::sync::Notify;
use uuid::Uuid;
use values::Timestamp;

use super::disable_all;
use super::endpoint::{Endpoint, WebhookEndpointId};
use super::error::WebhookError;
use super::event_types::EventTypes;
use super::store::deliveries::{self, NewDelivery};
use super::store::endpoints;
use crate::told::ended::{self, Ended};

/// How many endpoints are read at once.
const AT_ONCE: i64 = 1_000;

/// The consumer of the feeds, and the way by which webhooks' own events go out.
pub(crate) struct FanOut {
    clock: SharedClock,
    ids: Ids,
    contacts: Arc<dyn Contacts>,
    /// Whether the transaction at hand has changed endpoints.
    has_ended: AtomicBool,
    known: Mutex<Option<(i64, Arc<Known>)>>,
    /// Endpoints that got something in a transaction that is not over, and in those that are.
    touched: Mutex<BTreeSet<WebhookEndpointId>>,
    committed: Mutex<BTreeSet<WebhookEndpointId>>,
    pub(crate) wake: Notify,
}

/// The endpoints, by whom they belong to.
#[derive(Default)]
struct Known(HashMap<OrgId, OfOrg>);

#[derive(Default)]
struct OfOrg {
    of_all_events: Vec<Subscriber>,
    by_user: HashMap<UserId, Vec<Subscriber>>,
}

struct Subscriber {
    id: WebhookEndpointId,
    event_types: EventTypes,
    enabled: bool,
}

/// The body of a webhook: the event, and `timestamp` as Standard Webhooks names its time.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    event: PublicEvent<'a>,
    timestamp: Timestamp,
}

/// The bytes that are sent for an event.
pub(crate) fn body(event: &Event) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Body {
        event: event.public(),
        timestamp: event.time,
    })
}

impl Known {
    fn of(found: Vec<Endpoint>) -> Self {
        let mut known = Self::default();
        for endpoint in found {
            let of_org = known.0.entry(endpoint.org).or_default();
            let subscribers = match endpoint.all_events {
                true => &mut of_org.of_all_events,
                false => of_org.by_user.entry(endpoint.user).or_default(),
            };
            subscribers.push(Subscriber {
                id: endpoint.id,
                event_types: endpoint.event_types,
                enabled: endpoint.disabled.is_none(),
            });
        }
        known
    }

    /// Those that get an event, each once.
    fn subscribers<'a>(&'a self, event: &'a Event) -> impl Iterator<Item = &'a Subscriber> {
        let of_org = self.0.get(&event.org);
        let parties: BTreeSet<UserId> = match of_org {
            Some(_) => event.parties.iter().map(|(_, user)| *user).collect(),
            None => BTreeSet::new(),
        };
        let concerned = parties
            .into_iter()
            .filter_map(move |user| of_org?.by_user.get(&user))
            .flatten();
        let all = of_org.into_iter().flat_map(|of_org| &of_org.of_all_events);
        all.chain(concerned)
            .filter(|subscriber| subscriber.event_types.take(&event.kind))
    }
}

impl FanOut {
    pub(crate) fn new(clock: SharedClock, ids: Ids, contacts: Arc<dyn Contacts>) -> Self {
        Self {
            clock,
            ids,
            contacts,
            has_ended: AtomicBool::new(false),
            known: Mutex::default(),
            touched: Mutex::default(),
            committed: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// Ends what a user may not have any more: events go on being recorded, and can be read, for as
    /// long as an endpoint is there.
    async fn end(
        &self,
        tx: &mut Tx,
        (org, user): (OrgId, UserId),
        ended: Ended,
    ) -> Result<(), HandlerError> {
        match ended {
            Ended::Account | Ended::Credentials | Ended::Logins => {
                disable_all(tx, (org, user), self.clock.now()).await?;
            }
            Ended::Role(new) => {
                let role = match self.contacts.contact(org, user).await {
                    Ok(contact) => contact.map(|contact| contact.role),
                    // What is written for them meanwhile they could read.
                    Err(error) => {
                        tracing::warn!(%error, "what a role allows is decided by the event alone");
                        new
                    }
                };
                let allows = |role: Role| role.permissions_in(org);
                if !role.is_some_and(|role| allows(role).contains(Permission::WebhooksManage)) {
                    endpoints::delete_all_events(tx, org, user).await?;
                    endpoints::changed(tx).await?;
                }
            }
        }
        self.has_ended.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Reads the endpoints anew where another node, or this one, has changed them.
    async fn look(&self, tx: &mut Tx) -> Result<Arc<Known>, WebhookError> {
        let version = endpoints::version(tx).await?;
        if let Some(known) = self.known_as_of(version) {
            return Ok(known);
        }
        let known = read(tx).await?;
        *lock(&self.known) = Some((version, known.clone()));
        Ok(known)
    }

    fn known_as_of(&self, version: i64) -> Option<Arc<Known>> {
        let known = lock(&self.known);
        let (of, known) = known.as_ref()?;
        (*of == version).then(|| known.clone())
    }

    /// Writes a delivery for each of these endpoints.
    async fn deliver<'a>(
        &self,
        tx: &mut Tx,
        event: &Event,
        to: impl Iterator<Item = &'a Subscriber>,
    ) -> Result<(), HandlerError> {
        let mut text = None;
        let now = self.clock.now();
        for subscriber in to {
            let text = match &mut text {
                Some(text) => text,
                none => {
                    let made = body(event)
                        .map_err(|error| HandlerError::Reject(format!("it is no JSON: {error}")))?;
                    none.insert(made)
                }
            };
            let new = NewDelivery {
                id: self.ids.next(),
                org: event.org.0,
                endpoint: subscriber.id,
                event: event.id,
                kind: &event.kind,
                subject: &event.subject,
                sequence: event.sequence,
                body: text,
                // The order of the queue: events of a feed have times that do not go back.
                next_at: subscriber.enabled.then(|| event.time.min(now)),
                created_at: now,
            };
            if deliveries::insert(tx, &new).await? && subscriber.enabled {
                self.touch(subscriber.id);
            }
        }
        Ok(())
    }

    /// Sends an event of webhooks themselves to the other endpoints that ask for it.
    pub(crate) async fn tell(
        &self,
        tx: &mut Tx,
        event: &Event,
        except: WebhookEndpointId,
    ) -> Result<(), WebhookError> {
        // The transaction may have changed endpoints itself: what it sees is not kept for others.
        let known = read(tx).await?;
        let others = known.subscribers(event).filter(|it| it.id != except);
        let told = self.deliver(tx, event, others).await;
        told.map_err(|error| match error {
            HandlerError::Database(error) => error.into(),
            HandlerError::Retry(_) | HandlerError::Away(_) | HandlerError::Reject(_) => {
                WebhookError::Row("webhook_endpoints")
            }
        })
    }

    /// Something waits for this endpoint once the transaction is over.
    pub(crate) fn touch(&self, endpoint: WebhookEndpointId) {
        lock(&self.touched).insert(endpoint);
    }

    /// What was written is committed. An endpoint of another transaction, which is still under way,
    /// is looked at too early; what is committed for it then waits until the next look at all
    /// endpoints.
    pub(crate) fn wake(&self) {
        let touched = std::mem::take(&mut *lock(&self.touched));
        if !touched.is_empty() {
            lock(&self.committed).extend(touched);
            self.wake.notify_one();
        }
    }

    /// Endpoints that something was written for since this was asked last.
    pub(crate) fn woken(&self) -> BTreeSet<WebhookEndpointId> {
        std::mem::take(&mut *lock(&self.committed))
    }
}

async fn read(tx: &mut Tx) -> Result<Arc<Known>, WebhookError> {
    let (mut found, mut last) = (Vec::new(), Uuid::nil());
    loop {
        let rows = endpoints::after_in(tx, last, AT_ONCE).await?;
        if rows.is_empty() {
            return Ok(Arc::new(Known::of(found)));
        }
        for row in rows {
            let endpoint = Endpoint::try_from(row)?;
            last = endpoint.id.uuid();
            found.push(endpoint);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn of_look(error: WebhookError) -> HandlerError {
    match error {
        WebhookError::Database(error) => error.into(),
        other => HandlerError::Retry(other.to_string()),
    }
}

#[async_trait]
impl Handler for FanOut {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    fn start(&self) -> Start {
        Start::Now
    }

    async fn begin(&self, tx: &mut Tx) -> Result<(), DbError> {
        self.has_ended.store(false, Ordering::Relaxed);
        match self.look(tx).await {
            Ok(_) => Ok(()),
            Err(WebhookError::Database(error)) => Err(error),
            // Each event says so itself, and is tried again.
            Err(_) => {
                *lock(&self.known) = None;
                Ok(())
            }
        }
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<(), HandlerError> {
        if let Some((ended, user)) = ended::by(event)?.zip(event.party(Party::Owner)) {
            self.end(tx, (event.org, user), ended).await?;
        }
        let known = lock(&self.known).as_ref().map(|(_, known)| known.clone());
        let known = match known {
            // What the transaction sees of its own changes is not kept for others.
            _ if self.has_ended.load(Ordering::Relaxed) => read(tx).await.map_err(of_look)?,
            Some(known) => known,
            None => self.look(tx).await.map_err(of_look)?,
        };
        self.deliver(tx, event, known.subscribers(event)).await
    }

    fn committed(&self) {
        self.wake();
    }
}
