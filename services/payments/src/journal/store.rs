//! What the journal asks of a database: load what a batch names, write what it changed, in one transaction.
//! The twins `sqlite.rs` and `postgres.rs` answer; neither decides anything.

use ledger::{Account, AccountNo, Hold, Transfer};
use uuid::Uuid;

use super::hash::checksum;
use super::survey::{Since, Survey};
use crate::document::Document;
use crate::transaction::Transaction;
use crate::wallet::{Used, Wallet};

/// Where the journal stands: the head row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// The number of the last batch.
    pub batch: u64,
    /// The seq of the last ledger record.
    pub seq: u64,
    /// The number of the last account.
    pub accounts: u64,
    /// The seq of the last event.
    pub events: u64,
    /// The number of the last transaction.
    pub transactions: u64,
    /// The time of the last batch, µs since 1970.
    pub time: i64,
    /// The hash of the last batch, over all before it.
    pub hash: [u8; 32],
}

/// A change of a transaction or a wallet: a row of its timeline and of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the outbox, from 1, without gaps.
    pub seq: u64,
    /// The organisation.
    pub org: i64,
    /// What happened, such as `transaction.completed`.
    pub kind: std::borrow::Cow<'static, str>,
    /// The number of the transaction, if it is one's.
    pub transaction: Option<u64>,
    /// The account of the wallet, if it is one's.
    pub account: Option<AccountNo>,
    /// The seq of the event before in the same timeline. 0: none.
    pub prev: u64,
    /// µs since 1970.
    pub time: i64,
    /// Who did it.
    pub actor: String,
    /// The state before.
    pub from: Option<i64>,
    /// The state after.
    pub to: Option<i64>,
    /// Why.
    pub reason: Option<String>,
    /// JSON text: of a wallet, how it was then; of a transaction, what [`EventData`](crate::document::EventData) says.
    pub data: std::sync::Arc<str>,
}

/// The stored answer to a request with an idempotency key.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAnswer {
    /// The digest of principal, route and key.
    pub scope: u128,
    /// The organisation.
    pub org: i64,
    /// The digest of the body.
    pub body_hash: u128,
    /// The HTTP status.
    pub status: u16,
    /// The event that left the document so that is the answer…
    pub event: Option<u64>,
    /// …or the answer itself. A loaded one is always filled, from the event where there is one.
    pub body: Option<Document>,
    /// µs since 1970.
    pub created_at: i64,
}

impl StoredAnswer {
    /// The text that its own row holds: what an event already says is not stored twice.
    #[must_use]
    pub fn own_body(&self) -> Option<&str> {
        match &self.body {
            Some(Document::Text(text)) if self.event.is_none() => Some(text),
            _ => None,
        }
    }

    /// Over what its row holds, so that damage is found.
    #[must_use]
    pub fn checksum(&self) -> i64 {
        let body = self.own_body().unwrap_or_default();
        let mut bytes = Vec::with_capacity(64 + body.len());
        bytes.extend(self.scope.to_le_bytes());
        bytes.extend(self.body_hash.to_le_bytes());
        bytes.extend(self.org.to_le_bytes());
        bytes.extend(self.event.unwrap_or_default().to_le_bytes());
        bytes.extend(self.created_at.to_le_bytes());
        bytes.extend(u64::from(self.status).to_le_bytes());
        bytes.extend(body.as_bytes());
        checksum(&bytes).cast_signed()
    }
}

/// A maker's own id of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId {
    /// The maker.
    pub owner: Uuid,
    /// The id.
    pub text: String,
}

/// What a batch names. Duplicates are allowed.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Accounts by id; a wallet comes with its account.
    pub accounts: Vec<Uuid>,
    /// Accounts by number; a wallet comes with its account.
    pub account_nos: Vec<AccountNo>,
    /// Users: those of their wallets that are not closed.
    pub owners: Vec<Uuid>,
    /// Users: how many wallets they have opened, counted up to so many.
    pub opened: Vec<(Uuid, u32)>,
    /// Transfers by id.
    pub transfers: Vec<Uuid>,
    /// Holds by the id of the transfer that made them.
    pub holds: Vec<Uuid>,
    /// Transactions by id.
    pub transactions: Vec<Uuid>,
    /// Makers' ids.
    pub external_ids: Vec<ExternalId>,
    /// Idempotency scopes.
    pub scopes: Vec<u128>,
}

