//! What the journal is asked to do, and what it answers.

use std::sync::Arc;

use ledger::{AccountTerms, Applied, Refusal, Request};
use money::Currency;
use uuid::Uuid;
use values::Timestamp;

use crate::assessment::Assessment;
use crate::document::Document;
use crate::level::LevelLimits;
use crate::refusal::Refused;
use crate::transaction::{Failure, Instrument};
use crate::wallet::{DepositLimits, Limits};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A user on their own behalf: only their own wallets and transactions exist for them.
    User(Uuid),
    /// A user whose role lets them act on anything of the organisation.
    Operator(Uuid),
    /// PayFlow itself: an import, a deadline.
    System,
    /// The acquirer's answer.
    Acquirer,
}

impl Actor {
    /// The user behind it; nil where it is nobody.
    #[must_use]
    pub const fn user(self) -> Uuid {
        match self {
            Self::User(user) | Self::Operator(user) => user,
            Self::System | Self::Acquirer => Uuid::nil(),
        }
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(user) | Self::Operator(user) => contracts::identity::UserId(*user).fmt(f),
            Self::System => f.write_str("system"),
            Self::Acquirer => f.write_str("acquirer"),
        }
    }
}

/// One request to the journal.
#[derive(Debug, Clone)]
pub struct Command {
    /// The organisation.
    pub org: i64,
    /// Who acts.
    pub actor: Actor,
    /// What makes it happen once.
    pub idempotency: Option<IdempotencyKey>,
    /// The id of the request that asks for it; stored with a refusal.
    pub request_id: Option<Arc<str>>,
    /// What to do.
    pub operation: Operation,
}

/// A caller's idempotency key: 128-bit BLAKE3 digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Of principal, route and key.
    pub scope: u128,
    /// Of the body.
    pub body: u128,
}

/// An operation of the journal.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Open ledger accounts; each on its own.
    OpenAccounts(Vec<NewAccount>),
    /// Apply ledger requests; each on its own, or in atomic chains.
    Post(Vec<ChainedRequest>),
    /// Open a wallet.
    OpenWallet(NewWallet),
    /// Open no wallet for this user from now on; only where each that they have is closed.
    CloseOwner(Uuid),
    /// Change how a wallet stands.
    ChangeWallet {
        /// The wallet.
        wallet: Uuid,
        /// The change.
        change: WalletChange,
    },
    /// Make a transaction.
    Create(NewTransaction),
    /// Capture an authorised payment.
    Capture {
        /// The payment.
        transaction: Uuid,
        /// The id of the ledger transfer.
        id: Uuid,
        /// Minor units; `None`: all that is left.
        amount: Option<i64>,
        /// Whether to free the rest.
        is_final: bool,
    },
    /// Cancel an authorised payment, or what waits for a code or an operator.
    Cancel {
        /// The transaction.
        transaction: Uuid,
        /// The id of the ledger transfer.
        id: Uuid,
    },
    /// Let an authorised payment expire, or what waits for a code or an operator, whose deadline
    /// has passed.
    Expire {
        /// The transaction.
        transaction: Uuid,
        /// The id of the ledger transfer.
        id: Uuid,
    },
    /// Let a transaction go on that waits for a code, which was right.
    Confirm {
        /// The transaction.
        transaction: Uuid,
        /// The id of the ledger transfer, if one is needed.
        id: Uuid,
    },
    /// An operator lets a transaction in review go on, or ends it. Where risk says that it takes
    /// two, the second one who says so decides.
    Review {
        /// The transaction.
        transaction: Uuid,
        /// The id of the ledger transfer, if one is needed.
        id: Uuid,
        /// Whether it may go on.
        approve: bool,
        /// The operator's words.
        reason: String,
    },
    /// Let a ledger hold expire whose deadline has passed.
    ExpireHold {
        /// The hold.
        hold: Uuid,
        /// The id of the ledger transfer.
        id: Uuid,
    },
    /// Give money back.
    Refund {
        /// The payment.
        transaction: Uuid,
        /// The id of the refund.
        id: Uuid,
        /// Minor units; `None`: all that is left.
        amount: Option<i64>,
        /// The maker's words.
        reason: Option<String>,
    },
    /// A payer asks for a refund, or it is answered.
    RefundRequest {
        /// The payment.
        transaction: Uuid,
        /// What is done.
        change: RefundRequestChange,
    },
    /// Take in what became of an instruction to the outside.
    Settle {
        /// The deposit or withdrawal.
        transaction: Uuid,
        /// The id of the ledger transfer, if one is needed.
        id: Uuid,
        /// What became of it.
        outcome: Outcome,
        /// The idempotency scope whose answer waits for this.
        answers: Option<u128>,
    },
    /// An operator says what became of an unresolved transaction; the second one who says so
    /// decides.
    Resolve {
        /// The deposit or withdrawal.
        transaction: Uuid,
        /// The id of the ledger transfer, if one is needed.
        id: Uuid,
        /// Whether the money moved.
        completed: bool,
        /// The operator's words.
        reason: String,
    },
    /// Say that the clock is right now, after it was wrong, or was set: commits go on at its time.
    /// Where the last commit was later, what was committed counts as of now.
    AcceptClock {
        /// The operator's words.
        reason: String,
    },
}

