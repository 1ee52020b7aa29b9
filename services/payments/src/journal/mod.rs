//! The journal: a queue, and one thread that gathers what waits there into batches for the
//! [`writer`]. While one batch commits, the next gathers; a caller who is alone is committed at
//! once. It refuses what it cannot take, and decides nothing.

pub mod acceptance;
mod answer_row;
pub mod clock;
mod commit_health;
pub mod documents;
mod fault;
mod gathering;
pub mod postgres;
pub mod rows;
mod seen;
pub mod sqlite;
pub mod store;
pub mod summary;
pub mod writer;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use payments_core::command::{Answer, Command, Operation};
use platform::clock::SharedClock;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use values::SECOND;

pub use answer_row::AnswerRow;
use clock::ClockGuard;
pub use commit_health::CommitHealth;
pub use fault::Fault;
use gathering::{Arrivals, Gathering};
pub use seen::{FoundHead, Seen, SeenHead};
use store::{Store, StoreError};
use writer::Writer;

/// How much the journal takes.
#[derive(Debug, Clone, Copy, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct JournalConfig {
    /// The most commands, and ledger requests within commands, that may wait. Beyond it the answer
    /// is `overloaded`.
    pub queue: u32,
    /// The most of them that make one batch.
    pub batch: usize,
    /// The most accounts kept in memory.
    pub cached_accounts: usize,
    /// The furthest, in µs, that the clock may leave where it was, and be behind the last commit.
    /// It is the setting `clock.max_step_seconds` of the whole program.
    #[serde(skip, default = "max_clock_step")]
    pub max_clock_step: i64,
}

/// Ten minutes.
const fn max_clock_step() -> i64 {
    600 * SECOND
}

impl Default for JournalConfig {
    fn default() -> Self {
        platform::config::defaults("payments.journal")
    }
}

/// The most ledger requests of one command.
pub const MAX_BATCH: usize = 8_192;

struct Submission {
    command: Command,
    caller: Caller,
}

/// Who waits for an answer.
struct Caller {
    reply: oneshot::Sender<Result<Answer, Fault>>,
    /// Given back when the caller is answered.
    room: OwnedSemaphorePermit,
}

/// The handle of a journal. Cheap to share.
pub struct Journal {
    queue: Mutex<Option<mpsc::UnboundedSender<Submission>>>,
    room: Arc<Semaphore>,
    writer: Mutex<Option<JoinHandle<()>>>,
    arrivals: Arrivals,
    events: watch::Receiver<u64>,
    clock: Arc<ClockGuard>,
    seen: Arc<SeenHead>,
    health: Arc<CommitHealth>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal")
            .field("room", &self.room.available_permits())
            .finish_non_exhaustive()
    }
}

impl Journal {
    /// Starts the writer over a store.
    ///
    /// # Errors
    /// [`StoreError`] where the store does not answer.
    pub fn start(
        store: Box<dyn Store>,
        clock: SharedClock,
        config: JournalConfig,
    ) -> Result<Arc<Self>, StoreError> {
        let (queue, submissions) = mpsc::unbounded_channel();
        let (started, start) = std::sync::mpsc::sync_channel(1);
        let health = Arc::new(CommitHealth::default());
        let served = Arc::clone(&health);
        // The store is asked on the writer's own thread only, where it may wait as it likes.
        let run = move || match Writer::new(store, clock, config) {
            Ok(writer) => {
                let gathering = Gathering::new();
                let queue = (writer.events(), gathering.arrivals());
                let health = (writer.watch(), writer.seen());
                if started.send(Ok((queue, health))).is_ok() {
                    drive(writer, gathering, submissions, config.batch, &served);
                }
            }
            Err(error) => drop(started.send(Err(error))),
        };
        let failed = |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(run)
            .map_err(|error| failed(&error))?;
        let ((events, arrivals), (clock, seen)) =
            start.recv().map_err(|error| failed(&error))??;
        Ok(Arc::new(Self {
            queue: Mutex::new(Some(queue)),
            room: Arc::new(Semaphore::new(config.queue as usize)),
            writer: Mutex::new(Some(thread)),
            arrivals,
            events,
            clock,
            seen,
            health,
        }))
    }

    /// Submits a command and waits until its commit is durable.
    ///
    /// # Errors
    /// [`Fault`]; with [`Fault::Overloaded`] and [`Fault::Closing`] nothing was accepted.
    pub async fn submit(&self, command: Command) -> Result<Answer, Fault> {
        self.enqueue(command)?.await
    }

    /// Submits a command from a thread that may wait.
    ///
    /// # Errors
    /// As [`Journal::submit`].
    pub fn submit_blocking(&self, command: Command) -> Result<Answer, Fault> {
        self.queue(command)?
            .blocking_recv()
            .unwrap_or(Err(Fault::OutcomeUnknown))
    }

