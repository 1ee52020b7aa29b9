//! A feed that the test writes, and a handler that writes a row for each event and misbehaves on
//! demand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Migration, Migrations, Tx, args};
use events::{Consumer, Feed, FeedError, Handler, HandlerError, Page, Start, event_id};
use serde_json::value::to_raw_value;
use testkit::{Engine, FakeClock, TestStore};
use tokio::sync::watch;
use uuid::Uuid;
use values::Timestamp;

const TABLES: Migrations = &[
    events::tables(100),
    Migration {
        version: 101,
        name: "effects",
        sql: "CREATE TABLE effects (place INTEGER NOT NULL PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;",
    },
    events::replays(102),
    events::log_ends(103),
    events::parked(104),
    events::parked_failures(105),
];
const EFFECT: &str =
    "INSERT INTO effects (place, sequence) SELECT coalesce(max(place), 0) + 1, $1 FROM effects";
const EFFECTS: &str = "SELECT sequence FROM effects ORDER BY place";
const LETTERS: &str = "SELECT sequence, attempts, error FROM dead_letters ORDER BY sequence";

/// What is in the feed: events, and entries that are for nobody.
#[derive(Default)]
pub struct TestFeed {
    entries: Mutex<Vec<Option<Event>>>,
    newest: watch::Sender<i64>,
}

impl TestFeed {
    /// Commits events; the last one's place.
    pub fn push(&self, count: usize) -> i64 {
        self.add((0..count).map(|_| true))
    }

    /// Commits an event of a subject; its place.
    pub fn push_of(&self, subject: &str) -> i64 {
        let newest = self.push(1);
        let mut entries = self.entries.lock().unwrap();
        if let Some(Some(event)) = entries.last_mut() {
            event.subject = subject.to_owned();
        }
        newest
    }

    /// Commits entries that are for nobody.
    pub fn push_nothing(&self, count: usize) -> i64 {
        self.add((0..count).map(|_| false))
    }

    fn add(&self, told: impl Iterator<Item = bool>) -> i64 {
        let mut entries = self.entries.lock().unwrap();
        for told in told {
            let sequence = i64::try_from(entries.len()).unwrap() + 1;
            entries.push(told.then(|| event(sequence)));
        }
        let newest = i64::try_from(entries.len()).unwrap();
        self.newest.send_replace(newest);
        newest
    }
}

fn event(sequence: i64) -> Event {
    let time = Timestamp(1_767_225_600_000_000 + sequence);
    Event {
        id: event_id("test", sequence, time),
        feed: "test",
        sequence,
        kind: "transaction.completed".to_owned(),
        time,
        subject: format!("txn_{sequence}"),
        org: OrgId::DEFAULT,
        parties: vec![(Party::Owner, UserId(Uuid::nil()))],
        data: to_raw_value(&serde_json::json!({"no": sequence})).unwrap(),
    }
}

#[async_trait]
impl Feed for TestFeed {
    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError> {
        let entries = self.entries.lock().unwrap();
        let begin = usize::try_from(after).unwrap().min(entries.len());
        let part = entries[begin..].iter().take(limit as usize);
        let through = after + i64::try_from(part.len()).unwrap();
        Ok(Page {
            events: part.flatten().cloned().collect(),
            through,
        })
    }

    async fn newest(&self) -> Result<i64, FeedError> {
        Ok(*self.newest.borrow())
    }

    fn log_end(&self) -> Option<db::Position> {
        let no = *self.newest.borrow();
        let hash = no.to_be_bytes().to_vec();
        (no > 0).then_some(db::Position { no, hash })
    }

    async fn wait(&self, after: i64) {
        let mut newest = self.newest.subscribe();
        drop(newest.wait_for(|newest| *newest > after).await);
    }
}

/// How a handler misbehaves, after it has written its row.
#[derive(Debug, Clone, Copy)]
pub enum Misdeed {
    Fail,
    Panic,
    Reject,
    /// The database refuses the statement: the event is to blame.
    Refused,
    /// The database is away: the event is not to blame.
    Outage,
}

/// Writes a row for each event, and what it does to some of them first, one misdeed for each time
/// that it is called.
#[derive(Default)]
pub struct Recorder {
    pub misdeeds: Mutex<BTreeMap<i64, VecDeque<Misdeed>>>,
    /// What always fails, and with which words.
    pub poison: Mutex<BTreeMap<i64, String>>,
    pub rejected: Mutex<BTreeMap<i64, String>>,
    /// For what something is needed of a service that is away.
    pub away: Mutex<BTreeSet<i64>>,
    pub start_now: bool,
}

impl Recorder {
    pub fn misbehave(&self, sequence: i64, misdeeds: impl IntoIterator<Item = Misdeed>) {
        let mut planned = self.misdeeds.lock().unwrap();
        planned.entry(sequence).or_default().extend(misdeeds);
    }

    pub fn poison(&self, sequence: i64, error: &str) {
        let mut poison = self.poison.lock().unwrap();
        poison.insert(sequence, error.to_owned());
    }

