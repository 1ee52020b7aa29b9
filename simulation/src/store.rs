//! The store between a writer and SQLite: it remembers what each writer attempted, and fails where it was told to. All
//! writers of a simulation share one, in turns.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger::Account;
use payments::journal::sqlite::SqliteStore;
use payments::journal::store::{Loaded, Position, Store, StoreError, Wanted, Writes};
use platform::clock::Timestamp;
use uuid::Uuid;

#[cfg(feature = "planted-bugs")]
use crate::planted::Lies;

/// One batch that a writer began.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub writer: usize,
    /// The time that the writer read.
    pub now: Option<Timestamp>,
    /// The head row that it found.
    pub before: Option<Position>,
    /// The head row that it wanted to write; none where nothing changed or nothing was written.
    pub after: Option<Position>,
    /// The accounts that it wanted to write.
    pub touched: Vec<Uuid>,
    /// Why it failed.
    pub error: Option<String>,
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

/// Something that another writer does before a broken commit is read back.
pub type Intruder = Box<dyn FnOnce() + Send>;

/// The store, and what is to happen to it.
#[derive(Default)]
pub struct Shared {
    /// None while the process is down.
    pub store: Option<SqliteStore>,
    pub faults: Faults,
    pub intruder: Option<Intruder>,
    #[cfg(feature = "planted-bugs")]
    pub lies: Lies,
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
}

impl Handle {
    /// The attempt that is under way.
    fn attempt(&self, change: impl FnOnce(&mut Attempt)) {
        if let Some(attempt) = held(&self.attempts).last_mut() {
            change(attempt);
        }
    }

    fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.attempt(|attempt| attempt.error = Some(error.to_string()));
        }
        result
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
        held(&self.attempts).push(Attempt {
            writer: self.writer,
            now: None,
            before: None,
            after: None,
            touched: Vec::new(),
            error: None,
        });
        let mut shared = held(&self.shared);
        if let Some(error) = shared.faults.begin.take() {
            return Err(error);
        }
        let before = self.noted(shared.store()?.begin())?;
        self.attempt(|attempt| attempt.before = Some(before));
        Ok(before)
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let mut shared = held(&self.shared);
        if let Some(error) = shared.faults.load.take() {
            return Err(error);
        }
        let loaded = self.noted(shared.store()?.load(wanted))?;
        #[cfg(feature = "planted-bugs")]
        let loaded = shared.lies.load(self.writer, loaded);
        Ok(loaded)
    }

    fn greatest_id(&mut self) -> Result<u128, StoreError> {
        held(&self.shared).store()?.greatest_id()
    }

    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        self.attempt(|attempt| {
            attempt.after = Some(writes.position);
            let id = |account: &&Account| Uuid::from_u128(account.id.0);
            attempt.touched = writes.accounts.iter().map(id).collect();
        });
        let mut shared = held(&self.shared);
        let committed = self.noted(shared.commit(writes));
        #[cfg(feature = "planted-bugs")]
        let committed = shared.lies.committed(self.writer, writes, committed);
        committed
    }

    fn rollback(&mut self) {
        if let Ok(store) = held(&self.shared).store() {
            store.rollback();
        }
    }

    fn position(&mut self) -> Result<Position, StoreError> {
        let intruder = held(&self.shared).intruder.take();
        if let Some(intruder) = intruder {
            intruder();
        }
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