    /// Puts a command into the queue; the answer comes when its commit is durable. Commands are
    /// decided in the order in which this was called.
    ///
    /// # Errors
    /// [`Fault::Overloaded`] and [`Fault::Closing`]: nothing was accepted.
    pub fn enqueue(
        &self,
        command: Command,
    ) -> Result<impl Future<Output = Result<Answer, Fault>> + Send + use<>, Fault> {
        let answer = self.queue(command)?;
        // The writer answers everything it took; a lost answer means that it died.
        Ok(async move { answer.await.unwrap_or(Err(Fault::OutcomeUnknown)) })
    }

    fn queue(&self, command: Command) -> Result<oneshot::Receiver<Result<Answer, Fault>>, Fault> {
        let weight = u32::try_from(weight(&command)).map_err(|_| Fault::Overloaded)?;
        let room = self
            .room
            .clone()
            .try_acquire_many_owned(weight)
            .map_err(|_| Fault::Overloaded)?;
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref().ok_or(Fault::Closing)?;
        self.arrivals.arrives();
        queue
            .send(Submission {
                command,
                caller: Caller { reply, room },
            })
            .map_err(|_| Fault::Closing)?;
        Ok(answer)
    }

    /// The seq of the last committed event; changes wake its readers.
    #[must_use]
    pub fn events(&self) -> watch::Receiver<u64> {
        self.events.clone()
    }

    /// How much room the queue has, in commands and ledger requests.
    #[must_use]
    pub fn room(&self) -> usize {
        self.room.available_permits()
    }

    /// Whether it can commit.
    ///
    /// # Errors
    /// What stands against it.
    pub fn check(&self) -> Result<(), String> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.as_ref().is_none_or(JoinHandle::is_finished) {
            return Err("the writer has ended".to_owned());
        }
        if self.seen.is_lost() {
            return Err(
                "committed history is gone: another or an older store is in its place; the log says more"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// The clock, as the writer watches it.
    #[must_use]
    pub fn clock(&self) -> &ClockGuard {
        &self.clock
    }

    /// The newest batch that was seen committed, here or by another node.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.newest()
    }

    /// What keeps that.
    pub(crate) fn seen_head(&self) -> Arc<SeenHead> {
        self.seen.clone()
    }

    /// Takes note of a head row that was read together with the hash of `seen`, and with it of what
    /// other nodes have committed: where that is gone, nothing is committed any more.
    pub fn look(&self, seen: Seen, found: &FoundHead) {
        self.seen.look(seen, found);
    }

    /// What became of the last batch.
    #[must_use]
    pub fn health(&self) -> &CommitHealth {
        &self.health
    }

    /// Whether anything of payments was ever committed.
    #[must_use]
    pub fn is_written(&self) -> bool {
        *self.events.borrow() > 0
    }

    /// Takes nothing more, commits what was taken, and returns when the writer has ended.
    pub fn close(&self) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Err(_)) = writer.map(JoinHandle::join) {
            tracing::error!("the journal's writer ended in a panic");
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

/// What a command counts for in the queue and in a batch.
fn weight(command: &Command) -> usize {
    match &command.operation {
        Operation::Post(requests) => requests.len().max(1),
        Operation::OpenAccounts(accounts) => accounts.len().max(1),
        _ => 1,
    }
}

/// Serves what is submitted, batch by batch, until the journal closes.
fn drive(
    mut writer: Writer,
    mut gathering: Gathering,
    mut submissions: mpsc::UnboundedReceiver<Submission>,
    most: usize,
    health: &CommitHealth,
) {
    let (mut commands, mut callers) = (Vec::new(), Vec::new());
    while let Some(first) = submissions.blocking_recv() {
        gathering.begin();
        let mut next = Ok(first);
        let mut total = 0;
        loop {
            match next {
                Ok(submission) => {
                    gathering.taken();
                    total += weight(&submission.command);
                    commands.push(submission.command);
                    callers.push(submission.caller);
                }
                Err(TryRecvError::Empty) if gathering.waits_for_more(callers.len()) => {}
                Err(_) => break,
            }
            if total >= most {
                break;
            }
            next = submissions.try_recv();
        }
        let (count, begun) = (callers.len(), Instant::now());
        let mut waiting = callers.drain(..);
        health.batch_started(begun);
        writer.serve(&commands, &mut |answer| {
            health.answered(answer.as_ref().err().copied());
            if let Some(caller) = waiting.next() {
                caller.answer(answer);
            }
        });
        drop(waiting);
        health.batch_finished();
        commands.clear();
        gathering.served(count, begun.elapsed());
    }
}

impl Caller {
    fn answer(self, answer: Result<Answer, Fault>) {
        let Self { reply, room } = self;
        // First the room, so that anyone who has an answer finds it.
        drop(room);
        // A caller that went away does not want to know.
        drop(reply.send(answer));
    }
}
