//! A breaker per rule: where a rule hits far more often than it used to, it goes to shadow, and
//! two people put it back. Sanctions rules and hard blocks have none.

use contracts::identity::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;

/// When a breaker trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerSettings {
    /// How long a window is, in µs.
    pub window_us: i64,
    /// Fewer transactions than this in a window say nothing.
    pub least_asked: u32,
    /// Fewer hits than this in a window say nothing.
    pub least_hits: u32,
    /// It trips above so many hundredths of its own baseline.
    pub factor_percent: u32,
    /// While there is no baseline it trips above so many hundredths of all transactions.
    pub learning_percent: u32,
    /// So many transactions make a baseline.
    pub baseline_asked: u32,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            window_us: 600 * values::SECOND,
            least_asked: 200,
            least_hits: 20,
            factor_percent: 500,
            learning_percent: 50,
            baseline_asked: 1_000,
        }
    }
}

/// The state of a rule's breaker. It can be kept as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Breaker {
    /// Hits before the window, faded.
    baseline_hits: u64,
    /// Transactions before the window, faded.
    baseline_asked: u64,
    /// When the window began.
    window_began: Timestamp,
    /// Hits in the window.
    hits: u32,
    /// Transactions in the window.
    asked: u32,
    /// Set while it has tripped.
    trip: Option<Trip>,
}

/// A breaker that has tripped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trip {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Hits in the window.
    pub hits: u32,
    /// Transactions in the window.
    pub asked: u32,
    /// Hits of the baseline.
    pub baseline_hits: u64,
    /// Transactions of the baseline.
    pub baseline_asked: u64,
    /// Who wants it back in effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_by: Option<UserId>,
}

/// What came of putting a rule back into effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rearmed {
    /// It had not tripped.
    NotTripped,
    /// A second person has to agree.
    Proposed,
    /// The same person asked twice.
    SamePerson,
    /// It is back in effect, and its baseline is learnt anew.
    Done,
}

impl Breaker {
    /// The trip, while it has tripped: the rule is in shadow.
    #[must_use]
    pub const fn trip(&self) -> Option<&Trip> {
        self.trip.as_ref()
    }

    /// Counts an answer of the rule. Returns the trip if this one made it trip.
    pub fn observe(
        &mut self,
        _hit: bool,
        _at: Timestamp,
        _settings: &BreakerSettings,
    ) -> Option<&Trip> {
        None
    }

    /// Somebody wants the rule back in effect.
    pub fn rearm(&mut self, _by: UserId) -> Rearmed {
        Rearmed::NotTripped
    }
}
