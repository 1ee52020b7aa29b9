//! A pool of sessions on PostgreSQL. A session that failed is thrown away, and so is every session
//! with a server that stopped or only reads; a new one is asked of each server in turn. It repeats
//! no statement and hides no error.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Connection, Executor, PgConnection, Postgres, SqlStr};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Servers, SessionFate, Writes};

/// The longest wait for a session while all are in use.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest that a session that stood still may take to show that it lives.
const PING_PATIENCE: Duration = Duration::from_secs(2);
/// The longest that a statement may take: longer than any of ours, and than any request.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
/// The longest that the server lets a session wait or work.
pub(super) const BOUNDS: [(&str, &str); 3] = [
    ("lock_timeout", "5s"),
    ("statement_timeout", "20s"),
    // A node that was stopped in the middle of a transaction keeps its locks for so long, and then
    // loses its session.
    ("idle_in_transaction_session_timeout", "30s"),
];
/// How long a statement whose caller has gone away is waited for: longer than the server lets it
/// run.
const ABANDONED_PATIENCE: Duration = Duration::from_secs(25);
/// A statement's time-out that strikes during a commit that waits for a standby server would pass
/// for success.
const COMMIT: &str = "SET LOCAL statement_timeout = 0; COMMIT";
/// After so long a session is replaced: what a name or a balancer leads to may have changed.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 60);

/// A pool of sessions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sessions(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    servers: Servers,
    most: u32,
    room: Arc<Semaphore>,
    idle: Mutex<VecDeque<Live>>,
    /// Raised when a server was left; sessions begun before are of no use any more.
    generation: AtomicU64,
    closed: AtomicBool,
    writes: Writes,
}

#[derive(Debug)]
struct Live {
    connection: PgConnection,
    begun: Instant,
    generation: u64,
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, VecDeque<Live>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives up every session that was begun before.
    fn leave(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    fn is_of_use(&self, live: &Live) -> bool {
        live.generation == self.generation.load(Ordering::Acquire)
            && live.begun.elapsed() < LONGEST_LIFE
            && !self.closed.load(Ordering::Acquire)
    }
}

impl Sessions {
    /// At most so many with these servers; each is begun when it is needed.
    pub(super) fn new(servers: Servers, most: u32) -> Self {
        Self(Arc::new(Shared {
            servers,
            most,
            room: Arc::new(Semaphore::new(most as usize)),
            idle: Mutex::default(),
            generation: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            writes: Writes::default(),
        }))
    }

    pub(super) fn writes(&self) -> &Writes {
        &self.0.writes
    }

    /// One for the caller alone, until it is dropped.
    pub(super) async fn take(&self) -> Result<Session, sqlx::Error> {
        let shared = &self.0;
        if shared.closed.load(Ordering::Acquire) {
            return Err(sqlx::Error::PoolClosed);
        }
        let room = tokio::time::timeout(PATIENCE, Arc::clone(&shared.room).acquire_owned());
        let room = match room.await {
            Ok(Ok(room)) => room,
            Ok(Err(_)) => return Err(sqlx::Error::PoolClosed),
            Err(_) => return Err(sqlx::Error::PoolTimedOut),
        };
        loop {
            // The guard is not held while the server is asked.
            let next = shared.idle().pop_front();
            let Some(mut live) = next else { break };
            if !shared.is_of_use(&live) {
                continue;
            }
            match tokio::time::timeout(PING_PATIENCE, live.connection.ping()).await {
                Ok(Ok(())) => return Ok(self.held(live, room)),
                // It has ended.
                Ok(Err(_)) => {}
                // Nobody is there any more who could say so, nor to the others.
                Err(_) => shared.leave(),
            }
        }
        let generation = shared.generation.load(Ordering::Acquire);
        let connection = shared.servers.connect().await?;
        let begun = Instant::now();
        let live = Live {
            connection,
            begun,
            generation,
        };
        Ok(self.held(live, room))
    }

    fn held(&self, live: Live, room: OwnedSemaphorePermit) -> Session {
        Session {
            live: Some(live),
            state: State::Sound,
            shared: Arc::clone(&self.0),
            room: Some(room),
        }
    }

    /// Gives out no more, waits until all are back, and ends them.
    pub(super) async fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        let all_are_back = self.0.room.acquire_many(self.0.most).await;
        self.0.room.close();
        drop(all_are_back);
        let idle = std::mem::take(&mut *self.0.idle());
        for live in idle {
            // A server that does not hear the goodbye notices by itself.
            drop(live.connection.close().await);
        }
    }
}

