//! Ways to show who one is, by the names that refusals, answers and tokens give them. It proves
//! nothing itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A way to show who one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Factor {
    /// The password: the first factor.
    Password,
    /// A code of an authenticator app (RFC 6238).
    Totp,
    /// A passkey that has verified its user (Web Authentication).
    Passkey,
    /// One of the codes that were written down for the day when the others are lost.
    RecoveryCode,
}

impl Factor {
    /// All ways.
    pub const ALL: [Self; 4] = [
        Self::Password,
        Self::Totp,
        Self::Passkey,
        Self::RecoveryCode,
    ];

    /// The name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// Factors, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Factors(u8);

impl Factors {
    /// No factor.
    pub const NONE: Self = Self(0);

    /// This set, and a factor where it is there.
    #[must_use]
    pub const fn with(self, factor: Factor, there: bool) -> Self {
        if there {
            Self(self.0 | (1 << factor as u8))
        } else {
            self
        }
    }

    /// Whether a factor is in it.
    #[must_use]
    pub const fn contains(self, factor: Factor) -> bool {
        self.0 & (1 << factor as u8) != 0
    }

    /// Whether there is a second factor that a login asks for. Codes for the day when it is lost
    /// are none by themselves.
    #[must_use]
    pub const fn has_second(self) -> bool {
        self.contains(Factor::Totp) || self.contains(Factor::Passkey)
    }

    /// Its factors, in the order of [`Factor::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Factor> {
        Factor::ALL
            .into_iter()
            .filter(move |factor| self.contains(*factor))
    }
}

impl FromIterator<Factor> for Factors {
    fn from_iter<I: IntoIterator<Item = Factor>>(factors: I) -> Self {
        factors
            .into_iter()
            .fold(Self::NONE, |set, factor| set.with(factor, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        for one in Factor::ALL {
            let set = Factors::from_iter([one]);
            assert_eq!(set.iter().collect::<Vec<_>>(), [one]);
            assert_eq!(Factors::NONE.with(one, false), Factors::NONE);
        }
    }

    #[test]
    fn only_an_app_or_a_passkey_is_a_second_factor() {
        let second: Vec<_> = Factor::ALL
            .into_iter()
            .filter(|factor| Factors::from_iter([*factor]).has_second())
            .collect();
        assert_eq!(second, [Factor::Totp, Factor::Passkey]);
    }

    #[test]
    fn the_names_in_tokens_and_in_refusals_are_the_same() {
        for factor in Factor::ALL {
            assert_eq!(
                serde_json::to_value(factor).ok(),
                Some(factor.as_str().into())
            );
        }
    }
}
