//! The store between a writer and SQLite: it remembers what each writer attempted, and fails where
//! it was told to. All writers of a simulation share one, in turns. Where it may, it lets a writer
//! begin where that left the head row, as the store on PostgreSQL does: nothing is held until the
//! commit, which looks whether the head row is still there.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger::{Account, AccountNo};
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::{Store, StoreError};
use payments_core::batch::{HistorySummary, LimitWindow};
use payments_core::batch::{Loaded, Position, Wanted, Writes};
use payments_core::wallet::Used;
use uuid::Uuid;
use values::Timestamp;

#[cfg(feature = "planted-bugs")]
use crate::planted::FaultyStore;

/// One batch that a writer began.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub writer: usize,
    /// The time that the writer read.
    pub now: Option<Timestamp>,
    /// By how much the clock had been set then.
    pub ahead: i64,
    /// Whether it began where its writer had left the head row.
    pub expects: bool,
    /// The head row that it found; where it expected one, only when that was proved.
    pub before: Option<Position>,
    /// The head row that it wanted to write; none where nothing changed or nothing was written.
    pub after: Option<Position>,
    /// The accounts that it wanted to write.
    pub touched: Vec<Uuid>,
    /// Why it failed.
    pub error: Option<String>,
    /// Whether that may be because somebody else was there, or a connection was not.
    may_begin_again: bool,
    /// Whether it did nothing, and its writer began again.
    pub is_given_up: bool,
}

impl Attempt {
    const fn of(writer: usize, expects: bool) -> Self {
        Self {
            writer,
            now: None,
            ahead: 0,
            expects,
            before: None,
            after: None,
            touched: Vec::new(),
            error: None,
            may_begin_again: false,
            is_given_up: false,
        }
    }
}

/// What becomes of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// What the disk makes of it.
    Fine,
    /// A statement fails.
    Statement,
    /// The store cannot be reached.
    Unavailable,
    /// It has no room.
    Full,
    /// It breaks, and was done.
    BrokeDone,
    /// It breaks, and was not done.
    BrokeUndone,
}

/// Where the store fails, until it is told otherwise. What the disk does comes on top.
#[derive(Debug, Default)]
pub struct Faults {
    pub begin: Option<StoreError>,
    pub load: Option<StoreError>,
    /// Of the commits to come, one each.
    pub commits: VecDeque<Commit>,
    /// How often the head row cannot be read back.
    pub positions: u32,
    /// How often the batch row cannot be read back.
    pub batch_hashes: u32,
}

/// When another writer does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interleaving {
    /// Between what a batch reads and its commit, where it does not hold the head row.
    BeforeTheCommit,
    /// Between a broken commit and the look at what became of it.
    BeforeTheReadBack,
}

/// What another writer does then.
pub type OtherWriter = Box<dyn FnOnce() + Send>;

/// The store, and what is to happen to it.
#[derive(Default)]
pub struct Shared {
    /// None while the process is down.
    pub store: Option<SqliteStore>,
    pub faults: Faults,
    pub intruder: Option<(Interleaving, OtherWriter)>,
    #[cfg(feature = "planted-bugs")]
    pub lies: FaultyStore,
}

/// A lock; a panic elsewhere fails the simulation anyway.
pub fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn store(&mut self) -> Result<&mut SqliteStore, StoreError> {
        self.store
            .as_mut()
            .ok_or_else(|| StoreError::Unavailable("the process is down".to_owned()))
    }

    /// Reads accounts past all faults but those of the disk.
    pub fn accounts(&mut self, ids: Vec<Uuid>) -> Result<Vec<Account>, StoreError> {
        let wanted = Wanted {
            accounts: ids,
            ..Wanted::default()
        };
        Ok(self.store()?.load(&wanted)?.accounts)
    }

    /// Reads the head row past all faults but those of the disk.
    pub fn head(&mut self) -> Result<Position, StoreError> {
        self.store()?.position()
    }

    /// Holds the head row, if it is where it is expected.
    fn hold(&mut self, before: &Position) -> Result<(), StoreError> {
        if let Some(error) = self.faults.begin.take() {
            return Err(error);
        }
        let found = self.store()?.begin()?;
        if found == *before || self.leaves_out_the_fence() {
            return Ok(());
        }
        self.store()?.rollback();
        Err(StoreError::Moved)
    }

    #[cfg(not(feature = "planted-bugs"))]
    const fn leaves_out_the_fence(&self) -> bool {
        false
    }

    #[cfg(feature = "planted-bugs")]
    fn leaves_out_the_fence(&self) -> bool {
        self.lies.leave_out_the_fence()
    }

    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let fault = self.faults.commits.pop_front().unwrap_or(Commit::Fine);
        match fault {
            Commit::Fine => self.really_commit(writes),
            Commit::BrokeDone => {
                self.really_commit(writes)?;
                Err(StoreError::CommitBroke("simulated, done".to_owned()))
            }
            _ => {
                self.store()?.rollback();
                Err(match fault {
                    Commit::Unavailable => StoreError::Unavailable("simulated".to_owned()),
                    Commit::Full => StoreError::Full("simulated".to_owned()),
                    Commit::BrokeUndone => StoreError::CommitBroke("simulated, undone".to_owned()),
                    _ => StoreError::Statement("simulated".to_owned()),
                })
            }
        }
    }

    #[cfg(not(feature = "planted-bugs"))]
    fn really_commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        self.store()?.commit(writes)
    }

    #[cfg(feature = "planted-bugs")]
    fn really_commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let lies = std::mem::take(&mut self.lies);
        let committed = self.store().and_then(|store| lies.commit(store, writes));
        self.lies = lies;
        committed
    }
}

