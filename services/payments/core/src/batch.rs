//! What a batch reads from a store and writes to it: rows as data, whatever database holds them. It
//! neither reads nor writes.

use std::sync::Arc;

use ledger::{Account, AccountNo, Hold, Transfer};
use uuid::Uuid;
use values::Timestamp;

use crate::acceptance::Acceptances;
use crate::command::Reply;
use crate::transaction::Transaction;
use crate::wallet::Wallet;

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
    /// JSON text: of a wallet, how it was then; of a transaction, what
    /// [`EventData`](crate::document::EventData) says.
    pub data: Arc<str>,
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
    /// The event that left the document of the reply; `None` where the reply is text of its own.
    pub event: Option<u64>,
    /// The reply.
    pub reply: Reply,
    /// µs since 1970.
    pub created_at: i64,
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
    /// Users, each with a month: those of their wallets from which something left in it.
    pub spenders: Vec<(Uuid, i64)>,
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
            && self.spenders.is_empty()
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
    /// From which wallets of users something left in a month.
    pub spent: Vec<(Uuid, Vec<AccountNo>)>,
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
    /// Accounts opened or changed: their sums. What is agreed about them is the last of their
    /// account changes.
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

/// What a writer has to know of a store's history before it trusts its memory.
#[derive(Debug, Clone, Default)]
pub struct HistorySummary {
    /// The greatest id of a transfer or transaction: none above it can exist.
    pub greatest_id: u128,
    /// The hash of the batch that was asked for, if it was committed.
    pub batch_hash: Option<[u8; 32]>,
    /// The times that were accepted.
    pub acceptances: Acceptances,
}

/// The day and the month in which what leaves a wallet is counted against its limits.
#[derive(Debug, Clone, Copy)]
pub struct LimitWindow {
    /// The time whose day and month it is.
    pub time: Timestamp,
    /// The numbers of the last transactions that count as made before that day, and before that
    /// month.
    pub last_before: [u64; 2],
}

impl LimitWindow {
    /// The day and the month of a time.
    #[must_use]
    pub fn of(time: Timestamp, acceptances: &Acceptances) -> Self {
        let begun = [time.start_of_day(), time.start_of_month()];
        Self {
            time,
            last_before: begun.map(|at| acceptances.last_transaction_before(at)),
        }
    }
}
