//! What is due: what waited too long, and ledger holds past their deadline, instructions whose
//! outcome is not known, notifications that arrived, idempotency records past their time, summaries
//! of transactions for the lists, alarms. Several nodes may do this at once: what another node did
//! first is refused by the journal, and that is as good as done.

use std::sync::Arc;
use std::time::Duration;

use db::DbError;
use payments_core::command::{Actor, Answer, Command, Operation};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;
use values::DAY;

use super::instructions::Instructions;
use super::store;
use crate::acquirer::Notification;
use crate::error::Error;
use crate::service::Service;
use crate::store::ledger::system_accounts;

/// The most rows read at once, and commands that wait for one commit.
const BATCH: u32 = 1_000;

/// The most conversations with the acquirer at once, beside those that requests wait for.
const AT_ONCE: u32 = 64;

/// How long an idempotency record is kept, in µs.
pub(crate) const KEPT: i64 = 7 * DAY;

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

// --- deadlines ---

pub async fn watch_deadlines(service: Arc<Service>) {
    let mut seconds = every(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        expire(&service).await;
    }
}

/// Lets everything expire whose deadline has passed.
pub async fn expire(service: &Service) {
    let transactions = expire_all(service, What::Transactions).await;
    let holds = expire_all(service, What::Holds).await;
    for error in [transactions, holds].into_iter().filter_map(Result::err) {
        tracing::warn!(%error, "not everything could expire that was due; it is tried again");
    }
}

#[derive(Clone, Copy)]
enum What {
    Transactions,
    Holds,
}

/// Batch by batch, as long as there are full ones and something comes of them.
async fn expire_all(service: &Service, what: What) -> Result<(), Error> {
    loop {
        let (now, limit) = (service.clock.now(), i64::from(BATCH));
        let due = match what {
            What::Transactions => store::due_transactions(&service.db, now, limit).await?,
            What::Holds => store::due_holds(&service.db, now, limit).await?,
        };
        let is_full = due.len() == BATCH as usize;
        if !expire_batch(service, what, due).await? || !is_full {
            return Ok(());
        }
    }
}

/// Whether any of it expired.
async fn expire_batch(service: &Service, what: What, due: Vec<(i64, Uuid)>) -> Result<bool, Error> {
    // All into the queue before the first answer is waited for, so that they share commits.
    let mut answers = Vec::with_capacity(due.len());
    for (org, of) in due {
        let id = service.ids.next();
        let operation = match what {
            What::Transactions => Operation::Expire {
                transaction: of,
                id,
            },
            What::Holds => Operation::ExpireHold { hold: of, id },
        };
        let command = Command {
            org,
            actor: Actor::System,
            idempotency: None,
            request_id: None,
            operation,
        };
        answers.push(service.journal.enqueue(command)?);
    }
    let mut any = false;
    for answer in answers {
        any |= match answer.await? {
            Answer::Created(_) | Answer::Done(_) => true,
            Answer::Ledger(results) => results.iter().any(Result::is_ok),
            Answer::Accounts(_) | Answer::Refused(_) | Answer::Replayed(_) => false,
        };
    }
    Ok(any)
}

// --- instructions ---

pub async fn watch_instructions(service: Arc<Service>) {
    let mut seconds = every(Duration::from_secs(1));
    let mut enquiries = Enquiries::new(&service);
    loop {
        if enquiries.take_up().await {
            enquiries.make_room().await;
        } else {
            seconds.tick().await;
        }
    }
}

/// Conversations with the acquirer about what is due. Those under way end when this is dropped;
/// their rows stay due.
pub struct Enquiries {
    instructions: Arc<Instructions>,
    under_way: JoinSet<()>,
}

impl Enquiries {
    pub fn new(service: &Service) -> Self {
        Self {
            instructions: service.instructions.clone(),
            under_way: JoinSet::new(),
        }
    }

    /// Takes up what is due and does not wait for it: one slow conversation holds up no other.
    /// Whether the room ran out.
    async fn take_up(&mut self) -> bool {
        while self.under_way.try_join_next().is_some() {}
        // Those under way are still due, so twice the room always shows some that are not.
        let due = match self.instructions.due(2 * i64::from(AT_ONCE)).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "what is due could not be read; it is tried again");
                return false;
            }
        };
        for transaction in due {
            if self.under_way.len() == AT_ONCE as usize {
                return true;
            }
            if let Some(claim) = self.instructions.claim(transaction) {
                let instructions = self.instructions.clone();
                self.under_way
                    .spawn(async move { instructions.ask(claim).await });
            }
        }
        false
    }

    /// Waits until half of the room is free.
    async fn make_room(&mut self) {
        while self.under_way.len() > AT_ONCE as usize / 2 {
            self.under_way.join_next().await;
        }
    }

    /// Takes up what is due and waits until it is done.
    pub async fn catch_up(mut self) {
        self.take_up().await;
        while self.under_way.join_next().await.is_some() {}
    }
}

