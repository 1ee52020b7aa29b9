//! Dead letters: events that a consumer could not handle. They are listed, handled again, or
//! discarded; all that fit a filter are handled again in the background ([`replays`]). They belong
//! to the organisation of their event.

pub(crate) mod cause;
mod replays;
pub(crate) mod store;

use std::sync::Arc;

use async_trait::async_trait;
use contracts::events::{Event, EventId};
use contracts::identity::OrgId;
use db::{Db, DbError, Tx};
use platform::clock::SharedClock;
use platform::ids::Ids;
use sqlx::FromRow;
use tokio::sync::Notify;
use uuid::Uuid;
use values::{Timestamp, typed_id};

use crate::consumer::{Consumer, said};
use crate::feed::FeedError;
use crate::handler::HandlerError;
use store::{End, LetterRow};

pub use replays::{Replay, ReplayState};

typed_id!(
    /// A dead letter: `dlt_…`.
    DeadLetterId,
    "dlt"
);
typed_id!(
    /// A replay of dead letters: `drp_…`.
    ReplayId,
    "drp"
);

/// What became of a letter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LetterState {
    /// Nothing yet.
    #[default]
    Waiting,
    /// It was handled in the end.
    Replayed,
    /// An operator did not want it handled.
    Discarded,
}

impl LetterState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Replayed, Self::Discarded];

    /// The name used in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Replayed => "replayed",
            Self::Discarded => "discarded",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// Which letters. What is none does not matter.
#[derive(Debug, Clone, Default)]
pub struct LetterFilter {
    /// Of this consumer.
    pub consumer: Option<String>,
    /// Of this feed.
    pub feed: Option<String>,
    /// Of events of this type.
    pub kind: Option<String>,
    /// That failed for this cause.
    pub cause: Option<String>,
    /// In this state.
    pub state: LetterState,
    /// That failed, or ended, at this time or later.
    pub since: Option<Timestamp>,
}

/// A dead letter.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Its id.
    pub id: DeadLetterId,
    /// The consumer that failed.
    pub consumer: String,
    /// The feed that the event is of, and its place there.
    pub feed: String,
    /// The place of the event in its feed.
    pub sequence: i64,
    /// The event.
    pub event: EventId,
    /// Its type.
    pub kind: String,
    /// The id of what it happened to.
    pub subject: String,
    /// What the error has in common with those of other letters.
    pub cause: String,
    /// The last error.
    pub error: String,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was given up first.
    pub first_at: Timestamp,
    /// When it was tried last, or ended.
    pub last_at: Timestamp,
    /// What became of it.
    pub state: LetterState,
    /// Who ended it.
    pub ended_by: Option<String>,
    /// Why it was discarded.
    pub reason: Option<String>,
}

/// Letters of one consumer that failed alike.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct LetterGroup {
    /// The consumer.
    pub consumer: String,
    /// What their errors have in common.
    pub cause: String,
    /// How many there are.
    pub count: i64,
    /// When the first of them was given up, in microseconds since 1970.
    pub first_at: i64,
    /// When one of them failed last, in microseconds since 1970.
    pub last_at: i64,
}

/// Why nothing was done with a letter.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// There is none, or it is another organisation's.
    #[error("no such dead letter")]
    NoSuchLetter,
    /// There is none, or it is another organisation's.
    #[error("no such replay")]
    NoSuchReplay,
    /// It was replayed or discarded before.
    #[error("the dead letter is {} already", .0.as_str())]
    NotWaiting(LetterState),
    /// The service that had it has no consumer of this name any more.
    #[error("nobody is called `{0}` any more: discard the letter")]
    NoSuchConsumer(String),
    /// The feed has no such event any more.
    #[error("the feed does not tell of this event any more: discard the letter")]
    EventGone,
    /// It failed again.
    #[error("it failed again: {0}")]
    FailedAgain(String),
    /// What was to be written with it could not be: nothing was done.
    #[error("it was not done: {0}")]
    HookFailed(String),
    /// The database.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The feed.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

/// What else is written in the transaction in which something is done with letters, such as the
/// answer to the request. `()` is nothing.
#[async_trait]
pub trait CommitHook<T: Sync>: Sync {
    /// Writes it.
    ///
    /// # Errors
    /// [`LetterError`]: nothing is done.
    async fn before_commit(&self, tx: &mut Tx, done: &T) -> Result<(), LetterError>;
}