/// A writer's way to the store.
pub struct Handle {
    pub writer: usize,
    pub shared: Arc<Mutex<Shared>>,
    pub attempts: Arc<Mutex<Vec<Attempt>>>,
    /// Whether a batch may begin where its writer left the head row.
    pub expects: bool,
    /// Where the batch expects the head row; none where it holds it.
    pub expected: Option<Position>,
}

impl Handle {
    /// The attempt that is under way.
    fn attempt(&self, change: impl FnOnce(&mut Attempt)) {
        let mut attempts = held(&self.attempts);
        let own = attempts.iter_mut().rfind(|it| it.writer == self.writer);
        if let Some(attempt) = own {
            change(attempt);
        }
    }

    fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.attempt(|attempt| {
                attempt.error = Some(error.to_string());
                attempt.may_begin_again = matches!(
                    error,
                    StoreError::Moved | StoreError::Unavailable(_) | StoreError::CommitBroke(_)
                );
            });
        }
        result
    }

    /// Lets another writer do something now, if it wants to.
    fn give_way(&self, now: Interleaving) {
        let mut shared = held(&self.shared);
        if let Some((_, intruder)) = shared.intruder.take_if(|(moment, _)| *moment == now) {
            drop(shared);
            intruder();
        }
    }

    /// Holds the head row for a batch that expected it here. Anyone who was there in between was
    /// there before.
    fn hold(&self, before: Position) -> Result<(), StoreError> {
        self.give_way(Interleaving::BeforeTheCommit);
        let mut attempts = held(&self.attempts);
        if let Some(own) = attempts.iter().rposition(|it| it.writer == self.writer) {
            attempts[own..].rotate_left(1);
        }
        drop(attempts);
        self.noted(held(&self.shared).hold(&before))?;
        self.attempt(|attempt| attempt.before = Some(before));
        Ok(())
    }
}

fn failed(times: &mut u32) -> Result<(), StoreError> {
    if *times == 0 {
        return Ok(());
    }
    *times -= 1;
    Err(StoreError::Unavailable("simulated".to_owned()))
}

impl Store for Handle {
    fn begin(&mut self) -> Result<Position, StoreError> {
        self.expected = None;
        held(&self.attempts).push(Attempt::of(self.writer, false));
        let mut shared = held(&self.shared);
        if let Some(error) = shared.faults.begin.take() {
            return Err(error);
        }
        let before = self.noted(shared.store()?.begin())?;
        self.attempt(|attempt| attempt.before = Some(before));
        Ok(before)
    }

    fn expect(&mut self, before: &Position) -> bool {
        if self.expects {
            held(&self.attempts).push(Attempt::of(self.writer, true));
            self.expected = Some(*before);
        }
        self.expects
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let mut shared = held(&self.shared);
        if let Some(error) = shared.faults.load.take() {
            return self.noted(Err(error));
        }
        let loaded = self.noted(shared.store().and_then(|store| store.load(wanted)))?;
        #[cfg(feature = "planted-bugs")]
        let loaded = shared.lies.load(self.writer, loaded);
        Ok(loaded)
    }

    fn summary(&mut self, batch: u64) -> Result<HistorySummary, StoreError> {
        self.noted(held(&self.shared).store()?.summary(batch))
    }

    fn used(&mut self, since: &LimitWindow) -> Result<Vec<(AccountNo, Used)>, StoreError> {
        self.noted(held(&self.shared).store()?.used(since))
    }

    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        self.attempt(|attempt| {
            attempt.after = Some(writes.position);
            let id = |account: &&Account| Uuid::from_u128(account.id.0);
            attempt.touched = writes.accounts.iter().map(id).collect();
        });
        if let Some(before) = self.expected.take() {
            self.hold(before)?;
        }
        let mut shared = held(&self.shared);
        let committed = self.noted(shared.commit(writes));
        #[cfg(feature = "planted-bugs")]
        let committed = shared.lies.committed(self.writer, writes, committed);
        committed
    }

    fn confirm(&mut self, before: &Position) -> Result<(), StoreError> {
        self.expected = None;
        self.hold(*before)?;
        self.rollback();
        Ok(())
    }

    fn rollback(&mut self) {
        self.attempt(|attempt| {
            // Without a look at the store, the clock was not to be trusted.
            let not_begun = attempt.before.is_none() && attempt.error.is_none();
            attempt.is_given_up = attempt.expects && (attempt.may_begin_again || not_begun);
        });
        if let Ok(store) = held(&self.shared).store() {
            store.rollback();
        }
    }

    fn position(&mut self) -> Result<Position, StoreError> {
        self.give_way(Interleaving::BeforeTheReadBack);
        let mut shared = held(&self.shared);
        failed(&mut shared.faults.positions)?;
        shared.store()?.position()
    }

    fn batch_hash(&mut self, batch: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let mut shared = held(&self.shared);
        failed(&mut shared.faults.batch_hashes)?;
        shared.store()?.batch_hash(batch)
    }
}
