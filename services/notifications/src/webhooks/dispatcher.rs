//! Sends what is due. An endpoint is one queue: a node claims it, sends some at a time, and writes
//! down what came of them. Endpoints are served beside one another, so that one that is slow
//! or dead holds up nobody.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::events::EventId;
use contracts::identity::{Contacts, Permission};
use db::Db;
use events::queue::Rate;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use platform::clock::SharedClock;
use platform::ids::Ids;
use tokio::task::JoinSet;
use uuid::Uuid;
use values::{DAY, SECOND, Timestamp};
use vault::Vault;

use crate::announced::{self, Announced};

use super::config::WebhooksConfig;
use super::endpoint::{Disabled, Endpoint, Status, Turn, WebhookEndpointId};
use super::error::WebhookError;
use super::fan_out::FanOut;
use super::schedule;
use super::sender::{Message, Sender, Sent};
use super::signature::Secret;
use super::store::claims::{self, After, Claim, DueRow, NewAttempt};
use super::store::{deliveries, endpoints};
use super::{disable, place};

pub(crate) mod told;

/// The most that is sent to an endpoint before it is written down. What was sent and not written
/// down is sent again after a crash.
const BATCH: i64 = 32;
/// For how long it is sent before it is written down, about, in µs.
const WRITE_EVERY: i64 = SECOND / 4;
/// For how long an endpoint is served before it is another's turn, in µs.
const TURN: i64 = 5 * SECOND;
/// How much longer a claim lasts than an attempt, in µs.
const CLAIM: i64 = 15 * SECOND;
/// How often is looked for what is due: attempts of the schedule, and what other nodes have
/// written.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often old deliveries are deleted, and how many at once.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
const SWEEP: i64 = 1_000;

/// What sends.
pub(crate) struct Dispatcher {
    pub(super) db: Db,
    pub(super) clock: SharedClock,
    pub(super) ids: Ids,
    vault: Arc<Vault>,
    contacts: Arc<dyn Contacts>,
    config: WebhooksConfig,
    sender: Arc<Sender>,
    pub(super) fan_out: Arc<FanOut>,
    announced: Announced,
    /// The endpoints that this node serves, and whether they fail.
    pub(super) serving: Mutex<HashMap<WebhookEndpointId, bool>>,
    pub(super) rates: Mutex<HashMap<WebhookEndpointId, Rate>>,
}

/// An attempt that is to be written down.
struct Made {
    row: DueRow,
    at: Timestamp,
    sent: Sent,
}

/// An endpoint that this node has claimed.
struct Served {
    claim: Claim,
    endpoint: Endpoint,
    secrets: Vec<Secret>,
}

impl Dispatcher {
    pub(super) fn new(
        db: Db,
        (clock, ids): (SharedClock, Ids),
        vault: Arc<Vault>,
        contacts: Arc<dyn Contacts>,
        config: WebhooksConfig,
        (sender, fan_out, announced): (Arc<Sender>, Arc<FanOut>, Announced),
    ) -> Self {
        Self {
            db,
            clock,
            ids,
            vault,
            contacts,
            config,
            sender,
            fan_out,
            announced,
            serving: Mutex::default(),
            rates: Mutex::default(),
        }
    }

