//! What the check of the chain adds up, for the checks of the other tables. It reads nothing.

use std::collections::HashMap;

use contracts::payments::TransactionStatus;
use ledger::Fold;
use payments_core::acceptance::Acceptances;
use uuid::Uuid;

/// What the journal adds up to.
pub struct Checked {
    /// The ledger.
    pub fold: Fold,
    /// How many transfers there are.
    pub transfers: u64,
    /// How many holds there are.
    pub hold_count: u64,
    /// Per transaction, by its number less 1: where its timeline ends.
    pub transactions: Vec<Timeline>,
    /// Per wallet, by its account's number: the seq of its last event.
    pub wallets: HashMap<u64, u64>,
    /// What stands on suspense accounts in the place of a deposit, by the transfer's id.
    pub suspended: HashMap<Uuid, Suspended>,
    /// The times that were accepted.
    pub acceptances: Acceptances,
}

/// The end of a transaction's timeline.
#[derive(Debug, Clone, Copy)]
pub struct Timeline {
    /// The seq of the last event.
    pub last: u64,
    /// The state after it.
    pub status: TransactionStatus,
}

/// Where one batch ends.
pub struct Batch {
    /// Its number.
    pub no: u64,
    /// The seq of its last ledger record.
    pub seq: u64,
    /// The seq of its last event.
    pub event: u64,
    /// Its time, µs since 1970.
    pub time: i64,
    /// Its hash.
    pub hash: [u8; 32],
    /// Of its rows, two bytes each.
    pub checksums: Vec<u8>,
}

/// A transfer that enters a deposit on a suspense account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspended {
    /// The id of the account that gives.
    pub debit: Uuid,
    /// The id of the account that receives.
    pub credit: Uuid,
    /// Minor units.
    pub amount: i64,
}
