//! What cases are about, what they may come to, and the reasons that operators give.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Declares names that the API and the database share.
macro_rules! names {
    ($name:ident: $($variant:ident = $text:literal),+ $(,)?) => {
        impl $name {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in the API and in the database.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The one with this name.
            pub(crate) fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }
    };
}

/// Where a case waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CaseQueue)]
pub(crate) enum Queue {
    /// Transactions in review.
    Transactions,
    /// Matches of sanctions lists.
    Sanctions,
    /// Checks of an identity.
    Kyc,
    /// Transactions of which nobody knows what became.
    Unresolved,
}

names!(Queue:
    Transactions = "transactions", Sanctions = "sanctions", Kyc = "kyc", Unresolved = "unresolved");

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Queue {
    /// The reasons that a decision may have here, by their codes. None: its cases end by evidence
    /// only.
    pub(crate) const fn reasons(self) -> &'static [&'static str] {
        match self {
            Self::Transactions => &[
                "fraud",
                "account_takeover",
                "money_laundering",
                "stolen_instrument",
                "known_customer",
                "expected_payment",
                "explained_by_customer",
                "rule_too_wide",
                "not_enough_evidence",
            ],
            Self::Sanctions => &[
                "same_person",
                "other_person",
                "other_birth_date",
                "other_country",
                "common_name",
                "not_enough_evidence",
            ],
            Self::Kyc => &[
                "forged_document",
                "other_person",
                "expired_document",
                "unreadable_document",
                "document_accepted",
                "explained_by_customer",
                "not_enough_evidence",
            ],
            Self::Unresolved => &[],
        }
    }
}

/// What an operator found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CaseOutcome)]
pub(crate) enum Verdict {
    /// It is what it was taken for.
    Confirmed,
    /// It is not.
    FalsePositive,
    /// It is not, and it was right to look.
    Valuable,
    /// It cannot be said.
    Inconclusive,
}

names!(Verdict:
    Confirmed = "confirmed", FalsePositive = "false_positive", Valuable = "valuable", Inconclusive = "inconclusive");

/// What ended a case that nobody has decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Automatic {
    /// Its transaction was approved elsewhere.
    TransactionApproved,
    /// Its transaction was declined elsewhere.
    TransactionDeclined,
    /// Nobody decided about its transaction in time.
    TransactionExpired,
    /// Its transaction was cancelled.
    TransactionCancelled,
    /// It is known what became of its transaction.
    TransactionResolved,
    /// What it was about is not there any more.
    NoLongerNeeded,
}

names!(Automatic:
    TransactionApproved = "transaction_approved", TransactionDeclined = "transaction_declined",
    TransactionExpired = "transaction_expired", TransactionCancelled = "transaction_cancelled",
    TransactionResolved = "transaction_resolved", NoLongerNeeded = "no_longer_needed");

/// Where a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaseState {
    /// Nobody has it.
    Open,
    /// An operator has it.
    Assigned,
    /// It is looked at later.
    Snoozed,
    /// It has ended.
    Closed,
}

impl CaseState {
    /// The name in the API, and in the query of a list.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }
}
