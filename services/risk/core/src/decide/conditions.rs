//! Conditions: what operators have said about a subject, whatever the rules say. It never lifts a
//! sanctions rule.

use contracts::identity::UserId;
use contracts::payments::WalletId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;

/// About whom or what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A user.
    Person(UserId),
    /// A wallet.
    Wallet(WalletId),
    /// Somebody outside: the acquirer's token of a card or bank account.
    Counterparty(String),
    /// A device.
    Device(String),
    /// What the first user gives to the second.
    Pair {
        /// Who gives.
        from: UserId,
        /// Who receives.
        to: UserId,
    },
}

/// In which part the subject is meant.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Where it gives.
    Gives,
    /// Where it receives.
    Receives,
    /// Both.
    Both,
}

/// What is said, the strongest last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// Decline, unless the same subject is allowed.
    BlockSoft,
    /// Let pass what rules and soft blocks would stop.
    Allow,
    /// Decline. It takes two people.
    BlockHard,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Condition {
    /// About whom or what.
    pub subject: Subject,
    /// In which part.
    pub side: Side,
    /// What is said.
    pub kind: ConditionKind,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub author: UserId,
    /// Who agreed; a hard block is in force only with somebody else than its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<UserId>,
    /// From then on.
    #[schema(value_type = String, format = DateTime)]
    pub starts: Timestamp,
    /// Until then; at that moment it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires: Option<Timestamp>,
}

/// One side of a transaction, as far as it is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartySubjects {
    /// The wallet's owner.
    pub person: UserId,
    /// The wallet.
    pub wallet: WalletId,
}

/// Who takes part in a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parties {
    /// Who gives.
    #[serde(default)]
    pub giver: Option<PartySubjects>,
    /// Who receives.
    #[serde(default)]
    pub receiver: Option<PartySubjects>,
    /// The card or bank account outside: it gives where there is no giver, else it receives.
    #[serde(default)]
    pub counterparty: Option<String>,
    /// The device on which it is made; on both sides.
    #[serde(default)]
    pub device: Option<String>,
}
