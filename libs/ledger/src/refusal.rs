//! Why a request is refused: stable codes, in the one order in which they are checked.

/// A request that is understood and refused. The order of the variants is the order of the checks:
/// where several apply, the first is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refusal {
    /// The id was used before for something else.
    #[error("this id was used before for a transfer with other fields: use a new id")]
    IdExistsWithDifferentFields,
    /// Debit and credit account are the same.
    #[error("debit and credit account are the same")]
    AccountsMustDiffer,
    /// The amount is 0 or less.
    #[error("the amount must be above zero")]
    AmountMustBePositive,
    /// A sum would leave 64 bits.
    #[error("the amount is too large for the account's sums")]
    AmountOverflow,
    /// An account has another currency.
    #[error("an account has another currency than the transfer")]
    CurrencyMismatch,
    /// There is no such account to debit.
    #[error("there is no such account to debit")]
    DebitAccountNotFound,
    /// There is no such account to credit.
    #[error("there is no such account to credit")]
    CreditAccountNotFound,
    /// An account is frozen on the side in question.
    #[error("an account is frozen")]
    AccountFrozen,
    /// An account is closed.
    #[error("an account is closed")]
    AccountClosed,
    /// The account would fall below its limit, holds included.
    #[error("the available balance is not enough")]
    InsufficientFunds,
    /// The account would rise above its highest balance.
    #[error("the receiving account would exceed its highest balance")]
    MaxBalanceExceeded,
    /// There is no such hold.
    #[error("there is no such hold")]
    HoldNotFound,
    /// The hold has been captured whole.
    #[error("the hold has been captured")]
    HoldAlreadyCaptured,
    /// The hold has been released.
    #[error("the hold has been released")]
    HoldAlreadyReleased,
    /// The hold's deadline has passed.
    #[error("the hold has expired")]
    HoldExpired,
    /// The hold's deadline has not passed yet, or it has none.
    #[error("the hold has not expired yet")]
    HoldNotExpired,
    /// More than the hold still reserves.
    #[error("the amount exceeds what the hold still reserves")]
    ExceedsHold,
    /// Something is left on the account or open on it.
    #[error(
        "the account is not empty: bring its balance to zero, and wait until what is on its way to or from it has arrived or is freed"
    )]
    AccountNotEmpty,
    /// The id of an account is taken.
    #[error("this id was used before for another account: use a new id")]
    AccountExistsWithDifferentFields,
    /// Another member of the same atomic chain was refused.
    #[error("another transfer of the same chain was refused")]
    LinkedTransferFailed,
}

impl Refusal {
    /// All refusals in the order of the checks.
    pub const ALL: [Self; 20] = [
        Self::IdExistsWithDifferentFields,
        Self::AccountsMustDiffer,
        Self::AmountMustBePositive,
        Self::AmountOverflow,
        Self::CurrencyMismatch,
        Self::DebitAccountNotFound,
        Self::CreditAccountNotFound,
        Self::AccountFrozen,
        Self::AccountClosed,
        Self::InsufficientFunds,
        Self::MaxBalanceExceeded,
        Self::HoldNotFound,
        Self::HoldAlreadyCaptured,
        Self::HoldAlreadyReleased,
        Self::HoldExpired,
        Self::HoldNotExpired,
        Self::ExceedsHold,
        Self::AccountNotEmpty,
        Self::AccountExistsWithDifferentFields,
        Self::LinkedTransferFailed,
    ];

    /// The stable code of the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::IdExistsWithDifferentFields => "id_exists_with_different_fields",
            Self::AccountsMustDiffer => "accounts_must_differ",
            Self::AmountMustBePositive => "amount_must_be_positive",
            Self::AmountOverflow => "amount_overflow",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::DebitAccountNotFound => "debit_account_not_found",
            Self::CreditAccountNotFound => "credit_account_not_found",
            Self::AccountFrozen => "account_frozen",
            Self::AccountClosed => "account_closed",
            Self::InsufficientFunds => "insufficient_funds",
            Self::MaxBalanceExceeded => "max_balance_exceeded",
            Self::HoldNotFound => "hold_not_found",
            Self::HoldAlreadyCaptured => "hold_already_captured",
            Self::HoldAlreadyReleased => "hold_already_released",
            Self::HoldExpired => "hold_expired",
            Self::HoldNotExpired => "hold_not_expired",
            Self::ExceedsHold => "exceeds_hold",
            Self::AccountNotEmpty => "account_not_empty",
            Self::AccountExistsWithDifferentFields => "account_exists_with_different_fields",
            Self::LinkedTransferFailed => "linked_transfer_failed",
        }
    }
}