    /// Sends what is due, for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut tasks = JoinSet::new();
        let mut waiting = VecDeque::new();
        let mut looked_at = i64::MIN;
        loop {
            let mut found: Vec<_> = self.fan_out.woken().into_iter().collect();
            let steady = self.clock.steady();
            if steady >= looked_at.saturating_add(SECOND) {
                looked_at = steady;
                found.extend(self.look().await);
            }
            for id in found {
                if !waiting.contains(&id) {
                    waiting.push_back(id);
                }
            }
            for _ in 0..waiting.len() {
                let Some(id) = waiting.pop_front() else { break };
                if self.begins(id) {
                    tasks.spawn(self.clone().serve_and_log(id));
                } else {
                    waiting.push_back(id);
                }
            }
            tokio::select! {
                () = self.fan_out.wake.notified() => {}
                Some(_) = tasks.join_next() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }

    /// Whether an endpoint may be served now: this node does not serve it, nor as many others as it
    /// may.
    fn begins(&self, id: WebhookEndpointId) -> bool {
        let mut serving = lock(&self.serving);
        let may = serving.len() < self.config.concurrency && !serving.contains_key(&id);
        if may {
            serving.insert(id, false);
        }
        may
    }

    /// Endpoints to which something is due.
    async fn look(&self) -> Vec<WebhookEndpointId> {
        let limit = i64::try_from(self.config.concurrency).unwrap_or(i64::MAX);
        let found = claims::ready(&self.db, self.clock.now(), limit.saturating_mul(2)).await;
        found.unwrap_or_else(|error| {
            tracing::error!(%error, "it cannot be seen which webhooks are due");
            Vec::new()
        })
    }

    /// Deletes what is old, now and then, for ever.
    pub(crate) async fn run_sweeps(self: Arc<Self>) {
        loop {
            self.sweep().await;
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    /// Deletes what was sent long ago.
    pub(crate) async fn sweep(&self) {
        let now = self.clock.now();
        let before = now.plus(-i64::from(self.config.keep_days) * DAY);
        loop {
            match deliveries::delete_old(&self.db, before, SWEEP).await {
                Ok(deleted) if deleted < SWEEP.unsigned_abs() => return,
                Ok(_) => tokio::task::yield_now().await,
                Err(error) => {
                    tracing::error!(%error, "old webhooks could not be deleted");
                    return;
                }
            }
        }
    }

    async fn serve_and_log(self: Arc<Self>, id: WebhookEndpointId) {
        if let Err(error) = self.serve(id).await {
            tracing::error!(endpoint = %id, %error, "webhooks cannot be sent");
        }
        lock(&self.serving).remove(&id);
    }

    /// Sends everything that is due, one endpoint beside the other, until nothing is: what the
    /// background does, for tests. How many attempts were made.
    pub(crate) async fn deliver_due(self: &Arc<Self>) -> Result<usize, WebhookError> {
        let mut attempts = 0;
        loop {
            let found = claims::ready(&self.db, self.clock.now(), 1_000).await?;
            let mut tasks = JoinSet::new();
            for id in found {
                let this = self.clone();
                tasks.spawn(async move { this.serve(id).await });
            }
            let mut made = 0;
            for served in tasks.join_all().await {
                made += served?;
            }
            if made == 0 {
                return Ok(attempts);
            }
            attempts += made;
        }
    }

    /// Serves an endpoint for a turn, where nobody else does; how many attempts were made.
    async fn serve(&self, id: WebhookEndpointId) -> Result<usize, WebhookError> {
        let claim = Claim {
            endpoint: id,
            name: self.ids.next(),
        };
        let now = self.clock.now();
        if !claims::claim(&self.db, claim, now, self.claimed_until()).await? {
            return Ok(0);
        }
        let made = match self.open(claim).await {
            Ok(Some(served)) if self.may_take(&served) => self.turn(served).await,
            Ok(_) => Ok(0),
            Err(error) => Err(error),
        };
        claims::release(&self.db, claim, self.clock.now()).await?;
        made
    }

    /// No more than half of what is served at once fails: the others are not to wait for it.
    fn may_take(&self, served: &Served) -> bool {
        let mut serving = lock(&self.serving);
        let fails = served.endpoint.health.failures > 0;
        let failing = serving.values().filter(|fails| **fails).count();
        let may = !fails || failing < self.config.concurrency.div_ceil(2);
        if let Some(known) = serving.get_mut(&served.claim.endpoint) {
            *known = fails && may;
        }
        may
    }

    /// A claim lasts longer than an attempt and what is written after it. A node that starts again
    /// waits until its own has run out.
    fn claimed_until(&self) -> Timestamp {
        let attempt = i64::try_from(self.config.timeout_ms).unwrap_or(i64::MAX) * 1_000;
        self.clock.now().plus(attempt + CLAIM)
    }

    /// The endpoint and its secrets; nothing where its owner may not have these events any more,
    /// and it is disabled.
    async fn open(&self, claim: Claim) -> Result<Option<Served>, WebhookError> {
        let id = claim.endpoint;
        let before = Uuid::from_u128(id.uuid().as_u128().saturating_sub(1));
        let found = endpoints::after(&self.db, before, 1).await?;
        let found = found
            .into_iter()
            .next()
            .map(Endpoint::try_from)
            .transpose()?;
        let Some(endpoint) = found.filter(|found| found.id == id) else {
            return Ok(None);
        };
        let contact = self.contacts.contact(endpoint.org, endpoint.user).await?;
        let may = contact.is_some_and(|contact| {
            let may = contact.role.permissions_in(endpoint.org);
            !endpoint.all_events || may.contains(Permission::WebhooksManage)
        });
        if !may {
            self.disable(&endpoint, Disabled::NotAllowed).await?;
            return Ok(None);
        }
        let sealed = endpoints::secrets(&self.db, id, self.clock.now()).await?;
        if sealed.is_empty() {
            return Ok(None);
        }
        let opened = sealed.iter().map(|sealed| {
            let opened = self.vault.open(place(&id), sealed);
            opened.map(Secret::of)
        });
        let secrets = opened.collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Served {
            claim,
            endpoint,
            secrets,
        }))
    }

    async fn disable(&self, endpoint: &Endpoint, reason: Disabled) -> Result<(), WebhookError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        endpoints::changed(&mut tx).await?;
        disable(&mut tx, (endpoint.org, endpoint.id), reason, now).await?;
        tx.commit().await?;
        tracing::warn!(endpoint = %endpoint.id, reason = reason.as_str(), "a webhook endpoint is disabled");
        Ok(())
    }