    /// An event that is refused each time.
    pub fn reject(&self, sequence: i64, error: &str) {
        let mut rejected = self.rejected.lock().unwrap();
        rejected.insert(sequence, error.to_owned());
    }

    pub fn cure(&self) {
        self.poison.lock().unwrap().clear();
        self.rejected.lock().unwrap().clear();
    }

    fn next_misdeed(&self, sequence: i64) -> Option<Misdeed> {
        let mut planned = self.misdeeds.lock().unwrap();
        planned.get_mut(&sequence)?.pop_front()
    }
}

#[async_trait]
impl Handler for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    fn start(&self) -> Start {
        match self.start_now {
            true => Start::Now,
            false => Start::Beginning,
        }
    }

    async fn handle(&self, tx: &mut Tx, event: &Event) -> Result<(), HandlerError> {
        tx.execute(EFFECT, args![event.sequence]).await?;
        let poison = self.poison.lock().unwrap().get(&event.sequence).cloned();
        if let Some(error) = poison {
            return Err(HandlerError::Retry(error));
        }
        if self.away.lock().unwrap().contains(&event.sequence) {
            return Err(HandlerError::Away("nobody answers".to_owned()));
        }
        let rejected = self.rejected.lock().unwrap().get(&event.sequence).cloned();
        if let Some(error) = rejected {
            return Err(HandlerError::Reject(error));
        }
        let misdeed = self.next_misdeed(event.sequence);
        let retry = HandlerError::Retry("not now".to_owned());
        match misdeed {
            None => Ok(()),
            Some(Misdeed::Fail) => Err(retry),
            Some(Misdeed::Panic) => panic!("the handler was told to"),
            Some(Misdeed::Reject) => Err(HandlerError::Reject("never".to_owned())),
            Some(Misdeed::Refused) => {
                let broken = "INSERT INTO effects (place, sequence) VALUES (1, NULL)";
                let refused = tx.execute(broken, args![]).await;
                Err(refused.err().map_or(retry, HandlerError::Database))
            }
            Some(Misdeed::Outage) => {
                let away = DbError::Unavailable(sqlx::Error::PoolTimedOut);
                Err(HandlerError::Database(away))
            }
        }
    }
}

/// A store with a feed, and any number of nodes.
pub struct Scene {
    pub feed: Arc<TestFeed>,
    pub handler: Arc<Recorder>,
    pub clock: Arc<FakeClock>,
    pub db: Db,
    pub store: TestStore,
}

impl Scene {
    pub async fn on(engine: Engine) -> Self {
        let store = TestStore::new(engine);
        let db = store.open("consumers", TABLES).await.unwrap();
        Self {
            feed: Arc::default(),
            handler: Arc::default(),
            clock: FakeClock::new(),
            db,
            store,
        }
    }

    /// A consumer as a node that starts now has it.
    pub fn node(&self) -> Arc<Consumer> {
        self.node_on(self.db.clone())
    }

    pub fn node_on(&self, db: Db) -> Arc<Consumer> {
        let (feed, handler, clock) = (self.feed.clone(), self.handler.clone(), self.clock.clone());
        let ids = testkit::ids(clock.clone());
        Arc::new(Consumer::new(db, feed, handler, clock, ids))
    }

    /// What another node has as its database.
    pub async fn other_db(&self) -> Db {
        match self.store.engine() {
            // An embedded store has one process, which writes by one connection.
            Engine::Sqlite => self.db.clone(),
            Engine::Postgres => self.store.open("consumers", TABLES).await.unwrap(),
        }
    }

    /// Takes steps until there is nothing left, letting time pass where an event has to wait.
    pub async fn catch_up(&self, consumer: &Consumer) {
        loop {
            match consumer.step().await {
                Ok(events::Step::Idle(_)) => return,
                Ok(events::Step::Later(at)) => self.clock.set(at),
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// The events that had an effect, in the order of the effects.
    pub async fn effects(&self) -> Vec<i64> {
        let rows: Vec<(i64,)> = self.db.fetch_all(EFFECTS, vec![]).await.unwrap();
        rows.into_iter().map(|(sequence,)| sequence).collect()
    }

    /// Sequence, attempts and error of the letters.
    pub async fn letters(&self) -> Vec<(i64, i64, String)> {
        self.db.fetch_all(LETTERS, vec![]).await.unwrap()
    }

    /// Attempts, when the next is due, and the position.
    pub async fn state(&self) -> (i64, Option<i64>, i64) {
        let sql = "SELECT attempts, retry_at, position FROM consumers";
        self.db.fetch_one(sql, vec![]).await.unwrap()
    }
}

/// Takes a future away after it was asked so many times whether it is ready: what it came to, if it
/// came to its end.
pub async fn cut<T>(future: impl Future<Output = T>, after: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut asked = 0;
    poll_fn(|cx| {
        if asked == after {
            return Poll::Ready(None);
        }
        asked += 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}
