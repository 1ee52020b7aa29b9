//! What a consumer does with an event, and what it may say of a failure.

use async_trait::async_trait;
use contracts::events::Event;
use db::{DbError, Tx};

/// Where a consumer begins that was never there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the first event: it builds tables out of all that happened.
    Beginning,
    /// With the next event: nobody wants to be told of last year.
    Now,
}

/// Why an event was not handled.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// Not this time: another attempt may do. After so many it becomes a dead letter.
    #[error("{0}")]
    Retry(String),
    /// What it needs of another service cannot be had now. It waits, with what comes after it of
    /// the same subject, and others go on; after three days it becomes a dead letter.
    #[error("{0}")]
    Away(String),
    /// Never: it becomes a dead letter at once.
    #[error("{0}")]
    Reject(String),
    /// The database did not do its work: it is tried until it does, and no attempt is counted.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// What is done with each event. Its effect is what it writes in the transaction that it is given.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// The name under which the position is kept: it never changes.
    fn name(&self) -> &'static str;

    /// Where it begins.
    fn start(&self) -> Start;

    /// A transaction begins, in which events are handled: for what is looked up once for all of
    /// them.
    ///
    /// # Errors
    /// [`DbError`]: the transaction is begun again later.
    async fn begin(&self, _tx: &mut Tx) -> Result<(), DbError> {
        Ok(())
    }

    /// Writes what follows from an event. It may be called again for the same event as long as its
    /// transaction was not committed.
    ///
    /// # Errors
    /// [`HandlerError`]; nothing of the event is kept.
    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<(), HandlerError>;

    /// Writes what follows from some events, in their order, in one transaction. A handler that can
    /// write for many at once does so here; where it fails, fewer of them are tried, down to one.
    ///
    /// # Errors
    /// [`HandlerError`]; nothing of any of them is kept.
    async fn handle_all(&self, tx: &mut Tx, events: &[Event]) -> Result<(), HandlerError> {
        for event in events {
            self.handle(tx, event).await?;
        }
        Ok(())
    }

    /// What was written is committed: tells those who wait for it.
    fn committed(&self) {}
}
