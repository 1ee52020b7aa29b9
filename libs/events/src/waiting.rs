//! What a consumer does with an event for which it needs a service that is away: it is put aside
//! with those of its subject, and tried again for three days, as mails are. Others go on.

use contracts::events::Event;
use db::DbError;
use platform::backoff::Backoff;
use values::{SECOND, Timestamp};

use crate::consumer::{self, ATTEMPTS, Consumer, Step, said};
use crate::handler::HandlerError;
use crate::parked::{self, ParkedRow};
use crate::queue::QueueError;
use crate::store::{self, State};

/// After so many attempts, three days, an event that waited becomes a dead letter.
pub const PARKED_ATTEMPTS: i64 = 81;
/// How long it waits after each attempt.
const BACKOFF: Backoff = Backoff {
    first: 10 * SECOND,
    longest: 3_600 * SECOND,
};

impl Consumer {
    /// Puts the next event aside, and goes on after it.
    pub(crate) async fn put_aside(
        &self,
        state: &State,
        event: &Event,
        error: &str,
    ) -> Result<Step, DbError> {
        let (whose, now) = (self.whose(), self.clock.now());
        let mut tx = self.db.begin().await?;
        if !store::lock(&mut tx, whose, state.position).await? {
            return Ok(Step::Overtaken);
        }
        let waits = (1, Some(self.waits_until(now, 1)), error);
        parked::park(&mut tx, whose, event, waits, now).await?;
        store::move_to(&mut tx, whose, event.sequence).await?;
        tx.commit().await?;
        tracing::warn!(consumer = whose.name, event = %event.id, error, "an event waits, and others go on");
        Ok(Step::Handled(1))
    }

    /// When an event is tried again after so many attempts: not all of them at once.
    fn waits_until(&self, now: Timestamp, attempts: i64) -> Timestamp {
        let wait = BACKOFF.after(attempts);
        now.plus(wait - self.jittered(wait / 10))
    }

    /// Handles the event that has waited and is due first; none where nothing is.
    pub(crate) async fn retry_parked(&self, state: &State) -> Result<Option<Step>, QueueError> {
        let (whose, now) = (self.whose(), self.clock.now());
        let due = parked::due(&self.db, whose, now, now.plus(BACKOFF.longest));
        let Some(row) = due.await? else {
            return Ok(None);
        };
        let page = self.feed().read(row.sequence - 1, 1).await?;
        let mut events = page.events.into_iter();
        let event = events.find(|event| event.sequence == row.sequence);
        // Where a power cut takes it, the event waits again.
        let mut tx = self.db.begin_unsynced().await?;
        let locked = store::lock(&mut tx, whose, state.position).await?;
        if !locked || !parked::unpark(&mut tx, whose, &row).await? {
            return Ok(Some(Step::Overtaken));
        }
        let Some(event) = event else {
            tx.commit().await?;
            tracing::error!(
                consumer = whose.name,
                sequence = row.sequence,
                "an event that waited is not in its feed any more"
            );
            return Ok(Some(Step::Skipped));
        };
        let events = std::slice::from_ref(&event);
        self.is_handling(events);
        self.begin(&mut tx).await?;
        match self.try_handle(&mut tx, events).await {
            Ok(()) => {
                tx.commit().await?;
                self.committed();
                Ok(Some(Step::Handled(1)))
            }
            Err(HandlerError::Database(error)) if error.is_of_store() => Err(error.into()),
            Err(error) => {
                drop(tx);
                Ok(Some(self.waits_on(state, (row, &event), &error).await?))
            }
        }
    }

    /// An event that waited failed again: it waits longer, or becomes a dead letter. Where no
    /// service was away it is tried as often as any other.
    async fn waits_on(
        &self,
        state: &State,
        (mut row, event): (ParkedRow, &Event),
        error: &HandlerError,
    ) -> Result<Step, DbError> {
        let (whose, now, text) = (self.whose(), self.clock.now(), said(error));
        row.attempts += 1;
        let retry_at = match error {
            HandlerError::Reject(_) => None,
            HandlerError::Away(_) => {
                (row.attempts < PARKED_ATTEMPTS).then(|| self.waits_until(now, row.attempts))
            }
            HandlerError::Retry(_) | HandlerError::Database(_) => {
                row.failures += 1;
                let wait = self.jittered(consumer::BACKOFF.after(row.failures));
                (row.failures < ATTEMPTS).then(|| now.plus(wait))
            }
        };
        if let Some(retry_at) = retry_at {
            parked::put_off(&self.db, whose, &row, (retry_at, &text)).await?;
            return Ok(Step::Skipped);
        }
        let mut tx = self.db.begin().await?;
        let locked = store::lock(&mut tx, whose, state.position).await?;
        if !locked || !parked::unpark(&mut tx, whose, &row).await? {
            return Ok(Step::Overtaken);
        }
        self.give_up(&mut tx, event, (row.attempts, &text)).await?;
        tx.commit().await?;
        Ok(Step::Handled(1))
    }
}