#[async_trait]
impl<T: Sync> CommitHook<T> for () {
    async fn before_commit(&self, _: &mut Tx, _: &T) -> Result<(), LetterError> {
        Ok(())
    }
}

/// The dead letters of a service's consumers.
pub struct DeadLetters {
    db: Db,
    consumers: Vec<Arc<Consumer>>,
    clock: SharedClock,
    ids: Ids,
    /// Wakes those who wait for a replay to do.
    begun: Notify,
}

impl std::fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetters").finish_non_exhaustive()
    }
}

/// A letter of the store; none in a state that this version does not know.
fn letter(row: LetterRow) -> Option<Letter> {
    Some(Letter {
        id: DeadLetterId(row.id),
        consumer: row.consumer,
        feed: row.feed,
        sequence: row.sequence,
        event: EventId(row.event),
        kind: row.kind,
        subject: row.subject,
        cause: row.cause,
        error: row.error,
        attempts: row.attempts,
        first_at: Timestamp(row.first_at),
        last_at: Timestamp(row.last_at),
        state: LetterState::named(&row.state)?,
        ended_by: row.ended_by,
        reason: row.reason,
    })
}

impl DeadLetters {
    /// The letters of these consumers, which lie in the same database.
    #[must_use]
    pub fn new(db: Db, consumers: Vec<Arc<Consumer>>, clock: SharedClock, ids: Ids) -> Self {
        Self {
            db,
            consumers,
            clock,
            ids,
            begun: Notify::new(),
        }
    }

