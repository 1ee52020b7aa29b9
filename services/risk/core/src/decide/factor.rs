//! A reason of a decision, and how much it weighs.

use std::cmp::Reverse;

use contracts::risk::{RiskFactor, RiskOutcome};

use super::Confirmed;

/// A factor, with the outcome that follows from it.
pub(super) struct Factor {
    pub(super) outcome: RiskOutcome,
    pub(super) factor: RiskFactor,
}

impl Factor {
    pub(super) fn heaviest_first(&self) -> Reverse<(RiskOutcome, i32)> {
        Reverse((self.outcome, self.factor.points))
    }

    /// A match with a sanctions list that no rule has held.
    pub(super) fn unguarded() -> Self {
        Self {
            outcome: RiskOutcome::Review,
            factor: RiskFactor {
                code: "sanctions_guard".to_owned(),
                points: 0,
                detail: "The payer or the payee matches a sanctions list, and no rule in effect \
                         holds such a payment."
                    .to_owned(),
            },
        }
    }

    /// Somebody who is confirmed to be on a sanctions list.
    pub(super) fn confirmed(it: &Confirmed) -> Self {
        Self {
            outcome: RiskOutcome::Decline,
            factor: RiskFactor {
                code: "sanctions_confirmed".to_owned(),
                points: 0,
                detail: format!("{} neither sends nor receives: {}", it.person, it.reason),
            },
        }
    }
}
