//! Amounts as refusals name them.

use money::Amount;

/// An amount with its currency, as people read it: `12.50 USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total(pub Amount);

impl std::fmt::Display for Total {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0, self.0.currency().code())
    }
}