    /// The letters that fit, before an id, the newest first.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn list(
        &self,
        org: OrgId,
        filter: &LetterFilter,
        before: Uuid,
        limit: i64,
    ) -> Result<Vec<Letter>, DbError> {
        let rows = store::list(&self.db, org, filter, before, limit).await?;
        Ok(rows.into_iter().filter_map(letter).collect())
    }

    /// The letters that fit, counted by consumer and cause, the most first.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn groups(
        &self,
        org: OrgId,
        filter: &LetterFilter,
        limit: i64,
    ) -> Result<Vec<LetterGroup>, DbError> {
        store::groups(&self.db, org, filter, limit).await
    }

    /// A letter, and its event as the feed has it; none where it does not tell of it any more.
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn show(
        &self,
        org: OrgId,
        id: DeadLetterId,
    ) -> Result<(Letter, Option<Event>), LetterError> {
        let row = self.row(org, id).await?;
        let event = match self.consumer_of(&row) {
            Ok(consumer) => event_of(consumer, &row).await?,
            Err(_) => None,
        };
        let letter = letter(row).ok_or(LetterError::NoSuchLetter)?;
        Ok((letter, event))
    }

    /// Has the event of a letter handled now. Its effect and the end of the letter are one
    /// transaction.
    ///
    /// # Errors
    /// [`LetterError::FailedAgain`] where it is still waiting, and others.
    pub async fn replay(
        &self,
        org: OrgId,
        id: DeadLetterId,
        by: &str,
        hook: &dyn CommitHook<Letter>,
    ) -> Result<Letter, LetterError> {
        let row = self.row(org, id).await?;
        self.handle_again(&row, by, hook).await
    }

    /// Ends a letter that nobody wants handled.
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn discard(
        &self,
        org: OrgId,
        id: DeadLetterId,
        (by, reason): (&str, &str),
        hook: &dyn CommitHook<Letter>,
    ) -> Result<Letter, LetterError> {
        let end = End {
            state: LetterState::Discarded.as_str(),
            by,
            reason: Some(reason),
            at: self.clock.now(),
        };
        let mut tx = self.db.begin().await?;
        let ended = store::end(&mut tx, org.0, id.uuid(), end).await?;
        let letter = letter_in(&mut tx, org, id.uuid()).await?;
        if !ended {
            return Err(LetterError::NotWaiting(letter.state));
        }
        hook.before_commit(&mut tx, &letter).await?;
        tx.commit().await?;
        Ok(letter)
    }

    /// Ends letters that wait and fit, and nobody wants handled, the oldest first, so many at most;
    /// how many there were.
    ///
    /// # Errors
    /// [`LetterError::Database`].
    pub async fn discard_all(
        &self,
        org: OrgId,
        filter: &LetterFilter,
        (by, reason): (&str, &str),
        most: i64,
        hook: &dyn CommitHook<u64>,
    ) -> Result<u64, LetterError> {
        let end = End {
            state: LetterState::Discarded.as_str(),
            by,
            reason: Some(reason),
            at: self.clock.now(),
        };
        let filter = LetterFilter {
            state: LetterState::Waiting,
            ..filter.clone()
        };
        let mut tx = self.db.begin().await?;
        let count = store::end_all(&mut tx, org, &filter, end, most).await?;
        hook.before_commit(&mut tx, &count).await?;
        tx.commit().await?;
        Ok(count)
    }

    async fn row(&self, org: OrgId, id: DeadLetterId) -> Result<LetterRow, LetterError> {
        let row = store::one(&self.db, org, id.uuid()).await?;
        row.ok_or(LetterError::NoSuchLetter)
    }

    fn consumer_of(&self, row: &LetterRow) -> Result<&Arc<Consumer>, LetterError> {
        let mut consumers = self.consumers.iter();
        let found = consumers.find(|consumer| {
            let whose = consumer.whose();
            whose.name == row.consumer && whose.feed == row.feed
        });
        found.ok_or_else(|| LetterError::NoSuchConsumer(format!("{}/{}", row.consumer, row.feed)))
    }

    /// Handles the event of one letter, and notes it where it failed.
    async fn handle_again(
        &self,
        row: &LetterRow,
        by: &str,
        hook: &dyn CommitHook<Letter>,
    ) -> Result<Letter, LetterError> {
        if let Some(state) = LetterState::named(&row.state)
            && state != LetterState::Waiting
        {
            return Err(LetterError::NotWaiting(state));
        }
        let consumer = self.consumer_of(row)?;
        let event = event_of(consumer, row).await?;
        let event = event.ok_or(LetterError::EventGone)?;
        let mut tx = self.db.begin().await?;
        if !store::end(&mut tx, row.org, row.id, self.replayed(by)).await? {
            // Somebody was faster.
            return Err(LetterError::NotWaiting(LetterState::Replayed));
        }
        consumer.begin(&mut tx).await?;
        let events = std::slice::from_ref(&event);
        if let Err(error) = consumer.try_handle(&mut tx, events).await {
            drop(tx);
            return Err(self.failed_again(row, error).await?);
        }
        let letter = letter_in(&mut tx, OrgId(row.org), row.id).await?;
        hook.before_commit(&mut tx, &letter).await?;
        tx.commit().await?;
        consumer.committed();
        Ok(letter)
    }

    fn replayed<'a>(&self, by: &'a str) -> End<'a> {
        End {
            state: LetterState::Replayed.as_str(),
            by,
            reason: None,
            at: self.clock.now(),
        }
    }

    /// What is said of a letter that failed again; a fault of the store is not its own.
    async fn failed_again(
        &self,
        row: &LetterRow,
        error: HandlerError,
    ) -> Result<LetterError, LetterError> {
        match error {
            HandlerError::Database(error) if error.is_of_store() => Err(error.into()),
            error => {
                let text = said(&error);
                let failure = (cause::cause(&text), text);
                let (cause, text) = (failure.0.as_str(), failure.1.as_str());
                store::fail(&self.db, row, (cause, text), self.clock.now()).await?;
                Ok(LetterError::FailedAgain(text.to_owned()))
            }
        }
    }
}

/// A letter as the transaction sees it.
async fn letter_in(tx: &mut Tx, org: OrgId, id: Uuid) -> Result<Letter, LetterError> {
    let row = store::one_in(tx, org, id).await?;
    row.and_then(letter).ok_or(LetterError::NoSuchLetter)
}

/// The event of a letter, where the feed still tells of it.
async fn event_of(consumer: &Consumer, row: &LetterRow) -> Result<Option<Event>, FeedError> {
    let page = consumer.feed().read(row.sequence - 1, 1).await?;
    let mut events = page.events.into_iter();
    Ok(events.find(|event| event.sequence == row.sequence))
}