impl Wanted {
    /// Whether nothing is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.account_nos.is_empty()
            && self.owners.is_empty()
            && self.opened.is_empty()
            && self.transfers.is_empty()
            && self.holds.is_empty()
            && self.transactions.is_empty()
            && self.external_ids.is_empty()
            && self.scopes.is_empty()
    }
}

/// What the store has of it.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Accounts.
    pub accounts: Vec<Account>,
    /// The wallets among them.
    pub wallets: Vec<Wallet>,
    /// How many wallets users have opened.
    pub opened: Vec<(Uuid, u64)>,
    /// Transfers.
    pub transfers: Vec<Transfer>,
    /// Holds.
    pub holds: Vec<Hold>,
    /// Transactions.
    pub transactions: Vec<Transaction>,
    /// Makers' ids that are taken.
    pub external_ids: Vec<ExternalId>,
    /// Stored answers.
    pub answers: Vec<StoredAnswer>,
}

/// What a batch changed. Rows that exist are replaced, by their key.
#[derive(Debug)]
pub struct Writes<'a> {
    /// The head row from now on.
    pub position: Position,
    /// Two bytes for each new record and event, in the order of the hash.
    pub checksums: &'a [u8],
    /// New ledger rows.
    pub transfers: &'a [Transfer],
    /// New account records.
    pub account_changes: &'a [ledger::AccountChange],
    /// Accounts opened or changed: their sums. What is agreed about them is the last of their account changes.
    pub accounts: Vec<&'a Account>,
    /// New marks in their histories.
    pub marks: &'a [ledger::Mark],
    /// Holds made or changed.
    pub holds: Vec<&'a Hold>,
    /// Wallets opened or changed.
    pub wallets: Vec<&'a Wallet>,
    /// Transactions made or changed.
    pub transactions: Vec<&'a Transaction>,
    /// Makers' ids taken, each with its transaction's number and organisation.
    pub external_ids: &'a [(ExternalId, u64, i64)],
    /// New events.
    pub events: &'a [Event],
    /// New answers; one whose scope exists replaces it.
    pub answers: Vec<&'a StoredAnswer>,
}

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
    /// What was committed is not there any more: an older or another store is in its place, and what was asked for may be in
    /// the one that is gone.
    #[error("committed history is gone: {0}")]
    Lost(String),
    /// It broke while committing; the head row says what became of it.
    #[error("the commit broke: {0}")]
    CommitBroke(String),
    /// The head row is not where the batch expected it; nothing was done.
    #[error("another writer has moved the head row on; begin the batch again")]
    Moved,
}

/// The accounts of an owner's wallets, of those that are not closed (flag 16). The same text for both engines.
pub const OPEN_WALLETS: &str = "SELECT w.account FROM wallets w JOIN accounts a ON a.no = w.account \
    WHERE w.owner = $1 AND a.flags & 16 = 0";

/// How many wallets an owner ($1) has opened; the count ends at $2. The same text for both engines.
pub const OPENED_WALLETS: &str =
    "SELECT COUNT(*) FROM (SELECT account FROM wallets WHERE owner = $1 LIMIT $2) AS w";

/// A database under the journal. One batch at a time: `begin` or `expect`, `load`…, then `commit`, `confirm` or `rollback`.
pub trait Store: Send {
    /// Begins a transaction that holds the head row against every other writer, and reads it.
    ///
    /// # Errors
    /// [`StoreError`].
    fn begin(&mut self) -> Result<Position, StoreError>;

    /// Begins a batch where the head row was left, without asking and without holding it: `load` reads what is committed,
    /// and `commit` does nothing unless the head row is still there. False where the store gains nothing by that: then it
    /// has to `begin`.
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
    fn survey(&mut self, batch: u64) -> Result<Survey, StoreError>;

    /// What has left those wallets whose day or month lies after this one, counted anew from their transactions. It reads all
    /// transactions of a month, and is asked for only where an operator has accepted a time.
    ///
    /// # Errors
    /// [`StoreError`].
    fn used(&mut self, since: &Since) -> Result<Vec<(AccountNo, Used)>, StoreError>;

    /// Writes and commits. When it returns, the batch is durable.
    ///
    /// # Errors
    /// [`StoreError::CommitBroke`] where the outcome has to be read back with `position`; with every other error nothing was done.
    /// [`StoreError::Moved`] only after `expect`.
    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError>;

    /// Ends a batch that was begun with `expect` and writes nothing: what it read is true if nobody has written since.
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

    /// Reads the head row on a fresh connection. A commit that broke before is done by then, or never will be.
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
