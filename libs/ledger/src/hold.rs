//! A hold: money reserved on one account in favour of another.

use money::Currency;

use crate::account::AccountNo;
use crate::transfer::TransferId;

/// How a hold stands. It ends once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum HoldState {
    /// Something is still reserved.
    Open = 0,
    /// Ended by a capture.
    Captured = 1,
    /// Ended by a release.
    Released = 2,
    /// Ended by its deadline.
    Expired = 3,
}

impl HoldState {
    /// The state behind a number of the database.
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        Some(match number {
            0 => Self::Open,
            1 => Self::Captured,
            2 => Self::Released,
            3 => Self::Expired,
            _ => return None,
        })
    }
}

/// A hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// The seq of the transfer that made it.
    pub seq: u64,
    /// The id of the transfer that made it.
    pub id: TransferId,
    /// The organisation.
    pub org: i64,
    /// The account on which it is reserved.
    pub debit: AccountNo,
    /// The account in whose favour.
    pub credit: AccountNo,
    /// The currency.
    pub currency: Currency,
    /// Minor units reserved at first.
    pub amount: i64,
    /// Minor units captured so far.
    pub captured: i64,
    /// Minor units still reserved; 0 once it has ended.
    pub remaining: i64,
    /// How it stands.
    pub state: HoldState,
    /// From when on it can no longer be captured, µs since 1970.
    pub expires_at: Option<i64>,
}

impl Hold {
    /// Whether its deadline has passed.
    #[must_use]
    pub fn is_past_due(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|deadline| now >= deadline)
    }
}
