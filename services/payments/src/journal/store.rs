//! What the journal asks of a database: load what a batch names, write what it changed, in one
//! transaction. The twins `sqlite.rs` and `postgres.rs` answer; neither decides anything.

use ledger::AccountNo;
use payments_core::batch::{HistorySummary, LimitWindow, Loaded, Position, Wanted, Writes};
use payments_core::wallet::Used;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached; nothing was done.
    #[error("the store cannot be reached: {0}")]
    Unavailable(String),
    /// No room left; nothing was done.
    #[error("the store has no room left: {0}")]
    Full(String),
    /// Damaged, foreign or read-only; nothing was done.
    #[error("the store is damaged or read-only: {0}")]
    Damaged(String),
    /// A statement failed; nothing was done.
    #[error("a statement failed: {0}")]
    Statement(String),
    /// What was committed is not there any more: an older or another store is in its place, and
    /// what was asked for may be in the one that is gone.
    #[error("committed history is gone: {0}")]
    Lost(String),
    /// It broke while committing; the head row says what became of it.
    #[error("the commit broke: {0}")]
    CommitBroke(String),
    /// The head row is not where the batch expected it; nothing was done.
    #[error("another writer has moved the head row on; begin the batch again")]
    Moved,
}

/// The accounts of an owner's wallets, of those that are not closed (flag 16). The same text for
/// both engines.
pub const OPEN_WALLETS: &str = "SELECT w.account FROM wallets w JOIN accounts a ON a.no = w.account \
    WHERE w.owner = $1 AND a.flags & 16 = 0";

/// How many wallets an owner ($1) has opened; the count ends at $2. The same text for both engines.
pub const OPENED_WALLETS: &str =
    "SELECT COUNT(*) FROM (SELECT account FROM wallets WHERE owner = $1 LIMIT $2) AS w";

/// The accounts of an owner's ($1) wallets from which something left in a month ($2). The same text
/// for both engines.
pub const SPENT_FROM: &str =
    "SELECT account FROM wallets WHERE owner = $1 AND month = $2 AND month_used > 0";

/// A database under the journal. One batch at a time: `begin` or `expect`, `load`…, then `commit`,
/// `confirm` or `rollback`.
pub trait Store: Send {
    /// Begins a transaction that holds the head row against every other writer, and reads it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn begin(&mut self) -> Result<Position, StoreError>;

    /// Begins a batch where the head row was left, without asking and without holding it: `load`
    /// reads what is committed, and `commit` does nothing unless the head row is still there. False
    /// where the store gains nothing by that: then it has to `begin`.
    fn expect(&mut self, _before: &Position) -> bool {
        false
    }

    /// Loads what a batch names.
    ///
    /// # Errors
    /// [`StoreError`].
    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError>;

    /// What a writer has to know before it trusts its memory again; with the hash of this batch.
    ///
    /// # Errors
    /// [`StoreError`].
    fn summary(&mut self, batch: u64) -> Result<HistorySummary, StoreError>;

    /// What has left those wallets whose day or month lies after this one, counted anew from their
    /// transactions. It reads all transactions of a month, and is asked for only where an operator
    /// has accepted a time.
    ///
    /// # Errors
    /// [`StoreError`].
    fn used(&mut self, window: &LimitWindow) -> Result<Vec<(AccountNo, Used)>, StoreError>;

    /// Writes and commits. When it returns, the batch is durable.
    ///
    /// # Errors
    /// [`StoreError::CommitBroke`] where the outcome has to be read back with `position`; with
    /// every other error nothing was done. [`StoreError::Moved`] only after `expect`.
    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError>;

    /// Ends a batch that was begun with `expect` and writes nothing: what it read is true if nobody
    /// has written since.
    ///
    /// # Errors
    /// [`StoreError::Moved`] where somebody has.
    fn confirm(&mut self, before: &Position) -> Result<(), StoreError> {
        let now = self.begin()?;
        self.rollback();
        if now == *before {
            Ok(())
        } else {
            Err(StoreError::Moved)
        }
    }

    /// Gives the batch up; nothing of it was done.
    fn rollback(&mut self);

    /// Reads the head row on a fresh connection. A commit that broke before is done by then, or
    /// never will be.
    ///
    /// # Errors
    /// [`StoreError`].
    fn position(&mut self) -> Result<Position, StoreError>;

    /// The hash of a batch, if it was committed.
    ///
    /// # Errors
    /// [`StoreError`].
    fn batch_hash(&mut self, batch: u64) -> Result<Option<[u8; 32]>, StoreError>;
}
