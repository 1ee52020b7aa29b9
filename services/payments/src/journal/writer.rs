//! The writer: commits one batch of commands after the other over a store, and answers what is
//! durable. It runs where it is called, on one thread, and knows nothing of queues: a journal
//! drives it, and so can a simulation, step by step.

use std::sync::Arc;
use std::time::{Duration, Instant};

use payments_core::batch::{HistorySummary, LimitWindow};
use payments_core::batch::{Position, Wanted, Writes};
use payments_core::command::{Answer, Command, Operation};
use payments_core::decide::decide;
use payments_core::hash::Chain;
use payments_core::state::State;
use platform::clock::SharedClock;
use tokio::sync::watch;

use super::JournalConfig;
use super::clock::{ClockGuard, Untrusted};
use super::seen::{Seen, SeenHead};
use super::store::{Store, StoreError};
use crate::journal::Fault;

/// How persistently the head row is asked for what became of a broken commit.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// The most attempts.
    pub max_attempts: u32,
    /// The longest time.
    pub max_elapsed: Duration,
    /// The wait between two attempts.
    pub pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 120,
            max_elapsed: Duration::from_secs(60),
            pause: Duration::from_millis(500),
        }
    }
}

/// Decides and commits batches. A store may have several, in as many processes; each trusts its
/// memory only while the head row is as it left it.
pub struct Writer {
    store: Box<dyn Store>,
    watch: Arc<ClockGuard>,
    cached_accounts: usize,
    retry_policy: RetryPolicy,
    state: State,
    chain: Chain,
    /// The head row as this writer left it: while it stands so, nobody else has written and the
    /// cache is the truth.
    trusted: Option<Position>,
    /// What was committed stays committed: the newest batch that was seen must be in the chain.
    seen: Arc<SeenHead>,
    contention: ContentionBackoff,
    events: watch::Sender<u64>,
    /// How many accepted times this writer knows to be in the store.
    known_acceptances: usize,
}

/// Why a batch was not committed.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Clock(#[from] Untrusted),
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("trusted", &self.trusted)
            .finish_non_exhaustive()
    }
}

