//! The journal: one writer per process that gathers commands into batches, decides them in order and commits each
//! batch in one database transaction. While one batch commits, the next gathers; an idle journal commits at once.
//! It answers only what is durable, and refuses what it cannot take.

pub mod hash;
pub mod postgres;
pub(crate) mod rows;
pub mod sqlite;
pub mod state;
pub mod store;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use platform::clock::SharedClock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::command::{Act, Answer, Command, Fault};
use crate::decide::decide;
use hash::Chain;
use state::State;
use store::{Position, Store, StoreError, Wanted};

/// How much the journal takes.
#[derive(Debug, Clone, Copy, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct JournalConfig {
    /// The most commands, and ledger requests within commands, that may wait. Beyond it the answer is `overloaded`.
    pub queue: u32,
    /// The most of them that make one batch.
    pub batch: usize,
    /// The most accounts kept in memory.
    pub cached_accounts: usize,
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self {
            queue: 65_536,
            batch: 8_192,
            cached_accounts: 200_000,
        }
    }
}

/// The most ledger requests of one command.
pub const MAX_BATCH: usize = 8_192;

struct Submission {
    command: Command,
    reply: oneshot::Sender<Result<Answer, Fault>>,
    /// Given back when the submission is answered.
    room: OwnedSemaphorePermit,
}

