//! Why a command is refused, with the code and the words that the caller gets.

use contracts::payments::TransactionStatus;
use ledger::Refusal as LedgerRefusal;

use crate::level::LevelExceeded;
use crate::total::Total;
use crate::wallet::{FrozenBy, LimitPeriod};

/// A command that is understood and refused; nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The ledger's own refusal.
    #[error(transparent)]
    Ledger(#[from] LedgerRefusal),
    /// No such wallet for this caller.
    #[error("there is no such wallet")]
    WalletNotFound {
        /// The request's field.
        param: &'static str,
    },
    /// No such transaction for this caller.
    #[error("there is no such transaction")]
    TransactionNotFound,
    /// The receiving wallet is frozen or closed.
    #[error("the wallet is {state} and takes no new transactions")]
    WalletNotActive {
        /// The request's field.
        param: &'static str,
        /// `frozen` or `closed`.
        state: &'static str,
    },
    /// The wallet that would give is frozen.
    #[error("the wallet in `from_wallet` is frozen and sends nothing: {}", way_out(*.0))]
    PayerFrozen(FrozenBy),
    /// The wallet that gives is the one that receives.
    #[error("`from_wallet` and `to_wallet` are the same wallet: choose another one to receive")]
    SameWallet,
    /// Its owner cannot let a wallet go that an operator has frozen.
    #[error(
        "an operator has frozen the wallet: only an operator can unfreeze it, so contact support"
    )]
    FrozenByOperator,
    /// The wallet has another currency than the amount.
    #[error("the wallet is in {wallet}, the amount in {amount}")]
    WalletCurrency {
        /// The request's field.
        param: &'static str,
        /// The wallet's currency.
        wallet: &'static str,
        /// The amount's currency.
        amount: &'static str,
    },
    /// The account of anyone who would own the wallet is closed, or about to be.
    #[error(
        "the account is closed or being closed, and has no new wallets; close it again if that did not succeed"
    )]
    OwnerClosed,
    /// Anyone who is to own no wallets any more has one that is not closed.
    #[error("there are open wallets: empty and close each of them first")]
    WalletsOpen,
    /// The user has opened as many wallets as anybody may.
    #[error("a user may open at most {most} wallets, closed ones included: use one that is there")]
    TooManyWallets {
        /// The most.
        most: u32,
    },
    /// More than may leave the wallet.
    #[error("this would exceed the wallet's {} limit; the detail of the wallet shows what is left", period_name(.0))]
    LimitExceeded(LimitPeriod),
    /// More than the user may, as far as their identity is verified.
    #[error("{0}")]
    LevelExceeded(LevelExceeded),
    /// More than may be deposited at once.
    #[error("a single deposit may be at most {most}: deposit less")]
    DepositTooLarge {
        /// The most.
        most: Total,
    },
    /// More than may be on its way to the wallet.
    #[error(
        "at most {most} may be on its way to a wallet, and {pending} already is: deposit less, or wait until some of that has arrived or is freed"
    )]
    TooMuchPending {
        /// The most.
        most: Total,
        /// What is on its way.
        pending: Total,
    },
    /// More than is left of the original.
    #[error("this exceeds what is left to refund of the original")]
    RefundExceedsOriginal,
    /// All of the original has been refunded.
    #[error("all of the original has been refunded")]
    AlreadyReversed,
    /// The transaction's type knows no such act.
    #[error("a transaction of this type cannot be {0}")]
    NotPossibleForType(&'static str),
    /// The transaction's state does not allow it.
    #[error("the transaction is {from}; this needs another state")]
    WrongState {
        /// Where it is.
        from: TransactionStatus,
    },
    /// Only who made the transaction may do this.
    #[error("only who made the transaction may do this")]
    OnlyMaker,
    /// An operator does not review what they take part in.
    #[error(
        "you made this transaction, or a wallet of it is yours: another operator has to decide"
    )]
    OwnCase,
    /// It waited for a code or an operator, and the time for that is over.
    #[error("the time in which this could go on is over: make it again")]
    TransactionExpired,
    /// Only the receiving side may do this.
    #[error("only the receiving side, or an operator, may do this")]
    OnlyReceiver,
    /// Only the receiving side answers a refund request.
    #[error("only the receiving side may answer a refund request: as the payer, withdraw it")]
    OnlyReceiverAnswers,
    /// Only the paying side may do this.
    #[error("only the paying side may do this: as the receiving one, refund it")]
    OnlyPayer,
    /// The payer has asked already.
    #[error("a refund of this payment is asked for already: wait for the answer, or withdraw it")]
    RefundAlreadyRequested,
    /// The payer has asked as often as anybody may.
    #[error(
        "a refund of a payment is asked for at most {most} times: contact the receiving side, or support"
    )]
    TooManyRefundRequests {
        /// The most.
        most: u32,
    },
    /// There is no such request that could be answered.
    #[error("there is no such open refund request: it was answered, withdrawn or has expired")]
    NoOpenRefundRequest,
    /// The same operator cannot decide alone.
    #[error("a second operator has to confirm this")]
    SecondOperatorNeeded,
    /// The maker's own id is taken.
    #[error("this external_id is taken by another transaction of yours")]
    ExternalIdTaken,
    /// The key was used for another body.
    #[error("this idempotency key was used with another body: use a new key for a new request")]
    IdempotencyKeyReused,
}

