//! A consumer: reads a feed from where it stands, hands each event to its handler, and moves on in
//! the same transaction. A step is one round of that; [`Consumer::run`] takes one after the other.

use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use contracts::events::Event;
use db::{Db, DbError, Tx};
use futures_util::FutureExt;
use platform::backoff::Backoff;
use platform::clock::SharedClock;
use platform::ids::Ids;
use platform::spare_time::rest_after;
use tokio::time::{sleep, timeout};
use values::{SECOND, Timestamp};

use crate::dead_letters::cause::cause;
use crate::feed::Feed;
use crate::handler::{Handler, HandlerError, Start};
use crate::parked;
use crate::queue::{Queue, QueueError, QueueReport, Rate};
use crate::store::{self, Failure, State, Whose};

/// How many events are handled in one transaction at most.
pub const BATCH: u32 = 512;
/// And at least, where there are as many.
const SMALLEST_BATCH: u32 = 8;
/// A transaction that took longer is followed by a smaller one: others wait for its end to write.
const LONGEST_TRANSACTION: Duration = Duration::from_millis(100);
/// After so many attempts an event becomes a dead letter.
pub const ATTEMPTS: i64 = 8;
/// How long an event waits after an attempt that failed: a random part of it ("full jitter").
pub(crate) const BACKOFF: Backoff = Backoff {
    first: SECOND / 10,
    longest: 30 * SECOND,
};
/// From so many entries without an event on, a position is written down although nothing was
/// handled.
const SKIPPED: i64 = 1_000;
/// How often a consumer that waits looks whether it was paused, resumed or put elsewhere.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long it waits where the database or the feed does not answer.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many events were handled, or became dead letters.
    Handled(usize),
    /// What was read is for nobody: there may be more after it.
    Skipped,
    /// There is none after this position.
    Idle(i64),
    /// An event failed, and is tried again at this time.
    Later(Timestamp),
    /// An operator has stopped it.
    Paused,
    /// Another node was quicker, or it was stopped meanwhile.
    Overtaken,
}

impl Step {
    /// Whether it took processor time that others could have used: only then it rests, since all
    /// work of the process rests in turn.
    const fn was_work(self) -> bool {
        matches!(self, Self::Handled(_))
    }
}

/// Reads a feed into a handler. One on each node is fine: one at a time goes on.
pub struct Consumer {
    pub(crate) db: Db,
    feed: Arc<dyn Feed>,
    handler: Arc<dyn Handler>,
    pub(crate) clock: SharedClock,
    ids: Ids,
    rate: Rate,
    in_flight: AtomicI64,
    handled: AtomicU64,
    batch: AtomicU32,
    /// Whether the last step tried an event that had waited: the feed comes next.
    has_retried: AtomicBool,
    /// The part of the feed that was read last and has no event: after the first position, up to
    /// the second.
    skipped: Mutex<(i64, i64)>,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer")
            .field("whose", &self.whose())
            .finish_non_exhaustive()
    }
}

/// What became of some events in one transaction.
enum Applied {
    All,
    Overtaken,
    /// One of them failed; nothing is kept.
    Failed(HandlerError),
}

impl Consumer {
    /// A consumer whose position is kept in `db`, which the handler writes, too.
    pub fn new(
        db: Db,
        feed: Arc<dyn Feed>,
        handler: Arc<dyn Handler>,
        clock: SharedClock,
        ids: Ids,
    ) -> Self {
        Self {
            db,
            feed,
            handler,
            clock,
            ids,
            rate: Rate::default(),
            in_flight: AtomicI64::new(0),
            handled: AtomicU64::new(0),
            batch: AtomicU32::new(BATCH),
            has_retried: AtomicBool::new(false),
            skipped: Mutex::default(),
        }
    }

    pub(crate) fn whose(&self) -> Whose {
        Whose {
            name: self.handler.name(),
            feed: self.feed.name(),
        }
    }

    pub(crate) fn committed(&self) {
        self.handler.committed();
    }

    pub(crate) fn feed(&self) -> &dyn Feed {
        &*self.feed
    }

