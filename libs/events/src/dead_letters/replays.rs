//! Replays: all letters that fit a filter, handled again in the background, not too many a second.
//! A replay is a row: one node works at it, says how far it came in the transaction of what it did,
//! and where that node dies another one goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use contracts::events::Event;
use contracts::identity::OrgId;
use tokio::time::{interval, timeout};
use uuid::Uuid;
use values::{SECOND, Timestamp};

use super::store::{self, LetterRow, Moved, ReplayRow};
use super::{CommitHook, DeadLetters, LetterError, LetterFilter, LetterState, ReplayId};
use crate::consumer::{BATCH, Consumer};
use crate::feed::FeedError;

/// How many letters are handled in one transaction at most.
const PIECE: i64 = 64;
/// How long a piece waits after the one before: at most so many letters a second.
const PACE: Duration = Duration::from_millis(64);
/// How long a node may work at a piece before another one takes the replay for abandoned.
const LEASE: i64 = 15 * SECOND;
/// How often it is looked whether another node has begun or abandoned a replay.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Whether a replay goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplayState {
    /// It does.
    Running,
    /// Every letter was tried.
    Done,
}

impl ReplayState {
    /// The name used in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
        }
    }
}

/// A replay, and how far it is.
#[derive(Debug, Clone)]
pub struct Replay {
    /// Its id.
    pub id: ReplayId,
    /// Whether it goes on.
    pub state: ReplayState,
    /// How many letters waited when it began.
    pub total: i64,
    /// How many of them were handled.
    pub replayed: i64,
    /// How many failed again, and wait.
    pub failed: i64,
    /// Who began it.
    pub started_by: String,
    /// When.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl From<ReplayRow> for Replay {
    fn from(row: ReplayRow) -> Self {
        Self {
            id: ReplayId(row.id),
            state: match row.state.as_str() {
                "done" => ReplayState::Done,
                _ => ReplayState::Running,
            },
            total: row.total,
            replayed: row.replayed,
            failed: row.failed,
            started_by: row.started_by,
            started_at: Timestamp(row.started_at),
            ended_at: row.ended_at.map(Timestamp),
        }
    }
}

impl DeadLetters {
    /// Begins to handle all waiting letters that fit again, in the background of a node that runs.
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn begin_replay(
        &self,
        org: OrgId,
        filter: &LetterFilter,
        by: &str,
        hook: &dyn CommitHook<Replay>,
    ) -> Result<Replay, LetterError> {
        let filter = LetterFilter {
            state: LetterState::Waiting,
            ..filter.clone()
        };
        let newest = store::list(&self.db, org, &filter, Uuid::max(), 1).await?;
        let row = ReplayRow {
            id: self.ids.next(),
            org: org.0,
            total: store::count(&self.db, org, &filter).await?,
            consumer: filter.consumer,
            feed: filter.feed,
            kind: filter.kind,
            cause: filter.cause,
            since: filter.since.map(|at| at.micros()),
            last: newest.first().map_or(Uuid::nil(), |letter| letter.id),
            place: Uuid::nil(),
            replayed: 0,
            failed: 0,
            state: ReplayState::Running.as_str().to_owned(),
            started_by: by.to_owned(),
            started_at: self.clock.now().micros(),
            ended_at: None,
            lease_until: 0,
        };
        let mut tx = self.db.begin().await?;
        store::insert_replay(&mut tx, &row).await?;
        let replay = Replay::from(row);
        hook.before_commit(&mut tx, &replay).await?;
        tx.commit().await?;
        self.begun.notify_one();
        Ok(replay)
    }

    /// A replay, and how far it is.
    ///
    /// # Errors
    /// [`LetterError`].
    pub async fn find_replay(&self, org: OrgId, id: ReplayId) -> Result<Replay, LetterError> {
        let row = store::replay(&self.db, org, id.uuid()).await?;
        row.map(Replay::from).ok_or(LetterError::NoSuchReplay)
    }