    /// Sends what is due until nothing is, the turn is over, or the endpoint is to be left alone.
    async fn turn(&self, mut served: Served) -> Result<usize, WebhookError> {
        let begun = self.clock.steady();
        let mut count = 0;
        loop {
            let now = self.clock.now();
            let due = claims::due(&self.db, served.claim.endpoint, now, BATCH).await?;
            if due.is_empty() {
                return Ok(count);
            }
            let mut due = VecDeque::from(due);
            while !due.is_empty() {
                let made = self.send(&served, &mut due).await;
                count += made.len();
                if !self.write(&mut served, made).await?
                    || served.endpoint.health.not_before.is_some()
                {
                    return Ok(count);
                }
            }
            if self.clock.steady() >= begun.saturating_add(TURN) {
                return Ok(count);
            }
        }
    }

    /// Sends some at a time until one fails, or it is time to write down what came of them. Of one
    /// subject there is one at a time: later events of it do not overtake the earlier ones.
    async fn send(&self, served: &Served, due: &mut VecDeque<DueRow>) -> Vec<Made> {
        let most = match served.endpoint.health.failures {
            0 => self.config.in_flight_per_endpoint,
            _ => 1,
        };
        let begun = self.clock.steady();
        let (mut sending, mut subjects) = (FuturesUnordered::new(), HashSet::new());
        let (mut made, mut goes_on) = (Vec::new(), true);
        loop {
            while goes_on && sending.len() < most {
                let is_free = |row: &DueRow| !subjects.contains(&row.subject);
                let Some(row) = due.iter().position(is_free).and_then(|at| due.remove(at)) else {
                    break;
                };
                subjects.insert(row.subject.clone());
                sending.push(self.attempt(served, row));
            }
            let Some(one) = sending.next().await else {
                return made;
            };
            subjects.remove(&one.row.subject);
            goes_on &= one.sent.outcome.is_success()
                && self.clock.steady() < begun.saturating_add(WRITE_EVERY);
            made.push(one);
        }
    }

    async fn attempt(&self, served: &Served, row: DueRow) -> Made {
        let (at, id) = (self.clock.now(), EventId(row.event).to_string());
        let message = Message {
            url: &served.endpoint.url,
            id: &id,
            body: &row.body,
            secrets: &served.secrets,
        };
        let sent = self.sender.send(&message, at).await;
        Made { row, at, sent }
    }

    /// Writes down what came of attempts; whether the endpoint is still this node's and goes on.
    async fn write(&self, served: &mut Served, mut made: Vec<Made>) -> Result<bool, WebhookError> {
        let now = self.clock.now();
        let mut turn = Turn::GoOn;
        let mut health = served.endpoint.health.clone();
        // They were on their way together: what failed counts as the later, so that the endpoint is
        // left alone as it asks.
        made.sort_by_key(|made| !made.sent.outcome.is_success());
        for made in &made {
            turn = turn.and(health.note(&made.sent.outcome, now));
        }
        let count = made.len();
        let mut tx = self.db.begin().await?;
        if matches!(turn, Turn::Disable(_)) {
            endpoints::changed(&mut tx).await?;
        }
        if !claims::note(&mut tx, served.claim, self.claimed_until(), &health).await? {
            // Another node sends them again, under the same ids.
            return Ok(false);
        }
        let again = made.iter().filter(|made| made.row.attempts > 0);
        let again: Vec<_> = again.map(|made| made.row.id).collect();
        for made in made {
            self.write_one(&mut tx, &served.endpoint, made, now).await?;
        }
        served.endpoint.health = health;
        self.tell(&mut tx, &served.endpoint, turn, now).await?;
        announced::tell_resent(&mut tx, served.endpoint.org, &again, now).await?;
        tx.commit().await?;
        self.fan_out.wake();
        self.announced.wake();
        let mut rates = lock(&self.rates);
        let rate = rates.entry(served.claim.endpoint).or_default();
        rate.note(now, u64::try_from(count).unwrap_or(u64::MAX));
        Ok(!matches!(turn, Turn::Disable(_)))
    }

    async fn write_one(
        &self,
        tx: &mut db::Tx,
        endpoint: &Endpoint,
        made: Made,
        now: Timestamp,
    ) -> Result<(), WebhookError> {
        let Made { row, at, sent } = made;
        let tries = row.tries + 1;
        let random = u64::from_le_bytes(self.ids.secret());
        let (status, next_at) = match schedule::wait_after(tries, random) {
            _ if sent.outcome.is_success() => (Status::Delivered, None),
            // No more is sent to it.
            _ if sent.outcome.status == Some(410) => (Status::Failed, None),
            Some(wait) => (
                Status::Waiting,
                Some(now.plus(wait.max(sent.outcome.retry_after.unwrap_or(0).min(DAY)))),
            ),
            None => (Status::Failed, None),
        };
        let after = After {
            status: status.as_str(),
            attempts: row.attempts + 1,
            tries,
            next_at,
            ended_at: next_at.is_none().then_some(now),
        };
        claims::attempted(tx, row.id, &after).await?;
        let attempt = NewAttempt {
            delivery: row.id,
            number: row.attempts + 1,
            at,
            duration_ms: sent.duration_ms,
            url: &endpoint.url,
            request_headers: &sent.request_headers,
            status: sent.outcome.status,
            response_headers: sent.response_headers,
            response_body: sent.response_body,
            error: sent.outcome.error,
        };
        claims::insert_attempt(tx, attempt).await?;
        Ok(())
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
