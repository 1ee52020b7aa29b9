//! Events that wait for another service, and those of the same subject behind them: each is a row,
//! so that the consumer goes on with others. They are tried again for three days, as mails are.

use std::collections::BTreeSet;

use contracts::events::Event;
use db::{Db, DbError, Tx, args};
use platform::backoff::Backoff;
use sqlx::FromRow;
use values::{SECOND, Timestamp};

use crate::consumer::{Consumer, Step, said};
use crate::handler::HandlerError;
use crate::queue::QueueError;
use crate::statements;
use crate::store::{self, State, Whose};

/// After so many attempts, three days, an event that waited becomes a dead letter.
pub const PARKED_ATTEMPTS: i64 = 81;
/// How long it waits after each attempt.
const BACKOFF: Backoff = Backoff {
    first: 10 * SECOND,
    longest: 3_600 * SECOND,
};

statements! {
    /// consumer, feed, sequence, subject, attempts, retry at, now, error.
    PARK = "INSERT INTO parked_events (consumer, feed, sequence, subject, attempts, retry_at, first_at, error)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (consumer, feed, sequence) DO NOTHING";
    /// consumer, feed -> subject.
    SUBJECTS = "SELECT DISTINCT subject FROM parked_events WHERE consumer = $1 AND feed = $2";
    /// consumer, feed, now, the longest wait -> the [`ParkedRow`] that is due first. A wait that is
    /// longer was written by a clock that was ahead.
    DUE = "SELECT sequence, subject, attempts FROM parked_events WHERE consumer = $1 AND feed = $2 AND retry_at IS NOT NULL
        AND (retry_at <= $3 OR retry_at > $4) ORDER BY retry_at, sequence LIMIT 1";
    /// consumer, feed, sequence.
    UNPARK = "DELETE FROM parked_events WHERE consumer = $1 AND feed = $2 AND sequence = $3";
    /// consumer, feed, subject: the next one of the subject may be tried.
    NEXT = "UPDATE parked_events SET retry_at = 0 WHERE consumer = $1 AND feed = $2 AND retry_at IS NULL AND sequence =
        (SELECT min(sequence) FROM parked_events WHERE consumer = $1 AND feed = $2 AND subject = $3)";
    /// consumer, feed, sequence, attempts, retry at, error: unless another node has noted as many
    /// attempts.
    PUT_OFF = "UPDATE parked_events SET attempts = $4, retry_at = $5, error = $6
        WHERE consumer = $1 AND feed = $2 AND sequence = $3 AND attempts < $4";
    /// consumer, feed -> since when the oldest waits, and why.
    OLDEST = "SELECT first_at, error FROM parked_events WHERE consumer = $1 AND feed = $2 ORDER BY first_at, sequence LIMIT 1";
    /// consumer, feed, position: those after it are read again.
    FORGET = "DELETE FROM parked_events WHERE consumer = $1 AND feed = $2 AND sequence > $3";
}

/// An event that waits.
#[derive(Debug, FromRow)]
struct ParkedRow {
    sequence: i64,
    subject: String,
    attempts: i64,
}

/// The subjects of which an event waits.
pub(crate) async fn subjects(tx: &mut Tx, whose: Whose) -> Result<BTreeSet<String>, DbError> {
    let found: Vec<(String,)> = tx
        .fetch_all(SUBJECTS, args![whose.name, whose.feed])
        .await?;
    Ok(found.into_iter().map(|(subject,)| subject).collect())
}

/// Has an event wait behind those of its subject that wait.
pub(crate) async fn park_behind(
    tx: &mut Tx,
    whose: Whose,
    event: &Event,
    now: Timestamp,
) -> Result<(), DbError> {
    park(
        tx,
        whose,
        event,
        (0, None, "it waits for one before it"),
        now,
    )
    .await
}

async fn park(
    tx: &mut Tx,
    whose: Whose,
    event: &Event,
    (attempts, retry_at, error): (i64, Option<Timestamp>, &str),
    now: Timestamp,
) -> Result<(), DbError> {
    let args = args![
        whose.name,
        whose.feed,
        event.sequence,
        event.subject.as_str(),
        attempts,
        retry_at,
        now,
        error
    ];
    tx.execute(PARK, args).await?;
    Ok(())
}

