//! Transfers: what is asked, and the immutable row that a granted request becomes.

use money::Currency;

use crate::account::{AccountId, AccountNo};

/// The id of a transfer as its maker knows it: the 128 bits of a UUID. One id has one effect, for
/// ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferId(pub u128);

/// What a row of the journal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Moves money at once.
    Post = 0,
    /// Reserves money.
    Hold = 1,
    /// Moves part or all of what a hold reserved; the rest stays reserved.
    Capture = 2,
    /// Moves part of what a hold reserved and frees the rest.
    FinalCapture = 3,
    /// Frees what a hold still reserves.
    Release = 4,
    /// Frees what a hold still reserves because its deadline has passed.
    Expire = 5,
}

impl Kind {
    /// The kind behind a number of the database.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Post,
            1 => Self::Hold,
            2 => Self::Capture,
            3 => Self::FinalCapture,
            4 => Self::Release,
            5 => Self::Expire,
            _ => return None,
        })
    }
}

/// Two accounts and an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The id that makes it happen once.
    pub id: TransferId,
    /// The organisation on whose behalf.
    pub org: i64,
    /// The account that gives.
    pub debit: AccountId,
    /// The account that receives.
    pub credit: AccountId,
    /// Minor units, above 0.
    pub amount: i64,
    /// The currency that both accounts must have.
    pub currency: Currency,
    /// What kind of transfer it is, in its maker's words.
    pub code: u16,
}

/// What is asked of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Move money at once.
    Post(Posting),
    /// Reserve money, until `expires_at` (µs since 1970) where that is given.
    Hold {
        /// What to reserve, from where, for whom.
        posting: Posting,
        /// From when on it can no longer be captured; above 0, which in a row stands for no
        /// deadline.
        expires_at: Option<i64>,
    },
    /// Move what a hold reserved.
    Capture {
        /// The id that makes it happen once.
        id: TransferId,
        /// The organisation on whose behalf.
        org: i64,
        /// The hold.
        hold: TransferId,
        /// Minor units; `None`: all that is left. Rows do not tell which of the two was asked for,
        /// so a repeat that says `None` is the same request whatever amount was captured.
        amount: Option<i64>,
        /// Whether to free the rest.
        is_final: bool,
        /// What kind of transfer it is.
        code: u16,
    },
    /// Free what a hold still reserves.
    Release {
        /// The id that makes it happen once.
        id: TransferId,
        /// The organisation on whose behalf.
        org: i64,
        /// The hold.
        hold: TransferId,
    },
    /// Free what a hold still reserves after its deadline.
    Expire {
        /// The id that makes it happen once.
        id: TransferId,
        /// The organisation on whose behalf.
        org: i64,
        /// The hold.
        hold: TransferId,
    },
}

impl Request {
    /// The id that makes it happen once.
    #[must_use]
    pub const fn id(&self) -> TransferId {
        match self {
            Self::Post(posting) | Self::Hold { posting, .. } => posting.id,
            Self::Capture { id, .. } | Self::Release { id, .. } | Self::Expire { id, .. } => *id,
        }
    }

    /// The hold that it names, if any.
    #[must_use]
    pub const fn hold(&self) -> Option<TransferId> {
        match self {
            Self::Post(_) | Self::Hold { .. } => None,
            Self::Capture { hold, .. } | Self::Release { hold, .. } | Self::Expire { hold, .. } => {
                Some(*hold)
            }
        }
    }

    /// The accounts that it names, if any: debit, credit.
    #[must_use]
    pub const fn accounts(&self) -> Option<(AccountId, AccountId)> {
        match self {
            Self::Post(posting) | Self::Hold { posting, .. } => {
                Some((posting.debit, posting.credit))
            }
            Self::Capture { .. } | Self::Release { .. } | Self::Expire { .. } => None,
        }
    }
}

/// A row of the journal: what happened, and where both accounts stood after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Its place in the journal, from 1, without gaps.
    pub seq: u64,
    /// Its id.
    pub id: TransferId,
    /// The time of its batch, µs since 1970; never goes back.
    pub time: i64,
    /// The organisation.
    pub org: i64,
    /// What it does.
    pub kind: Kind,
    /// The account that gives.
    pub debit: AccountNo,
    /// The account that receives.
    pub credit: AccountNo,
    /// Minor units: moved, reserved or freed, as the kind says.
    pub amount: i64,
    /// What kind of transfer it is, in its maker's words.
    pub code: u16,
    /// The seq of the hold that it captures or frees; 0 otherwise.
    pub hold: u64,
    /// For a hold, its deadline (µs since 1970); 0 for none.
    pub expires_at: i64,
    /// The seq of the transfer before in the debit account's history; 0: it is the first.
    pub debit_prev: u64,
    /// The same of the credit account.
    pub credit_prev: u64,
    /// The debit account's balance after it.
    pub debit_balance: i64,
    /// What is held of the debit account after it.
    pub debit_held: i64,
    /// The credit account's balance after it.
    pub credit_balance: i64,
    /// What is held of the credit account after it.
    pub credit_held: i64,
}