impl Writer {
    /// A writer over a store, which has to answer.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn new(
        mut store: Box<dyn Store>,
        clock: SharedClock,
        config: JournalConfig,
    ) -> Result<Self, StoreError> {
        let head = store.position()?;
        let seen = SeenHead::default();
        seen.see(head.batch, head.hash);
        let mut state = State::default();
        state.forget(store.summary(head.batch)?);
        let (events, _) = watch::channel(head.events);
        let watch = ClockGuard::new(clock, config.max_clock_step);
        watch.committed(head.time);
        Ok(Self {
            store,
            watch: Arc::new(watch),
            seen: Arc::new(seen),
            cached_accounts: config.cached_accounts,
            retry_policy: RetryPolicy::default(),
            chain: Chain::default(),
            trusted: None,
            contention: ContentionBackoff::default(),
            events,
            known_acceptances: state.acceptances().count(),
            state,
        })
    }

    /// The same writer, with another retry policy.
    #[must_use]
    pub fn with_retry_policy(self, retry_policy: RetryPolicy) -> Self {
        Self {
            retry_policy,
            ..self
        }
    }

    /// The seq of the last event that was committed; changes wake its readers.
    #[must_use]
    pub fn events(&self) -> watch::Receiver<u64> {
        self.events.subscribe()
    }

    /// The clock, as this writer watches it.
    #[must_use]
    pub fn watch(&self) -> Arc<ClockGuard> {
        self.watch.clone()
    }

    /// The newest batch that was seen committed, and whether it was found to be gone.
    #[must_use]
    pub fn seen(&self) -> Arc<SeenHead> {
        self.seen.clone()
    }

    /// Commits a batch; `answer` gets what became of each command, in order, as soon as that is
    /// durable. Where a statement fails, command by command, so that one cannot fail the others.
    pub fn serve(&mut self, commands: &[Command], answer: &mut dyn FnMut(Result<Answer, Fault>)) {
        let committed = self.commit(commands);
        let is_lost = matches!(&committed, Err(Stopped::Store(StoreError::Lost(_))));
        self.seen.set_lost(is_lost);
        match committed {
            Ok(answers) => answers.into_iter().for_each(answer),
            Err(Stopped::Store(StoreError::Statement(_))) if commands.len() > 1 => {
                for command in commands {
                    self.serve(std::slice::from_ref(command), answer);
                }
            }
            Err(error) => {
                let fault = fault_of(&error);
                tracing::error!(%error, commands = commands.len(), "a batch was not committed");
                commands.iter().for_each(|_| answer(Err(fault)));
            }
        }
    }

    /// Commits a batch. Where it can, from where this writer left the head row, which costs the
    /// fewest round trips; where others write too, holding the head row from the first statement to
    /// the last.
    fn commit(&mut self, commands: &[Command]) -> Result<Vec<Result<Answer, Fault>>, Stopped> {
        if let Some(before) = self.trusted
            && before.batch >= self.seen.newest().batch
            && !self.contention.locks_head()
            && self.store.expect(&before)
        {
            match self.attempt(commands, Some(before)) {
                // Nothing was done: another writer was there, or the connection had died since the
                // batch before.
                Err(Stopped::Store(error @ (StoreError::Moved | StoreError::Unavailable(_)))) => {
                    tracing::debug!(%error, "a batch begins again");
                    self.store.rollback();
                    if matches!(error, StoreError::Moved) {
                        self.contention.grow();
                    }
                }
                // Another node may have accepted the time.
                Err(Stopped::Clock(_)) => {}
                Ok(answers) => {
                    self.contention.reset();
                    return Ok(answers);
                }
                Err(error) => return Err(error),
            }
        }
        self.attempt(commands, None)
    }

    /// Commits a batch that begins where the head row is expected, or else where it is found.
    fn attempt(
        &mut self,
        commands: &[Command],
        expected: Option<Position>,
    ) -> Result<Vec<Result<Answer, Fault>>, Stopped> {
        let accepts = commands
            .iter()
            .any(|it| matches!(it.operation, Operation::AcceptClock { .. }));
        let decided = self.decide(commands, expected, accepts);
        if decided.is_err() {
            self.store.rollback();
            self.trusted = None;
        }
        let (before, answers) = decided?;
        if !self.state.is_changed() {
            self.end_unchanged(expected)?;
            return Ok(answers);
        }
        let mut writes = self.state.writes();
        writes.position.hash = self.chain.hash(&before, &writes);
        writes.checksums = self.chain.checksums();
        let after = writes.position;
        // Nothing is trusted until the commit has returned.
        self.trusted = None;
        match self.store.commit(&writes) {
            Ok(()) => {}
            Err(StoreError::CommitBroke(reason)) => {
                read_back(
                    &mut *self.store,
                    self.retry_policy,
                    &before,
                    &writes,
                    reason,
                )?;
            }
            Err(error) => return Err(error.into()),
        }
        self.trusted = Some(after);
        self.note_head(after);
        if accepts {
            self.known_acceptances = self.state.acceptances().count();
            self.watch.accept();
        }
        self.state.keep(self.cached_accounts);
        self.events.send_replace(after.events);
        Ok(answers)
    }

    /// Answers that change nothing are true, too, only while nobody else has written.
    fn end_unchanged(&mut self, expected: Option<Position>) -> Result<(), StoreError> {
        match expected {
            None => self.store.rollback(),
            Some(before) => {
                self.trusted = None;
                self.store.confirm(&before)?;
                self.trusted = expected;
            }
        }
        self.state.keep(self.cached_accounts);
        Ok(())
    }

    fn decide(
        &mut self,
        commands: &[Command],
        expected: Option<Position>,
        accepts: bool,
    ) -> Result<(Position, Vec<Result<Answer, Fault>>), Stopped> {
        let position = match expected {
            Some(before) => before,
            None => self.store.begin()?,
        };
        if self.trusted != Some(position) || position.batch < self.seen.newest().batch {
            self.reload(position)?;
            self.trusted = Some(position);
        }
        let mut wanted = Wanted::default();
        if accepts {
            let now = self.watch.unchecked();
            let window = LimitWindow::of(now, self.state.acceptances());
            self.state.begin_accepting(position, now);
            let used = self.store.used(&window)?;
            self.state.want_counted(used, &mut wanted);
        } else {
            self.state.begin(position, self.watch.now(position.time)?);
        }
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
        self.state.put_counted();
        let answers = commands
            .iter()
            .map(|command| {
                decide(&mut self.state, command).map_err(|forbidden| {
                    tracing::error!(%forbidden, "a command was not done");
                    Fault::Internal
                })
            })
            .collect();
        Ok((position, answers))
    }

    /// Somebody else has written since, or nothing is known yet: forgets everything, and learns
    /// what it has to know of a store whose head row was found like this.
    fn reload(&mut self, found: Position) -> Result<(), StoreError> {
        let seen = self.seen.newest();
        let summary = self.store.summary(seen.batch)?;
        is_in_chain(seen, &found, &summary)?;
        let accepted = summary.acceptances.count();
        if accepted > self.known_acceptances {
            // By another node, since this one has looked last.
            self.known_acceptances = accepted;
            self.watch.accept();
        }
        self.state.forget(summary);
        self.note_head(found);
        Ok(())
    }

    fn note_head(&mut self, position: Position) {
        self.seen.see(position.batch, position.hash);
        self.watch.committed(position.time);
    }
}