    /// Works at replays, for ever.
    pub async fn run(self: Arc<Self>) {
        loop {
            match self.work(PACE).await {
                Ok(true) => {}
                Ok(false) => drop(timeout(LOOK_EVERY, self.begun.notified()).await),
                Err(error) => {
                    tracing::error!(%error, "a replay of dead letters stands still");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    /// Works at the oldest replay that nobody works at, to its end; whether there was one. A piece
    /// waits so long after the one before.
    ///
    /// # Errors
    /// [`LetterError`]: what was done is kept, and it goes on when its lease is over.
    pub async fn work(&self, pace: Duration) -> Result<bool, LetterError> {
        let now = self.clock.now();
        let found = store::free_replay(&self.db, now, now.plus(LEASE)).await?;
        let Some(mut row) = found else {
            return Ok(false);
        };
        if !store::take_replay(&self.db, &row, now.plus(LEASE)).await? {
            return Ok(true);
        }
        let mut ticks = (!pace.is_zero()).then(|| interval(pace));
        while let Some(place) = self.piece(&row).await? {
            row.place = place;
            if let Some(ticks) = &mut ticks {
                ticks.tick().await;
            }
        }
        Ok(true)
    }

    /// Tries the next letters of a replay; the last of them, or none where it is done or another
    /// node's.
    async fn piece(&self, replay: &ReplayRow) -> Result<Option<Uuid>, LetterError> {
        let (org, filter) = (OrgId(replay.org), replay.filter());
        let between = (replay.place, replay.last);
        let letters = store::waiting(&self.db, org, &filter, between, PIECE).await?;
        let Some(last) = letters.last().map(|letter| letter.id) else {
            store::end_replay(&self.db, replay.id, self.clock.now()).await?;
            return Ok(None);
        };
        if self.all_at_once(replay, &letters, last).await? {
            return Ok(Some(last));
        }
        let mut place = replay.place;
        for letter in &letters {
            let done = self.handle_again(letter, &replay.started_by, &()).await;
            let (replayed, failed) = match done {
                Ok(_) => (1, 0),
                // Somebody else has ended it.
                Err(LetterError::NotWaiting(_)) => (0, 0),
                Err(error @ (LetterError::Database(_) | LetterError::Feed(_))) => {
                    return Err(error);
                }
                Err(_) => (0, 1),
            };
            let mut tx = self.db.begin().await?;
            let moved = self.moved(letter.id, replayed, failed);
            if !store::move_replay(&mut tx, (replay.id, place), moved).await? {
                return Ok(None);
            }
            tx.commit().await?;
            place = letter.id;
        }
        Ok(Some(last))
    }

    fn moved(&self, place: Uuid, replayed: i64, failed: i64) -> Moved {
        Moved {
            place,
            replayed,
            failed,
            lease_until: self.clock.now().plus(LEASE),
        }
    }

    /// Handles letters in one transaction; false where one of them fails or is nobody's, and
    /// nothing was done.
    async fn all_at_once(
        &self,
        replay: &ReplayRow,
        letters: &[LetterRow],
        last: Uuid,
    ) -> Result<bool, LetterError> {
        let mut by_consumer: BTreeMap<_, Vec<&LetterRow>> = BTreeMap::new();
        for letter in letters {
            let whose = (letter.consumer.as_str(), letter.feed.as_str());
            by_consumer.entry(whose).or_default().push(letter);
        }
        let mut work = Vec::new();
        for letters in by_consumer.into_values() {
            let Some(consumer) = letters.first().and_then(|row| self.consumer_of(row).ok()) else {
                return Ok(false);
            };
            let Some(events) = events_of(consumer, letters).await? else {
                return Ok(false);
            };
            work.push((consumer, events));
        }
        let mut tx = self.db.begin().await?;
        for letter in letters {
            let end = self.replayed(&replay.started_by);
            if !store::end(&mut tx, letter.org, letter.id, end).await? {
                return Ok(false);
            }
        }
        for (consumer, events) in &work {
            consumer.begin(&mut tx).await?;
            if consumer.try_handle(&mut tx, events).await.is_err() {
                return Ok(false);
            }
        }
        let count = i64::try_from(letters.len()).unwrap_or(i64::MAX);
        let moved = self.moved(last, count, 0);
        if !store::move_replay(&mut tx, (replay.id, replay.place), moved).await? {
            return Ok(false);
        }
        tx.commit().await?;
        work.iter().for_each(|(consumer, _)| consumer.committed());
        Ok(true)
    }
}

/// The events of letters in their order in the feed; none where the feed does not tell of one of
/// them any more.
async fn events_of(
    consumer: &Consumer,
    mut letters: Vec<&LetterRow>,
) -> Result<Option<Vec<Event>>, FeedError> {
    letters.sort_by_key(|letter| letter.sequence);
    let mut read: BTreeMap<i64, Event> = BTreeMap::new();
    let mut events = Vec::with_capacity(letters.len());
    for (place, letter) in letters.iter().enumerate() {
        if !read.contains_key(&letter.sequence) {
            // Those that are near are read with it.
            let near = |other: &&&LetterRow| other.sequence - letter.sequence < i64::from(BATCH);
            let rest = letters.get(place..).unwrap_or_default();
            let last = rest
                .iter()
                .rfind(near)
                .map_or(letter.sequence, |row| row.sequence);
            let span = u32::try_from(last - letter.sequence + 1).unwrap_or(1);
            let page = consumer.feed().read(letter.sequence - 1, span).await?;
            read.extend(page.events.into_iter().map(|event| (event.sequence, event)));
        }
        match read.remove(&letter.sequence) {
            Some(event) => events.push(event),
            None => return Ok(None),
        }
    }
    Ok(Some(events))
}
