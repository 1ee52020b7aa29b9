//! Payments, as other services see it: ids, and the kinds and states of a transaction.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::typed_id;

use crate::identity::{OrgId, UserId};

typed_id!(
    /// A wallet: `wal_…`. The ledger account behind it has the same UUID.
    WalletId,
    "wal"
);
typed_id!(
    /// A transaction: `txn_…`.
    TransactionId,
    "txn"
);
typed_id!(
    /// A payer's request for a refund: `rfr_…`.
    RefundRequestId,
    "rfr"
);
typed_id!(
    /// A ledger account: `acc_…`.
    AccountId,
    "acc"
);
typed_id!(
    /// A ledger transfer: `trf_…`.
    TransferId,
    "trf"
);

/// What identity asks of payments before it closes an account.
#[async_trait]
pub trait Wallets: Send + Sync + 'static {
    /// Ends for good that a user may have wallets, where all that they have are closed. Both in one
    /// commit: a wallet that is opened at the same moment is there before, and stands against it,
    /// or is refused. Asked twice it is done once.
    async fn close_owner(&self, org: OrgId, user: UserId) -> Result<Owner, WalletsUnavailable>;
}

/// What becomes of somebody who is to own no wallets any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// They have no open wallet, and never will.
    Closed,
    /// They have an open wallet. Nothing has changed.
    HasOpenWallets,
}

/// Payments cannot answer now.
#[derive(Debug, thiserror::Error)]
#[error("payments cannot answer now")]
pub struct WalletsUnavailable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TransactionType {
    /// From one wallet to another.
    Transfer = 1,
    /// From a card or a bank account to a wallet.
    Deposit = 2,
    /// From a wallet to a card or a bank account.
    Withdrawal = 3,
    /// From a wallet to a merchant's wallet, captured at once or later.
    Payment = 4,
    /// Back from the merchant's wallet to the payer's.
    Refund = 5,
}

/// Where a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TransactionStatus {
    /// Waits for a step-up code.
    RequiresVerification = 1,
    /// Waits for an operator.
    InReview = 2,
    /// Funds are held; waits for a capture.
    Authorised = 3,
    /// An instruction to an outside system is on its way.
    Processing = 4,
    /// The outside system did not say what became of the instruction.
    Unresolved = 5,
    /// The money moved.
    Completed = 6,
    /// The money did not move: declined or rejected.
    Failed = 7,
    /// Cancelled before the money moved.
    Cancelled = 8,
    /// Not captured in time.
    Expired = 9,
    /// Moved back entirely.
    Reversed = 10,
}

macro_rules! small_enum {
    ($name:ident: $($variant:ident = $text:literal),+ $(,)?) => {
        impl $name {
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name used in the API.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The number kept in the database.
            #[must_use]
            pub const fn number(self) -> i64 {
                self as i64
            }

            /// The value behind a number of the database.
            #[must_use]
            pub fn from_number(number: i64) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.number() == number)
            }

            /// The value with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

small_enum!(TransactionType:
    Transfer = "transfer", Deposit = "deposit", Withdrawal = "withdrawal", Payment = "payment", Refund = "refund");

small_enum!(TransactionStatus:
    RequiresVerification = "requires_verification", InReview = "in_review", Authorised = "authorised",
    Processing = "processing", Unresolved = "unresolved", Completed = "completed", Failed = "failed",
    Cancelled = "cancelled", Expired = "expired", Reversed = "reversed");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_json_numbers_in_the_database_and_variants_agree() {
        for status in TransactionStatus::ALL {
            let json = serde_json::to_string(status).unwrap();
            assert_eq!(json, format!("\"{status}\""));
            assert_eq!(
                TransactionStatus::from_number(status.number()),
                Some(*status)
            );
            assert_eq!(TransactionStatus::from_name(status.as_str()), Some(*status));
        }
        for kind in TransactionType::ALL {
            assert_eq!(serde_json::to_string(kind).unwrap(), format!("\"{kind}\""));
            assert_eq!(TransactionType::from_number(kind.number()), Some(*kind));
        }
        assert_eq!(TransactionStatus::from_number(0), None);
    }
}