/// Since when the oldest event waits, and why.
pub(crate) async fn oldest(db: &Db, whose: Whose) -> Result<Option<(Timestamp, String)>, DbError> {
    let row: Option<(i64, String)> = db
        .fetch_optional(OLDEST, args![whose.name, whose.feed])
        .await?;
    Ok(row.map(|(at, error)| (Timestamp(at), error)))
}

/// Forgets what waits after a position.
pub(crate) async fn forget(tx: &mut Tx, whose: Whose, position: i64) -> Result<(), DbError> {
    tx.execute(FORGET, args![whose.name, whose.feed, position])
        .await?;
    Ok(())
}

/// An event waits no more, and the next one of its subject may be tried; whether it did wait.
async fn unpark(tx: &mut Tx, whose: Whose, row: &ParkedRow) -> Result<bool, DbError> {
    let (name, feed) = (whose.name, whose.feed);
    let gone = tx.execute(UNPARK, args![name, feed, row.sequence]).await? == 1;
    let subject = row.subject.as_str();
    tx.execute(NEXT, args![name, feed, subject]).await?;
    Ok(gone)
}

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
        let waits = (1, Some(now.plus(BACKOFF.after(1))), error);
        park(&mut tx, whose, event, waits, now).await?;
        store::move_to(&mut tx, whose, event.sequence).await?;
        tx.commit().await?;
        tracing::warn!(consumer = whose.name, event = %event.id, error, "an event waits, and others go on");
        Ok(Step::Handled(1))
    }

    /// Handles the event that has waited and is due first; none where nothing is.
    pub(crate) async fn retry_parked(&self, state: &State) -> Result<Option<Step>, QueueError> {
        let (whose, now) = (self.whose(), self.clock.now());
        let args = args![whose.name, whose.feed, now, now.plus(BACKOFF.longest)];
        let due: Option<ParkedRow> = self.db.fetch_optional(DUE, args).await?;
        let Some(row) = due else {
            return Ok(None);
        };
        let page = self.feed().read(row.sequence - 1, 1).await?;
        let mut events = page.events.into_iter();
        let event = events.find(|event| event.sequence == row.sequence);
        // Where a power cut takes it, the event waits again.
        let mut tx = self.db.begin_unsynced().await?;
        let locked = store::lock(&mut tx, whose, state.position).await?;
        if !locked || !unpark(&mut tx, whose, &row).await? {
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
        self.begin(&mut tx).await?;
        match self.try_handle(&mut tx, std::slice::from_ref(&event)).await {
            Ok(()) => {
                tx.commit().await?;
                self.committed();
                Ok(Some(Step::Handled(1)))
            }
            Err(HandlerError::Database(error)) if error.is_of_store() => Err(error.into()),
            Err(error) => {
                drop(tx);
                Ok(Some(self.waits_on(state, (&row, &event), &error).await?))
            }
        }
    }

    /// An event that waited failed again: it waits longer, or becomes a dead letter.
    async fn waits_on(
        &self,
        state: &State,
        (row, event): (&ParkedRow, &Event),
        error: &HandlerError,
    ) -> Result<Step, DbError> {
        let (whose, now) = (self.whose(), self.clock.now());
        let (attempts, text) = (row.attempts + 1, said(error));
        let rejected = matches!(error, HandlerError::Reject(_));
        if !rejected && attempts < PARKED_ATTEMPTS {
            let retry_at = now.plus(BACKOFF.after(attempts));
            let (name, feed) = (whose.name, whose.feed);
            let args = args![name, feed, row.sequence, attempts, retry_at, text];
            self.db.execute(PUT_OFF, args).await?;
            return Ok(Step::Skipped);
        }
        let mut tx = self.db.begin().await?;
        let locked = store::lock(&mut tx, whose, state.position).await?;
        if !locked || !unpark(&mut tx, whose, row).await? {
            return Ok(Step::Overtaken);
        }
        self.give_up(&mut tx, event, (attempts, &text)).await?;
        tx.commit().await?;
        Ok(Step::Handled(1))
    }
}