    /// Takes step after step, for ever.
    pub async fn run(self: Arc<Self>) {
        let mut failing = false;
        loop {
            let begun = Instant::now();
            match self.step().await {
                Ok(step) => {
                    if std::mem::take(&mut failing) {
                        tracing::info!(consumer = self.name(), "the consumer goes on");
                    }
                    if step.was_work() {
                        rest_after(begun.elapsed()).await;
                    }
                    self.rest(step).await;
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        tracing::error!(consumer = self.name(), %error, "the consumer cannot go on");
                    }
                    sleep(FAULT_PAUSE).await;
                }
            }
        }
    }

    /// Waits until another step may come to something.
    async fn rest(&self, step: Step) {
        match step {
            Step::Handled(_) | Step::Skipped | Step::Overtaken => {}
            Step::Idle(position) => {
                // Where the time is over it is looked whether it was paused or put elsewhere.
                drop(timeout(LOOK_EVERY, self.feed.wait(position)).await);
            }
            Step::Later(at) => {
                let micros = (at.micros() - self.clock.now().micros()).max(0);
                let wait = Duration::from_micros(micros.unsigned_abs());
                sleep(wait.min(LOOK_EVERY)).await;
            }
            Step::Paused => sleep(LOOK_EVERY).await,
        }
    }

    /// Handles what comes next, as many events as fit into a transaction.
    ///
    /// # Errors
    /// [`QueueError`] where the database or the feed does not answer: nothing is lost.
    pub async fn step(&self) -> Result<Step, QueueError> {
        let state = self.state().await?;
        if state.is_paused() {
            return Ok(Step::Paused);
        }
        let step = self.next_step(&state).await;
        self.in_flight.store(0, Ordering::Relaxed);
        let step = step?;
        if let Step::Handled(events) = step {
            let events = u64::try_from(events).unwrap_or(u64::MAX);
            self.handled.fetch_add(events, Ordering::Relaxed);
            self.rate.note(self.clock.now(), events);
        }
        Ok(step)
    }

    /// An event that has waited and a part of the feed take turns: neither holds up the other.
    async fn next_step(&self, state: &State) -> Result<Step, QueueError> {
        let is_turn_of_feed = self.has_retried.swap(false, Ordering::Relaxed);
        if !is_turn_of_feed && let Some(step) = self.try_parked(state).await? {
            return Ok(step);
        }
        let step = self.read_on(state).await?;
        if is_turn_of_feed && matches!(step, Step::Idle(_) | Step::Later(_)) {
            return Ok(self.try_parked(state).await?.unwrap_or(step));
        }
        Ok(step)
    }

    async fn try_parked(&self, state: &State) -> Result<Option<Step>, QueueError> {
        if !state.has_parked() {
            return Ok(None);
        }
        self.has_retried.store(true, Ordering::Relaxed);
        self.retry_parked(state).await
    }

    async fn read_on(&self, state: &State) -> Result<Step, QueueError> {
        if let Some(at) = self.retry_at(state, self.clock.now()) {
            return Ok(Step::Later(at));
        }
        let after = self.read_up_to(state);
        let batch = self.batch.load(Ordering::Relaxed);
        let page = self.feed.read(after, batch).await?;
        if page.events.is_empty() {
            return Ok(self.skip(state, after, page.through).await?);
        }
        self.is_handling(&page.events);
        let begun = Instant::now();
        let done = self.handle(state, &page.events, page.through).await;
        self.batch
            .store(next_batch(batch, begun.elapsed()), Ordering::Relaxed);
        Ok(done?)
    }

    pub(crate) fn is_handling(&self, events: &[Event]) {
        self.in_flight.store(count(events), Ordering::Relaxed);
    }

    /// From where to read on: beyond the position where what follows it was read and is for nobody.
    /// A position outside of that part was put there by somebody else.
    fn read_up_to(&self, state: &State) -> i64 {
        let skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        match *skipped {
            (from, through) if (from..=through).contains(&state.position) => through,
            _ => state.position,
        }
    }

    async fn state(&self) -> Result<State, QueueError> {
        let whose = self.whose();
        loop {
            if let Some(state) = store::state(&self.db, whose).await? {
                return Ok(state);
            }
            let position = match self.handler.start() {
                Start::Beginning => 0,
                Start::Now => self.feed.newest().await?,
            };
            store::insert(&self.db, whose, position).await?;
        }
    }

    /// When the next attempt is due, where that is later than now. A time beyond the longest wait
    /// was written by a clock that was ahead.
    fn retry_at(&self, state: &State, now: Timestamp) -> Option<Timestamp> {
        let at = Timestamp(state.retry_at?);
        (now < at && at <= now.plus(BACKOFF.longest)).then_some(at)
    }

    /// Nothing is for this consumer between two positions.
    async fn skip(&self, state: &State, after: i64, through: i64) -> Result<Step, DbError> {
        if through == after {
            return Ok(Step::Idle(through));
        }
        *self.skipped.lock().unwrap_or_else(PoisonError::into_inner) = (state.position, through);
        if through - state.position >= SKIPPED {
            let mut tx = self.db.begin().await?;
            if store::lock(&mut tx, self.whose(), state.position).await? {
                store::move_to(&mut tx, self.whose(), through).await?;
                tx.commit().await?;
            }
        }
        Ok(Step::Skipped)
    }

    /// Handles events, all at once or, where one of them fails, as many as can be without it. A
    /// failure is noted once it is known to be the first one's.
    async fn handle(&self, state: &State, events: &[Event], through: i64) -> Result<Step, DbError> {
        let (mut events, mut through) = (events, through);
        while let Some(first) = events.first() {
            match self.apply(state, events, through).await? {
                Applied::All => return Ok(Step::Handled(events.len())),
                Applied::Overtaken => return Ok(Step::Overtaken),
                Applied::Failed(error) if events.len() == 1 => {
                    return self.failed(state, first, error).await;
                }
                Applied::Failed(_) => {
                    events = events.get(..events.len() / 2).unwrap_or_default();
                    through = events.last().map_or(through, |event| event.sequence);
                }
            }
        }
        Ok(Step::Overtaken)
    }

    async fn apply(
        &self,
        state: &State,
        events: &[Event],
        through: i64,
    ) -> Result<Applied, DbError> {
        // Where a power cut takes it, the position goes back with the effect.
        let mut tx = self.db.begin_unsynced().await?;
        if !store::lock(&mut tx, self.whose(), state.position).await? {
            return Ok(Applied::Overtaken);
        }
        let others = match state.has_parked() {
            // What is put aside moves the position: none was since.
            false => None,
            true => Some(self.others_than_parked(&mut tx, events).await?),
        };
        let events = others.as_deref().unwrap_or(events);
        self.begin(&mut tx).await?;
        match self.try_handle(&mut tx, events).await {
            Ok(()) => {}
            // What the store refuses whatever it is asked, the event is not to blame for.
            Err(HandlerError::Database(error)) if error.is_of_store() => return Err(error),
            Err(error) => return Ok(Applied::Failed(error)),
        }
        store::move_to(&mut tx, self.whose(), through).await?;
        // From these events on, an older state of the other service is noticed.
        if let Some(end) = self.feed.log_end() {
            store::note_end(&mut tx, self.feed.name(), end).await?;
        }
        tx.commit().await?;
        self.handler.committed();
        Ok(Applied::All)
    }

    /// Has those events wait of whose subjects one waits already; the others.
    async fn others_than_parked(
        &self,
        tx: &mut Tx,
        events: &[Event],
    ) -> Result<Vec<Event>, DbError> {
        let waiting = parked::subjects(tx, self.whose(), events).await?;
        let mut others = Vec::with_capacity(events.len());
        for event in events {
            if waiting.contains(&event.subject) {
                parked::park_behind(tx, self.whose(), event, self.clock.now()).await?;
            } else {
                others.push(event.clone());
            }
        }
        Ok(others)
    }

    /// What the handler looks up once for a transaction.
    pub(crate) async fn begin(&self, tx: &mut Tx) -> Result<(), DbError> {
        self.handler.begin(tx).await
    }

    /// A panic is a failure like any other: the next event must not wait for it.
    pub(crate) async fn try_handle(
        &self,
        tx: &mut Tx,
        events: &[Event],
    ) -> Result<(), HandlerError> {
        let handling = AssertUnwindSafe(self.handler.handle_all(tx, events)).catch_unwind();
        let panicked = |_| Err(HandlerError::Retry("the handler panicked".to_owned()));
        handling.await.unwrap_or_else(panicked)
    }

    /// Notes that the next event failed: it is tried again, put aside, or becomes a dead letter.
    async fn failed(
        &self,
        state: &State,
        event: &Event,
        error: HandlerError,
    ) -> Result<Step, DbError> {
        let (attempts, text) = (state.attempts + 1, said(&error));
        if matches!(error, HandlerError::Away(_)) {
            return self.put_aside(state, event, &text).await;
        }
        let rejected = matches!(error, HandlerError::Reject(_));
        let now = self.clock.now();
        if !rejected && attempts < ATTEMPTS {
            let retry_at = now.plus(self.jittered(BACKOFF.after(attempts)));
            let failed = (attempts, retry_at, text.as_str());
            store::fail(&self.db, self.whose(), state.position, failed).await?;
            tracing::warn!(consumer = self.name(), event = %event.id, attempts, error = text, "an event is tried again later");
            return Ok(Step::Later(retry_at));
        }
        let mut tx = self.db.begin().await?;
        if !store::lock(&mut tx, self.whose(), state.position).await? {
            return Ok(Step::Overtaken);
        }
        self.give_up(&mut tx, event, (attempts, &text)).await?;
        store::move_to(&mut tx, self.whose(), event.sequence).await?;
        tx.commit().await?;
        Ok(Step::Handled(1))
    }

    /// Makes a dead letter of an event.
    pub(crate) async fn give_up(
        &self,
        tx: &mut Tx,
        event: &Event,
        (attempts, error): (i64, &str),
    ) -> Result<(), DbError> {
        let failure = Failure {
            id: self.ids.next(),
            cause: &cause(error),
            error,
            attempts,
            at: self.clock.now(),
        };
        store::insert_letter(tx, self.whose(), event, &failure).await?;
        tracing::error!(consumer = self.name(), event = %event.id, attempts, error, "an event becomes a dead letter");
        Ok(())
    }

    /// A random part of a wait, in µs.
    pub(crate) fn jittered(&self, wait: i64) -> i64 {
        let random = u64::from_le_bytes(self.ids.secret());
        let within = wait.max(0).unsigned_abs().saturating_add(1);
        i64::try_from(random % within).unwrap_or(wait)
    }

    fn name(&self) -> &'static str {
        self.handler.name()
    }

    /// The name of its feed.
    #[must_use]
    pub fn feed_name(&self) -> &'static str {
        self.feed.name()
    }

    /// Its name and its feed's, by which it is paused.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.handler.name(), self.feed.name())
    }

    /// Where it stands, and where the feed ends.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn place(&self) -> Result<(i64, i64), QueueError> {
        let position = self.state().await?.position;
        Ok((position, self.feed.newest().await?))
    }

    /// Puts it to a position: events after it are handled, again or for the first time.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn rewind(&self, position: i64) -> Result<(), QueueError> {
        self.state().await?;
        store::rewind(&self.db, self.whose(), position).await?;
        Ok(())
    }
}

