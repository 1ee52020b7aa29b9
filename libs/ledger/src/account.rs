//! An account: its four sums, its terms, and what follows from them. It never moves money by
//! itself.

use money::Currency;

/// The id of an account as its owner knows it: the 128 bits of a UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(pub u128);

/// The number of an account within its journal, from 1, in order of opening. Rows refer to accounts
/// by it, because it is a few bytes where an id is sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AccountNo(pub u64);

/// What an account must or must not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u16);

impl Flags {
    /// Its debits may not exceed its credits (and the overdraft limit): every wallet, every
    /// liability.
    pub const DEBITS_MUST_NOT_EXCEED_CREDITS: Self = Self(1);
    /// Its credits may not exceed its debits (and the overdraft limit): an asset that cannot go
    /// negative.
    pub const CREDITS_MUST_NOT_EXCEED_DEBITS: Self = Self(2);
    /// Takes no new debits.
    pub const FROZEN_DEBIT: Self = Self(4);
    /// Takes no new credits.
    pub const FROZEN_CREDIT: Self = Self(8);
    /// Takes nothing any more, for ever.
    pub const CLOSED: Self = Self(16);
    /// Belongs to the house, not to an owner.
    pub const SYSTEM: Self = Self(32);
    /// Its owner has frozen it, and may let it go again. The ledger only keeps it.
    pub const FROZEN_BY_OWNER: Self = Self(64);
    /// An operator has frozen it. The ledger only keeps it; what is frozen by neither of the two
    /// was frozen by an operator before this flag was there.
    pub const FROZEN_BY_OPERATOR: Self = Self(128);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set less the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `other` is set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What is agreed about an account; changed only by an [`AccountChange`], never by a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountTerms {
    /// What it must or must not do.
    pub flags: Flags,
    /// How far the limited side may exceed the other, in minor units; 0 or more.
    pub overdraft_limit: i64,
    /// The most that credits, pending ones included, may exceed debits by, in minor units.
    pub max_balance: Option<i64>,
}

/// An account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub no: AccountNo,
    /// Its id.
    pub id: AccountId,
    /// The organisation that it belongs to. Accounts of different organisations do not see each
    /// other.
    pub org: i64,
    /// Its one currency.
    pub currency: Currency,
    /// What kind of account it is, in its owner's chart of accounts.
    pub code: u16,
    /// What is agreed about it.
    pub terms: AccountTerms,
    /// Σ of debits that are final, in minor units.
    pub debits_posted: i64,
    /// Σ of credits that are final, in minor units.
    pub credits_posted: i64,
    /// Σ of open holds against it, in minor units.
    pub debits_pending: i64,
    /// Σ of open holds in its favour, in minor units.
    pub credits_pending: i64,
    /// The seq of the last transfer that touched it: the head of its history. 0: none.
    pub last_seq: u64,
    /// How many transfers touched it.
    pub entries: u64,
    /// The time of opening, µs since 1970.
    pub opened_at: i64,
}

impl Account {
    /// Credits less debits that are final: what a wallet holds. Negative for accounts that owe.
    ///
    /// Both sums are between 0 and `i64::MAX`, so the difference always exists.
    #[must_use]
    pub const fn balance(&self) -> i64 {
        self.credits_posted.saturating_sub(self.debits_posted)
    }

    /// What open holds keep from being spent.
    #[must_use]
    pub const fn held(&self) -> i64 {
        self.debits_pending
    }

    /// What can be spent: the balance less what is held. The overdraft is not counted in.
    #[must_use]
    pub const fn available(&self) -> i64 {
        self.balance().saturating_sub(self.debits_pending)
    }

    /// Whether nothing is left on it and nothing open touches it.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.balance() == 0 && self.debits_pending == 0 && self.credits_pending == 0
    }
}

/// How many entries of an account lie between two [`Mark`]s of it.
pub const ENTRIES_PER_MARK: u64 = 256;

/// Every [`ENTRIES_PER_MARK`]th entry of an account: where a walk along its history to a time in
/// the past may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The account.
    pub account: AccountNo,
    /// The time of the entry, µs since 1970.
    pub time: i64,
    /// The seq of the transfer.
    pub seq: u64,
}

/// A change of what is agreed about an account, the opening included: a record of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountChange {
    /// Its place in the journal.
    pub seq: u64,
    /// The time of its batch, µs since 1970.
    pub time: i64,
    /// The account.
    pub no: AccountNo,
    /// Its id.
    pub id: AccountId,
    /// Its organisation.
    pub org: i64,
    /// Its currency.
    pub currency: Currency,
    /// Its code.
    pub code: u16,
    /// The terms from here on.
    pub terms: AccountTerms,
}
