//! What a user may do by how far their identity is verified. It comes with a command, as what risk
//! decided does, and is enforced where the money moves.

use contracts::kyc::KycLevel;
use contracts::payments::TransactionType;

use crate::total::Total;

/// The limits of a user's level, in minor units of the transaction's currency; `None`: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelLimits {
    /// The level.
    pub level: KycLevel,
    /// With one transaction of this type.
    pub each: Option<i64>,
    /// What may leave all wallets of the user in this currency per UTC day.
    pub daily: Option<i64>,
    /// Per UTC month.
    pub monthly: Option<i64>,
}

/// A limit that stands against an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelExceeded {
    /// The level of the user.
    pub level: KycLevel,
    /// What is limited.
    pub of: LevelPeriod,
    /// The most.
    pub most: Total,
    /// What of it is left.
    pub left: Total,
}

/// What a limit of a level is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelPeriod {
    /// One transaction of a type.
    Each(TransactionType),
    /// What leaves in a day.
    Day,
    /// What leaves in a month.
    Month,
}

impl std::fmt::Display for LevelExceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            level, most, left, ..
        } = self;
        let verified = match level {
            KycLevel::None => "as long as your identity is not verified",
            KycLevel::Basic => "as long as only your identity document is verified",
            KycLevel::Full => "for accounts with a verified identity",
        };
        write!(f, "{verified}, ")?;
        match self.of {
            LevelPeriod::Each(kind) => write!(f, "a {} may be at most {most}", kind.as_str()),
            LevelPeriod::Day => write!(
                f,
                "at most {most} may leave your wallets of this currency in a day, and {left} is left"
            ),
            LevelPeriod::Month => write!(
                f,
                "at most {most} may leave your wallets of this currency in a month, and {left} is left"
            ),
        }?;
        match level {
            KycLevel::None | KycLevel::Basic => f.write_str(
                ": choose a lower amount, or verify more of your identity, which raises this",
            ),
            KycLevel::Full => f.write_str(": choose a lower amount, or contact support"),
        }
    }
}