/// What is done about a refund request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefundRequestChange {
    /// The payer asks.
    Ask {
        /// The id of the request.
        id: Uuid,
        /// Minor units; `None`: all that is left.
        amount: Option<i64>,
        /// The payer's words.
        reason: String,
        /// How long it can be answered, in µs.
        lasts: i64,
    },
    /// The payer does not want it any more.
    Withdraw {
        /// The request.
        request: Uuid,
    },
    /// The receiving side will not refund.
    Decline {
        /// The request.
        request: Uuid,
        /// Why.
        reason: String,
    },
    /// The receiving side refunds what was asked for.
    Accept {
        /// The request.
        request: Uuid,
        /// The id of the refund.
        id: Uuid,
    },
}

/// A ledger account to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Its id.
    pub id: Uuid,
    /// Its currency.
    pub currency: Currency,
    /// Its code.
    pub code: u16,
    /// Its terms.
    pub terms: AccountTerms,
}

/// A ledger request; chained to the next one where `linked` is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainedRequest {
    /// The request.
    pub request: Request,
    /// For a hold: how long it lasts from its commit on, in µs; its deadline is set from the
    /// batch's time.
    pub timeout: Option<i64>,
    /// Whether it belongs to one atomic chain with the next.
    pub linked: bool,
}

/// A wallet to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWallet {
    /// Its id.
    pub id: Uuid,
    /// The user it belongs to.
    pub owner: Uuid,
    /// Its currency.
    pub currency: Currency,
    /// What the owner calls it.
    pub label: Option<String>,
    /// What may leave it.
    pub limits: Limits,
    /// The most wallets that its owner may have opened, closed ones included; `None`: no limit.
    pub most: Option<u32>,
}

/// A change of how a wallet stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalletChange {
    /// It sends nothing any more. Where an operator says so, its owner cannot let it go.
    Freeze {
        /// The words of anyone who asks for it.
        reason: Option<String>,
    },
    /// It sends again.
    Unfreeze {
        /// The words of anyone who asks for it.
        reason: Option<String>,
    },
    /// It ends; at zero only.
    Close,
    /// Other limits.
    Limit(Limits),
}

/// A transaction to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTransaction {
    /// Its id.
    pub id: Uuid,
    /// What it does.
    pub what: Movement,
    /// Minor units, above 0.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// The maker's words.
    pub description: Option<String>,
    /// The maker's own id of it.
    pub external_id: Option<String>,
    /// The maker's own data: JSON text of an object.
    pub metadata: Option<String>,
    /// What risk decided; history and what PayFlow makes itself is not assessed.
    pub risk: Option<Assessment>,
    /// What its maker may do by how far their identity is verified; `None`: whatever they like.
    pub level: Option<LevelLimits>,
}

/// What a new transaction moves, between wallets or across the border of PayFlow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Movement {
    /// From one wallet to another.
    Transfer {
        /// Gives.
        from: Uuid,
        /// Receives.
        to: Uuid,
    },
    /// From outside to a wallet. Without an instrument it is history: the money has long arrived.
    Deposit {
        /// Receives.
        to: Uuid,
        /// Where it comes from.
        instrument: Option<Instrument>,
        /// What may be on its way; history has arrived, and is not limited.
        limits: DepositLimits,
    },
    /// From a wallet to the outside.
    Withdrawal {
        /// Gives.
        from: Uuid,
        /// Where it goes.
        instrument: Instrument,
    },
    /// From a wallet to a merchant's.
    Payment {
        /// Gives.
        from: Uuid,
        /// Receives.
        to: Uuid,
        /// For a manual capture: how long the money is held, in µs.
        hold_for: Option<i64>,
    },
}

impl Movement {
    /// For a manual capture: how long the money is held, in µs.
    #[must_use]
    pub const fn hold_for(&self) -> Option<i64> {
        match self {
            Self::Payment { hold_for, .. } => *hold_for,
            Self::Transfer { .. } | Self::Deposit { .. } | Self::Withdrawal { .. } => None,
        }
    }
}

/// What became of an instruction to the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The money moved.
    Completed,
    /// It did not, and will not.
    Failed(Failure),
    /// Nobody knows yet; ask again at this time.
    Unknown {
        /// When to ask again; `None`: only operators can tell.
        ask_at: Option<Timestamp>,
    },
}

/// What a command is answered, once its commit is durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Something was made: how it is.
    Created(Document),
    /// Something was changed or recorded: how it is.
    Done(Document),
    /// Per ledger request, in order.
    Ledger(Vec<Result<Applied, Refusal>>),
    /// Per account, in order.
    Accounts(Vec<Result<ledger::Account, Refusal>>),
    /// Refused; nothing has changed.
    Refused(Refused),
    /// What the first command with the same idempotency key was answered; nothing has changed.
    Replayed(Reply),
}

/// A reply as it is stored under an idempotency key.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Something was made.
    Created(Document),
    /// Something was changed or recorded, or each item of a list has its own result.
    Done(Document),
    /// Refused, by a command that the store has not answered yet.
    Refused {
        /// Why.
        refused: Refused,
        /// The id of the request that was refused.
        request_id: Option<Arc<str>>,
    },
    /// Refused, as a store has it.
    StoredRefusal {
        /// The number that the store has of it.
        status: u16,
        /// The text that the store has of it.
        problem: Arc<str>,
    },
}