/// The handle of a journal. Cheap to share.
pub struct Journal {
    queue: Mutex<Option<mpsc::UnboundedSender<Submission>>>,
    room: Arc<Semaphore>,
    writer: Mutex<Option<JoinHandle<()>>>,
    events: watch::Receiver<u64>,
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
        let (queue, commands) = mpsc::unbounded_channel();
        let (told, events) = watch::channel(0);
        let mut writer = Writer {
            store,
            clock,
            config,
            commands,
            state: State::default(),
            chain: Chain::default(),
            trusted: None,
            told,
        };
        let (started, start) = std::sync::mpsc::sync_channel(1);
        // The store is asked on the writer's own thread only, where it may wait as it likes.
        let run = move || {
            let found = writer.store.position().map(|position| {
                writer.told.send_replace(position.events);
            });
            let is_there = found.is_ok();
            if started.send(found).is_ok() && is_there {
                writer.run();
            }
        };
        let failed = |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(run)
            .map_err(|error| failed(&error))?;
        start.recv().map_err(|error| failed(&error))??;
        Ok(Arc::new(Self {
            queue: Mutex::new(Some(queue)),
            room: Arc::new(Semaphore::new(config.queue as usize)),
            writer: Mutex::new(Some(thread)),
            events,
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

    /// Puts a command into the queue; the answer comes when its commit is durable. Commands are decided in the order
    /// in which this was called.
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
        queue
            .send(Submission {
                command,
                reply,
                room,
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

    /// Whether the writer still runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.as_ref().is_some_and(|writer| !writer.is_finished())
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
    match &command.act {
        Act::Post(requests) => requests.len().max(1),
        Act::OpenAccounts(accounts) => accounts.len().max(1),
        _ => 1,
    }
}

struct Writer {
    store: Box<dyn Store>,
    clock: SharedClock,
    config: JournalConfig,
    commands: mpsc::UnboundedReceiver<Submission>,
    state: State,
    chain: Chain,
    /// The head row as this writer left it: while it stands so, nobody else has written and the cache is the truth.
    trusted: Option<Position>,
    told: watch::Sender<u64>,
}

impl Writer {
    fn run(mut self) {
        while let Some(first) = self.commands.blocking_recv() {
            let mut total = weight(&first.command);
            let mut batch = vec![first];
            while total < self.config.batch
                && let Ok(next) = self.commands.try_recv()
            {
                total += weight(&next.command);
                batch.push(next);
            }
            self.serve(batch);
        }
    }

    /// Commits a batch and answers it. Where a statement fails, command by command, so that one cannot fail the others.
    fn serve(&mut self, batch: Vec<Submission>) {
        let commands: Vec<&Command> = batch.iter().map(|submission| &submission.command).collect();
        match self.commit(&commands) {
            Ok(answers) => {
                for (submission, answer) in batch.into_iter().zip(answers) {
                    answer_one(submission, Ok(answer));
                }
            }
            Err(StoreError::Statement(_)) if batch.len() > 1 => {
                for submission in batch {
                    self.serve(vec![submission]);
                }
            }
            Err(error) => {
                let fault = fault_of(&error);
                tracing::error!(%error, commands = batch.len(), "a batch was not committed");
                for submission in batch {
                    answer_one(submission, Err(fault));
                }
            }
        }
    }

    fn commit(&mut self, commands: &[&Command]) -> Result<Vec<Answer>, StoreError> {
        let decided = self.decide(commands);
        if decided.is_err() {
            self.store.rollback();
            self.trusted = None;
        }
        let (before, answers) = decided?;
        if !self.state.is_changed() {
            self.store.rollback();
            self.state.keep(self.config.cached_accounts);
            return Ok(answers);
        }
        let mut writes = self.state.writes();
        writes.position.hash = self.chain.hash(
            &before.hash,
            writes.position.batch,
            writes.position.time,
            writes.transfers,
            writes.account_changes,
            writes.events,
        );
        writes.checksums = self.chain.checksums();
        let after = writes.position;
        // Nothing is trusted until the commit has returned.
        self.trusted = None;
        match self.store.commit(&writes) {
            Ok(()) => {}
            Err(StoreError::CommitBroke(reason)) => self.read_back(before, after, reason)?,
            Err(error) => return Err(error),
        }
        self.trusted = Some(after);
        self.state.keep(self.config.cached_accounts);
        self.told.send_replace(after.events);
        Ok(answers)
    }

    fn decide(&mut self, commands: &[&Command]) -> Result<(Position, Vec<Answer>), StoreError> {
        let position = self.store.begin()?;
        if self.trusted != Some(position) {
            let greatest = self.store.greatest_transfer_id()?;
            self.state.forget(greatest);
            self.trusted = Some(position);
        }
        self.state.begin(position, self.clock.now());
        let mut wanted = Wanted::default();
        for command in commands {
            self.state.want(command, &mut wanted);
        }
        // Twice: what is named, then the accounts of the transactions and holds among it.
        for _ in 0..2 {
            if wanted.is_empty() {
                break;
            }
            let loaded = self.store.load(&std::mem::take(&mut wanted))?;
            self.state.take_in(loaded, &mut wanted);
        }
        let answers = commands
            .iter()
            .map(|command| decide(&mut self.state, command))
            .collect();
        Ok((position, answers))
    }

    /// The connection broke during the commit: what became of it is read from the head row, never guessed.
    fn read_back(
        &mut self,
        before: Position,
        after: Position,
        reason: String,
    ) -> Result<(), StoreError> {
        tracing::warn!(
            reason,
            batch = after.batch,
            "a commit broke; reading back what became of it"
        );
        let begun = Instant::now();
        while begun.elapsed() < READ_BACK_FOR {
            match self.store.position() {
                Ok(now) if now == after => return Ok(()),
                Ok(now) if now == before => return Err(StoreError::Unavailable(reason)),
                // Others have written since: the batch row tells.
                Ok(_) => match self.store.batch_hash(after.batch) {
                    Ok(hash) if hash == Some(after.hash) => return Ok(()),
                    Ok(_) => return Err(StoreError::Unavailable(reason)),
                    Err(error) => tracing::warn!(%error, "the batch row could not be read yet"),
                },
                Err(error) => tracing::warn!(%error, "the head row could not be read yet"),
            }
            std::thread::sleep(READ_BACK_PAUSE);
        }
        Err(StoreError::CommitBroke(reason))
    }
}

/// For how long, and how often, the head row is asked for after a broken commit.
const READ_BACK_FOR: Duration = Duration::from_secs(60);
const READ_BACK_PAUSE: Duration = Duration::from_millis(500);

fn answer_one(submission: Submission, answer: Result<Answer, Fault>) {
    let Submission { reply, room, .. } = submission;
    // First the room, so that whoever has an answer finds it.
    drop(room);
    // A caller that went away does not want to know.
    drop(reply.send(answer));
}

fn fault_of(error: &StoreError) -> Fault {
    match error {
        StoreError::Unavailable(_) => Fault::Unavailable,
        StoreError::Full(_) => Fault::Full,
        StoreError::Damaged(_) => Fault::Damaged,
        StoreError::Statement(_) => Fault::Internal,
        StoreError::CommitBroke(_) => Fault::OutcomeUnknown,
    }
}
