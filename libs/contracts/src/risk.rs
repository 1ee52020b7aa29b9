//! Risk, as other services see it: whether a transaction may pass, what it needs to pass, and why.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::{Timestamp, typed_id};

use crate::identity::{OrgId, UserId};
use crate::notifications::{CodeNotSent, CodeSent};
use crate::payments::{TransactionId, TransactionType, WalletId};

typed_id!(
    /// What was decided about a transaction: `dec_…`.
    DecisionId,
    "dec"
);

/// A wallet that takes part, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// The wallet.
    pub wallet: WalletId,
    /// Its owner.
    pub owner: UserId,
}

/// A transaction that somebody wants to make. No money has moved, and none is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedTransaction {
    /// The organisation.
    pub org: OrgId,
    /// The id that it will have.
    pub id: TransactionId,
    /// What it does.
    pub kind: TransactionType,
    /// Minor units, above 0.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Who gives; none for a deposit.
    pub from: Option<Party>,
    /// Who receives; none for a withdrawal.
    pub to: Option<Party>,
    /// Where the money comes from or goes to outside: the acquirer's token.
    pub instrument: Option<String>,
    /// Who asks for it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// What becomes of a transaction, the mildest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RiskOutcome {
    /// It goes on.
    Approve,
    /// It goes on once its maker has shown by a code that it is them.
    StepUp,
    /// It goes on once an operator has approved it.
    Review,
    /// It does not go on.
    Decline,
}

/// How great the risk is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RiskLevel {
    /// Nothing to speak of.
    Low,
    /// Something was noticed.
    Medium,
    /// Its maker has to show that it is them.
    High,
}

/// One reason of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RiskFactor {
    /// The rule, by its stable code.
    #[schema(example = "amount_over_5000")]
    pub code: String,
    /// What it adds to the score.
    pub points: i32,
    /// What was seen, in words, with the value.
    #[schema(example = "The amount is 15,000.00 USD, above 5,000.00 USD.")]
    pub detail: String,
}

/// What was decided about a transaction, and why. Payments keeps it with the transaction, in the
/// same commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RiskDecision {
    /// Its id.
    pub id: DecisionId,
    /// What becomes of the transaction.
    pub outcome: RiskOutcome,
    /// The sum of all points, not below 0.
    pub score: i32,
    /// How great the risk is.
    pub level: RiskLevel,
    /// Why: what counted, the heaviest first.
    pub factors: Vec<RiskFactor>,
    /// The version of the rules that were asked. 0: none were, since risk could not answer in time.
    pub rule_set: i64,
    /// Whether a review takes two operators.
    #[serde(default)]
    pub needs_two: bool,
    /// How long it took, in µs.
    pub took_us: i64,
}

/// Risk cannot answer now.
#[derive(Debug, thiserror::Error)]
#[error("risk cannot answer now: {0}")]
pub struct RiskUnavailable(pub String);

/// What a code that was typed comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeCheck {
    /// It is right, and cannot be used again.
    Right,
    /// It is wrong; so many tries are left.
    Wrong {
        /// Tries with this code.
        left: u32,
    },
    /// There is no living code for this transaction: it has expired, was used, was tried too
    /// often, or belongs to other terms of the transaction.
    None,
    /// The user has tried too often, whatever the transaction.
    TooMany {
        /// Seconds until they may try again.
        retry_after_s: u32,
    },
}

/// The code that a waiting transaction was last sent, as its maker may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeState {
    /// Where it went; none where none was sent so far.
    pub sent: Option<CodeSent>,
    /// Until when it is good; none where it is not good any more.
    pub expires_at: Option<Timestamp>,
    /// How often it may still be tried; 0 where it is not good any more.
    pub tries_left: u32,
    /// When another one may be sent; none where there will be no more.
    pub resend_at: Option<Timestamp>,
}

/// A waiting transaction, as its maker has to see it in the message with the code: the code is good
/// for these terms only (Commission Delegated Regulation (EU) 2018/389, article 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The organisation.
    pub org: OrgId,
    /// The transaction.
    pub transaction: TransactionId,
    /// Its maker.
    pub user: UserId,
    /// Decimal text in the currency.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Who receives, in words that the payer knows.
    pub payee: String,
}

/// What payments asks of risk.
#[async_trait]
pub trait Risk: Send + Sync + 'static {
    /// Whether a transaction may pass. What is answered counts as on its way until the feed of
    /// payments tells of it, [`Risk::dropped`] is called, or a minute is over: transactions that
    /// are asked about at the same time see one another.
    ///
    /// # Errors
    /// [`RiskUnavailable`].
    async fn assess(&self, proposed: &ProposedTransaction)
    -> Result<RiskDecision, RiskUnavailable>;

    /// A transaction that was asked about was not made.
    fn dropped(&self, transaction: TransactionId);

    /// Makes a new code for a transaction that waits for one, and sends it; the one before is not
    /// good any more.
    ///
    /// # Errors
    /// [`CodeNotSent`]: the code before, if any, stays good.
    async fn send_code(&self, terms: &Terms) -> Result<CodeSent, CodeNotSent>;

    /// The code that a transaction was last sent: where it went, and what it is still good for.
    ///
    /// # Errors
    /// [`RiskUnavailable`].
    async fn code_state(&self, terms: &Terms) -> Result<CodeState, RiskUnavailable>;

    /// Checks a code. Each try counts, also one that is repeated or made at the same time.
    ///
    /// # Errors
    /// [`RiskUnavailable`].
    async fn check_code(&self, terms: &Terms, code: &str) -> Result<CodeCheck, RiskUnavailable>;
}

/// Risk as services hold it.
pub type SharedRisk = Arc<dyn Risk>;

/// What risk asks of payments: what becomes of a transaction that waits for a review.
#[async_trait]
pub trait Reviews: Send + Sync + 'static {
    /// An operator approves or declines it. Where the decision needs two, the first one proposes.
    ///
    /// # Errors
    /// [`NotReviewed`].
    async fn review(&self, review: &Review) -> Result<Reviewed, NotReviewed>;
}

/// An operator's word on a transaction in review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The organisation.
    pub org: OrgId,
    /// The transaction.
    pub transaction: TransactionId,
    /// Who says so.
    pub by: UserId,
    /// Whether it may pass.
    pub approve: bool,
    /// Why.
    pub reason: String,
}

/// What a review came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reviewed {
    /// The transaction has gone on, or has failed.
    Decided,
    /// A second operator has to say the same.
    Proposed,
}

/// A review came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotReviewed {
    /// There is no such transaction, or it does not wait for a review any more.
    #[error("the transaction does not wait for a review")]
    NotWaiting,
    /// The operator made the transaction, gives or receives the money, or has proposed it alone.
    #[error("it takes somebody else")]
    NotYours,
    /// Something else stands against it, such as a wallet that was frozen meanwhile.
    #[error("{0}")]
    Refused(String),
    /// Payments cannot answer now.
    #[error("payments cannot answer now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