/// How many events the next transaction should have after one of `batch` took so long.
fn next_batch(batch: u32, took: Duration) -> u32 {
    if took > LONGEST_TRANSACTION {
        return (batch / 2).max(SMALLEST_BATCH);
    }
    match took < LONGEST_TRANSACTION / 4 {
        true => (batch * 2).min(BATCH),
        false => batch,
    }
}

/// The most characters of an error that are kept.
const LONGEST_ERROR: usize = 2_000;

/// An error as it is kept: bounded, and without what a database cannot keep.
pub(crate) fn said(error: &HandlerError) -> String {
    let text = error.to_string();
    let kept = text.chars().filter(|c| *c != '\0');
    kept.take(LONGEST_ERROR).collect()
}

fn count(events: &[Event]) -> i64 {
    i64::try_from(events.len()).unwrap_or(i64::MAX)
}

#[async_trait]
impl Queue for Consumer {
    async fn reports(&self) -> Result<Vec<QueueReport>, QueueError> {
        let state = self.state().await?;
        let (parked, oldest_parked) = match state.has_parked() {
            false => (0, None),
            true => (
                parked::count(&self.db, self.whose()).await?,
                parked::oldest(&self.db, self.whose()).await?,
            ),
        };
        let position = self.read_up_to(&state);
        let newest = self.feed.newest().await?;
        let mut waits = (newest - position).max(0);
        let mut oldest = None;
        if waits > 0 {
            let page = self.feed.read(position, BATCH).await?;
            oldest = page.events.first().map(|event| event.time);
            // What is for nobody does not wait.
            if page.events.is_empty() && page.through >= newest {
                waits = 0;
            }
        }
        let (parked_at, why_parked) = oldest_parked.unzip();
        Ok(vec![QueueReport {
            name: self.full_name(),
            kind: "consumer",
            depth: waits + parked,
            oldest: [oldest, parked_at].into_iter().flatten().min(),
            per_second: self.rate.per_second(self.clock.now()),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            dead_letters: store::letters(&self.db, self.whose()).await?,
            paused: state.is_paused(),
            last_error: state.last_error.or(why_parked),
        }])
    }