const fn way_out(frozen_by: FrozenBy) -> &'static str {
    match frozen_by {
        FrozenBy::Owner => "its owner has frozen it and can unfreeze it",
        FrozenBy::Operator => "an operator has frozen it, so contact support",
    }
}

fn period_name(period: &LimitPeriod) -> &'static str {
    match period {
        LimitPeriod::Day => "daily",
        LimitPeriod::Month => "monthly",
    }
}

impl Refused {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ledger(refusal) => refusal.code(),
            Self::WalletNotFound { .. } => "wallet_not_found",
            Self::TransactionNotFound => "transaction_not_found",
            Self::WalletNotActive { state, .. } => {
                if matches!(state.as_bytes(), b"closed") {
                    "account_closed"
                } else {
                    "account_frozen"
                }
            }
            Self::PayerFrozen(_) => LedgerRefusal::AccountFrozen.code(),
            Self::SameWallet => LedgerRefusal::AccountsMustDiffer.code(),
            Self::FrozenByOperator => "frozen_by_operator",
            Self::WalletCurrency { .. } => "currency_mismatch",
            Self::OwnerClosed => "owner_closed",
            Self::WalletsOpen => "wallets_open",
            Self::TooManyWallets { .. } => "too_many_wallets",
            Self::LimitExceeded(_) | Self::LevelExceeded(_) => "limit_exceeded",
            Self::DepositTooLarge { .. } => "deposit_too_large",
            Self::TooMuchPending { .. } => "too_much_pending",
            Self::RefundExceedsOriginal => "refund_exceeds_original",
            Self::AlreadyReversed => "already_reversed",
            Self::NotPossibleForType(_) => "not_possible_for_type",
            Self::WrongState { .. } => "wrong_state",
            Self::OnlyReceiver | Self::OnlyReceiverAnswers | Self::OnlyPayer | Self::OnlyMaker => {
                "forbidden"
            }
            Self::OwnCase => "own_case",
            Self::TransactionExpired => "transaction_expired",
            Self::RefundAlreadyRequested => "refund_already_requested",
            Self::TooManyRefundRequests { .. } => "too_many_refund_requests",
            Self::NoOpenRefundRequest => "no_open_refund_request",
            Self::SecondOperatorNeeded => "second_operator_needed",
            Self::ExternalIdTaken => "external_id_taken",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
        }
    }

    /// The field of the request that is at fault, if one is.
    #[must_use]
    pub const fn param(&self) -> Option<&'static str> {
        match self {
            Self::WalletNotFound { param }
            | Self::WalletNotActive { param, .. }
            | Self::WalletCurrency { param, .. } => Some(param),
            Self::PayerFrozen(_) => Some("from_wallet"),
            Self::SameWallet => Some("to_wallet"),
            Self::Ledger(LedgerRefusal::AmountOverflow | LedgerRefusal::ExceedsHold)
            | Self::RefundExceedsOriginal
            | Self::LimitExceeded(_)
            | Self::LevelExceeded(_)
            | Self::DepositTooLarge { .. }
            | Self::TooMuchPending { .. } => Some("amount"),
            Self::ExternalIdTaken => Some("external_id"),
            Self::IdempotencyKeyReused => Some("Idempotency-Key"),
            Self::Ledger(_)
            | Self::FrozenByOperator
            | Self::TransactionNotFound
            | Self::OwnerClosed
            | Self::WalletsOpen
            | Self::TooManyWallets { .. }
            | Self::AlreadyReversed
            | Self::NotPossibleForType(_)
            | Self::WrongState { .. }
            | Self::OnlyReceiver
            | Self::OnlyReceiverAnswers
            | Self::OnlyPayer
            | Self::OnlyMaker
            | Self::OwnCase
            | Self::TransactionExpired
            | Self::RefundAlreadyRequested
            | Self::TooManyRefundRequests { .. }
            | Self::NoOpenRefundRequest
            | Self::SecondOperatorNeeded => None,
        }
    }
}