// --- notifications ---

/// Takes in every notification as it arrives.
pub async fn receive_notifications(service: Arc<Service>) {
    let mut under_way = JoinSet::new();
    let mut notifications = service.instructions.notifications().lock().await;
    while let Some(notification) = notifications.recv().await {
        while under_way.try_join_next().is_some() {}
        if under_way.len() == AT_ONCE as usize {
            under_way.join_next().await;
        }
        let service = service.clone();
        under_way.spawn(async move { hear(&service, notification).await });
    }
    while under_way.join_next().await.is_some() {}
}

/// Takes in the notifications that have arrived, in order, unless the background listens already.
pub async fn take_in_notifications(service: &Service) {
    let Ok(mut notifications) = service.instructions.notifications().try_lock() else {
        return;
    };
    while let Ok(notification) = notifications.try_recv() {
        hear(service, notification).await;
    }
}

async fn hear(service: &Service, notification: Notification) {
    let id = notification.id;
    if let Err(error) = service.instructions.take_in(notification).await {
        tracing::warn!(transaction = %id, %error, "a notification was not taken in; an enquiry follows when it is due");
    }
}

// --- idempotency records ---

pub async fn watch_idempotency(service: Arc<Service>) {
    loop {
        let more = prune(&service).await;
        // On SQLite the journal waits while records are removed: most of the time is its own.
        let pause = if more {
            Duration::from_millis(100)
        } else {
            Duration::from_secs(60)
        };
        tokio::time::sleep(pause).await;
    }
}

/// Removes a batch of idempotency records past their time, in a write transaction of its own. The
/// head row does not change, so what the journal knows stays true. Whether there may be more.
pub async fn prune(service: &Service) -> bool {
    // By a clock that is ahead, what clients may still repeat would look old.
    let Some(passed) = service.journal.clock().proven() else {
        return false;
    };
    match store::prune(&service.db, passed.plus(-KEPT), i64::from(BATCH)).await {
        Ok(removed) => removed == u64::from(BATCH),
        Err(error) => {
            tracing::warn!(%error, "old idempotency records could not be removed; it is tried again");
            false
        }
    }
}

// --- summaries ---

pub async fn watch_zones(service: Arc<Service>) {
    let mut seconds = every(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        summarise(&service).await;
    }
}

/// Summarises the zones of transactions that have become full. Until then lists read their rows.
pub async fn summarise(service: &Service) {
    if let Err(error) = service.zones.catch_up(&service.db).await {
        tracing::warn!(%error, "not all transactions could be summarised; it is tried again");
    }
}

// --- the head ---

pub async fn watch_head(service: Arc<Service>) {
    let mut seconds = every(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        tell_of_head(&service).await;
    }
}

/// Looks at the head, and tells the log where it cannot.
pub async fn tell_of_head(service: &Service) {
    if let Err(error) = look_at_head(service).await {
        tracing::warn!(%error, "the head of the journal could not be read");
    }
}

/// Looks how far the journal has come, also by other nodes, and whether what was seen of it is
/// still there.
///
/// # Errors
/// [`DbError`].
pub async fn look_at_head(service: &Service) -> Result<(), DbError> {
    let seen = service.journal.seen();
    let head = store::head(&service.db, seen.batch).await?;
    service.journal.look(seen, &head);
    Ok(())
}

// --- alarms ---

pub async fn watch_system_accounts(service: Arc<Service>) {
    let mut minutes = every(Duration::from_secs(60));
    loop {
        minutes.tick().await;
        check_system_accounts(&service).await;
    }
}

/// Raises an alarm where an account of PayFlow's own is at a level at which an operator should
/// look.
pub async fn check_system_accounts(service: &Service) {
    match system_accounts(&service.db).await {
        Ok(accounts) => service.alarms.look(&accounts),
        Err(error) => {
            tracing::warn!(%error, "PayFlow's own accounts could not be read; it is tried again");
        }
    }
}