    async fn pause(&self, name: &str, paused: bool) -> Result<bool, QueueError> {
        if name != self.full_name() {
            return Ok(false);
        }
        self.state().await?;
        Ok(store::pause(&self.db, self.whose(), paused).await?)
    }

    fn handled(&self) -> Vec<(String, u64)> {
        vec![(self.full_name(), self.handled.load(Ordering::Relaxed))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_consumer_that_has_handled_something_rests_for_others() {
        let at = Timestamp(0);
        let others = [Step::Skipped, Step::Idle(1), Step::Later(at), Step::Paused];
        for step in others.into_iter().chain([Step::Overtaken]) {
            assert!(!step.was_work(), "{step:?}");
        }
        assert!(Step::Handled(1).was_work());
    }

    #[test]
    fn batches_shrink_while_transactions_are_slow_and_grow_again() {
        let after = |batch, took_ms| next_batch(batch, Duration::from_millis(took_ms));
        for (batch, took_ms, next) in [
            (BATCH, 20, BATCH),
            (BATCH, 100, BATCH),
            (BATCH, 101, BATCH / 2),
            (10, 5_000, SMALLEST_BATCH),
            (SMALLEST_BATCH, 5_000, SMALLEST_BATCH),
            (64, 50, 64),
            (64, 24, 128),
        ] {
            assert_eq!(after(batch, took_ms), next, "{batch} in {took_ms} ms");
        }
    }
}