/// The batch that was seen last is in the chain whose head row was found.
fn is_in_chain(seen: Seen, found: &Position, summary: &HistorySummary) -> Result<(), StoreError> {
    let is_there = seen.batch == 0
        || found.batch == seen.batch && found.hash == seen.hash
        || found.batch > seen.batch && summary.batch_hash == Some(seen.hash);
    if is_there {
        return Ok(());
    }
    let hex = |hash| blake3::Hash::from_bytes(hash).to_hex();
    Err(StoreError::Lost(format!(
        "batch {} with the hash {} was committed and is not in the store, whose last is {} with the hash {}: bring back the \
         store that has it, or stop PayFlow and go on with this one by `payflow history accept`",
        seen.batch,
        hex(seen.hash),
        found.batch,
        hex(found.hash)
    )))
}

/// For how many batches a writer holds the head row from the beginning after it met another writer:
/// twice as many each time, until a batch succeeds without.
#[derive(Debug, Default)]
struct ContentionBackoff {
    left: u32,
    last: u32,
}

impl ContentionBackoff {
    /// The longest.
    const MOST: u32 = 64;

    /// Whether the next batch holds the head row; counts it.
    fn locks_head(&mut self) -> bool {
        let locks = self.left > 0;
        self.left = self.left.saturating_sub(1);
        locks
    }

    fn grow(&mut self) {
        self.last = (self.last * 2).clamp(1, Self::MOST);
        self.left = self.last;
    }

    fn reset(&mut self) {
        self.last = 0;
    }
}

/// The connection broke during the commit: what became of it is read from the head row, never
/// guessed.
fn read_back(
    store: &mut dyn Store,
    retry_policy: RetryPolicy,
    before: &Position,
    writes: &Writes<'_>,
    reason: String,
) -> Result<(), StoreError> {
    let batch = writes.position.batch;
    tracing::warn!(
        reason,
        batch,
        "a commit broke; reading back what became of it"
    );
    let begun = Instant::now();
    for attempt in 1..=retry_policy.max_attempts {
        match is_there(store, before, writes) {
            Ok(true) => return Ok(()),
            Ok(false) => return Err(StoreError::Unavailable(reason)),
            Err(error) => tracing::warn!(%error, batch, "it could not be read back yet"),
        }
        if attempt == retry_policy.max_attempts || begun.elapsed() >= retry_policy.max_elapsed {
            break;
        }
        std::thread::sleep(retry_policy.pause);
    }
    Err(StoreError::CommitBroke(reason))
}

/// Whether these writes are in the store.
fn is_there(
    store: &mut dyn Store,
    before: &Position,
    writes: &Writes<'_>,
) -> Result<bool, StoreError> {
    let after = writes.position;
    let now = store.position()?;
    if now == *before {
        return Ok(false);
    }
    // Where others have written since, the batch row tells.
    if now != after && store.batch_hash(after.batch)? != Some(after.hash) {
        return Ok(false);
    }
    // The hash does not cover answers: a batch of another writer's with the same rows may have
    // stored others.
    let wanted = Wanted {
        scopes: writes.answers.iter().map(|answer| answer.scope).collect(),
        ..Wanted::default()
    };
    if wanted.is_empty() {
        return Ok(true);
    }
    let stored = store.load(&wanted)?.answers;
    Ok(writes.answers.iter().all(|answer| {
        stored
            .iter()
            .any(|it| (it.scope, it.body_hash) == (answer.scope, answer.body_hash))
    }))
}

fn fault_of(stopped: &Stopped) -> Fault {
    let error = match stopped {
        Stopped::Clock(_) => return Fault::ClockUntrusted,
        Stopped::Store(error) => error,
    };
    match error {
        StoreError::Unavailable(_) | StoreError::Moved => Fault::Unavailable,
        StoreError::Full(_) => Fault::Full,
        StoreError::Damaged(_) => Fault::Damaged,
        StoreError::Lost(_) => Fault::HistoryLost,
        StoreError::Statement(_) => Fault::Internal,
        StoreError::CommitBroke(_) => Fault::OutcomeUnknown,
    }
}