/// A session in somebody's hands. It goes back when it is dropped, unless a statement on it was
/// lost. One that is still under way keeps the session's place in the pool until the server has
/// ended it: nothing tells the server that nobody waits for it any more, and sessions begun in its
/// place would add up to more than the server has.
#[derive(Debug)]
pub(super) struct Session {
    live: Option<Live>,
    state: State,
    shared: Arc<Shared>,
    room: Option<OwnedSemaphorePermit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is under way.
    Sound,
    /// A statement is under way.
    Busy,
    /// It is of no use any more.
    Lost,
}

impl Session {
    /// The connection, from now on in the middle of something: anyone who goes away meanwhile
    /// leaves it of no use.
    fn begin(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
        self.state = State::Busy;
        let live = self.live.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        Ok(&mut live.connection)
    }

    fn end<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        let fate = match &done {
            Ok(_) => SessionFate::Sound,
            Err(error) => SessionFate::after(error),
        };
        self.state = match fate {
            SessionFate::Sound => State::Sound,
            SessionFate::Lost | SessionFate::ServerLeft => State::Lost,
        };
        if fate == SessionFate::ServerLeft {
            self.shared.leave();
        }
        done
    }

    pub(super) async fn fetch_all(
        &mut self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let done = in_time(query.fetch_all(self.begin()?)).await;
        self.end(done)
    }

    pub(super) async fn execute(
        &mut self,
        query: Query<'static, Postgres, PgArguments>,
    ) -> Result<u64, sqlx::Error> {
        let done = in_time(query.execute(self.begin()?)).await;
        self.end(done.map(|done| done.rows_affected()))
    }

    pub(super) async fn prepare(&mut self, sql: SqlStr) -> Result<(), sqlx::Error> {
        let done = in_time(self.begin()?.prepare(sql)).await;
        self.end(done.map(|_| ()))
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), sqlx::Error> {
        let done = in_time(self.begin()?.execute(sql)).await;
        self.end(done.map(|_| ()))
    }
}

/// What a server answers, unless it is silent for longer than any statement of ours takes.
async fn in_time<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match tokio::time::timeout(ANSWER_PATIENCE, answer).await {
        Ok(answer) => answer,
        Err(_) => {
            let text = "the server does not answer";
            Err(io::Error::new(io::ErrorKind::TimedOut, text).into())
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(mut live) = self.live.take() else {
            return;
        };
        match self.state {
            State::Sound if self.shared.is_of_use(&live) => self.shared.idle().push_back(live),
            State::Sound | State::Lost => {}
            State::Busy => {
                let room = self.room.take();
                let end = async move {
                    // Answered after what is under way.
                    let ended = tokio::time::timeout(ABANDONED_PATIENCE, live.connection.ping());
                    if matches!(ended.await, Ok(Ok(()))) {
                        drop(live.connection.close().await);
                    }
                    drop(room);
                };
                if let Ok(runtime) = Handle::try_current() {
                    runtime.spawn(end);
                }
            }
        }
    }
}

/// A transaction on a session of its own; rolled back unless committed.
#[derive(Debug)]
pub(super) struct Transaction {
    /// Until the transaction has ended.
    session: Option<Session>,
}

impl Transaction {
    pub(super) async fn begin(sessions: &Sessions, sql: &'static str) -> Result<Self, sqlx::Error> {
        let mut session = sessions.take().await?;
        session.run(sql).await?;
        Ok(Self {
            session: Some(session),
        })
    }

    pub(super) fn session(&mut self) -> Result<&mut Session, sqlx::Error> {
        self.session.as_mut().ok_or(sqlx::Error::PoolClosed)
    }

    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        match self.session.take() {
            // A session on which the commit failed is gone, and the transaction with it.
            Some(mut session) => session.run(COMMIT).await,
            None => Ok(()),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // A session that was lost takes the transaction with it.
        let is_sound = |session: &Session| session.state == State::Sound;
        let Some(mut session) = self.session.take().filter(is_sound) else {
            return;
        };
        // Nor may it be used where nothing is left that could carry this out.
        session.state = State::Lost;
        let rollback = async move { drop(session.run("ROLLBACK").await) };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(rollback);
        }
    }
}
