//! The check of who a user is (KYC), as services know it: how far it has come, what follows for the
//! user, and how payments and identity hear of it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;

use crate::identity::{IdentityUnavailable, OrgId, UserId};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in the API and in databases.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The one with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.as_str() == name)
            }
        }
    };
}

names! {
    /// How far the identity of a user is verified, the least first.
    KycLevel {
        /// Not at all.
        None = "none",
        /// By an identity document.
        Basic = "basic",
        /// By an identity document and a proof of address.
        Full = "full",
    }
}

names! {
    /// How the verification of a user stands.
    KycStatus {
        /// It never began.
        None = "none",
        /// It is under way: a provider or an operator looks at what was sent.
        Pending = "pending",
        /// The user has to send some of it again.
        ActionNeeded = "action_needed",
        /// The user has a level.
        Approved = "approved",
        /// It was rejected.
        Rejected = "rejected",
        /// The level has expired, or has to be shown anew.
        Expired = "expired",
    }
}

/// How the verification of a user stands, as risk tells identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KycStanding {
    /// The organisation.
    pub org: OrgId,
    /// The user.
    pub user: UserId,
    /// The level that they have.
    pub level: KycLevel,
    /// What they see.
    pub status: KycStatus,
    /// Rises with each change: what has an older one is not taken any more.
    pub version: i64,
    /// When it changed.
    pub at: Timestamp,
}

/// What keeps with a user how their verification stands, and tells others of it: identity.
#[async_trait]
pub trait KycStandings: Send + Sync + 'static {
    /// Takes a standing. Told again, or after a newer one, it changes nothing; nor does it where the
    /// account is closed.
    ///
    /// # Errors
    /// [`IdentityUnavailable`]: tell it again.
    async fn set_standing(&self, standing: &KycStanding) -> Result<(), IdentityUnavailable>;
}

/// The level of a user cannot be told now.
#[derive(Debug, thiserror::Error)]
#[error("the level of a user cannot be told now: {0}")]
pub struct KycUnavailable(pub String);

/// What tells how far users are verified: risk.
#[async_trait]
pub trait KycLevels: Send + Sync + 'static {
    /// The level of a user; [`KycLevel::None`] of anyone who is not known.
    ///
    /// # Errors
    /// [`KycUnavailable`].
    async fn level(&self, org: OrgId, user: UserId) -> Result<KycLevel, KycUnavailable>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_json_and_in_the_database_are_the_same() {
        for level in KycLevel::ALL {
            let json = serde_json::to_string(level).unwrap();
            assert_eq!(json, format!("\"{}\"", level.as_str()));
            assert_eq!(KycLevel::from_name(level.as_str()), Some(*level));
        }
        for status in KycStatus::ALL {
            let json = serde_json::to_string(status).unwrap();
            assert_eq!(json, format!("\"{}\"", status.as_str()));
            assert_eq!(KycStatus::from_name(status.as_str()), Some(*status));
        }
        assert_eq!(KycLevel::from_name("Full"), None);
    }

    #[test]
    fn levels_are_in_order() {
        assert!(KycLevel::None < KycLevel::Basic && KycLevel::Basic < KycLevel::Full);
    }
}
