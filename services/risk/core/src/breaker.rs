//! A breaker per rule: where a rule holds far more transactions up than it used to, it goes to
//! shadow, and two people put it back. Sanctions rules and hard blocks have none.

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

/// From so many transactions on the baseline is halved, so that it follows the times.
const FULL_BASELINE: u64 = 100_000;

impl Breaker {
    /// The trip, while it has tripped: the rule is in shadow.
    #[must_use]
    pub const fn trip(&self) -> Option<&Trip> {
        self.trip.as_ref()
    }

    /// Counts an answer of the rule. Returns the trip if this one made it trip.
    pub fn observe(
        &mut self,
        hit: bool,
        at: Timestamp,
        settings: &BreakerSettings,
    ) -> Option<&Trip> {
        if self.trip.is_some() {
            return None;
        }
        if at >= self.window_began.plus(settings.window_us) {
            self.begin_window(at);
        }
        self.asked = self.asked.saturating_add(1);
        self.hits = self.hits.saturating_add(u32::from(hit));
        if !self.is_far_above(settings) {
            return None;
        }
        Some(self.trip.insert(Trip {
            at,
            hits: self.hits,
            asked: self.asked,
            baseline_hits: self.baseline_hits,
            baseline_asked: self.baseline_asked,
            proposed_by: None,
        }))
    }

    /// What was in the window becomes a part of the baseline.
    fn begin_window(&mut self, at: Timestamp) {
        self.baseline_hits = self.baseline_hits.saturating_add(u64::from(self.hits));
        self.baseline_asked = self.baseline_asked.saturating_add(u64::from(self.asked));
        while self.baseline_asked > FULL_BASELINE {
            self.baseline_hits /= 2;
            self.baseline_asked /= 2;
        }
        (self.hits, self.asked, self.window_began) = (0, 0, at);
    }

    fn is_far_above(&self, settings: &BreakerSettings) -> bool {
        if self.asked < settings.least_asked || self.hits < settings.least_hits {
            return false;
        }
        let (hits, asked) = (u128::from(self.hits), u128::from(self.asked));
        // A rule that never hit counts as one that hit once.
        let (share, of) = if self.baseline_asked >= u64::from(settings.baseline_asked) {
            let share = u128::from(settings.factor_percent)
                .saturating_mul(u128::from(self.baseline_hits.max(1)));
            (share, u128::from(self.baseline_asked))
        } else {
            (u128::from(settings.learning_percent), 1)
        };
        // hits / asked > share / of, where the share is in hundredths.
        hits.saturating_mul(100).saturating_mul(of) > share.saturating_mul(asked)
    }

    /// Somebody wants the rule back in effect. It takes a second person; then the baseline is
    /// learnt anew, since the old one says that the rule should trip.
    pub fn rearm(&mut self, by: UserId) -> Rearmed {
        let Some(trip) = &mut self.trip else {
            return Rearmed::NotTripped;
        };
        match trip.proposed_by {
            None => {
                trip.proposed_by = Some(by);
                Rearmed::Proposed
            }
            Some(first) if first == by => Rearmed::SamePerson,
            Some(_) => {
                *self = Self::default();
                Rearmed::Done
            }
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "small numbers, and an overflow fails the test"
)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const MINUTE: i64 = 60 * values::SECOND;

    fn user(number: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(number))
    }

    /// A breaker that has seen `asked` transactions of which each `every`th hit, in older windows.
    fn with_baseline(asked: u32, every: u32) -> (Breaker, Timestamp) {
        let mut breaker = Breaker::default();
        let settings = BreakerSettings::default();
        let mut at = Timestamp(0);
        for number in 1..=asked {
            at = at.plus(MINUTE);
            assert_eq!(
                breaker.observe(number % every == 0, at, &settings),
                None,
                "{number}"
            );
        }
        (breaker, at.plus(20 * MINUTE))
    }

    /// In how many observations, each `every`th a hit, it trips, within `most`.
    fn trips_after(breaker: &mut Breaker, at: Timestamp, every: u32, most: u32) -> Option<u32> {
        let settings = BreakerSettings::default();
        (1..=most).find(|number| {
            breaker
                .observe(number % every == 0, at, &settings)
                .is_some()
        })
    }

    #[test]
    fn a_rule_at_five_times_its_baseline_stays_and_above_it_trips() {
        let (mut breaker, at) = with_baseline(2_000, 50);
        assert_eq!(trips_after(&mut breaker, at, 10, 2_000), None);
        let (mut breaker, at) = with_baseline(2_000, 50);
        let trip = trips_after(&mut breaker, at, 9, 2_000);
        assert_eq!(
            trip,
            Some(200),
            "22 hits of 200, where 20 are five times the baseline"
        );
        let trip = breaker.trip().unwrap();
        assert_eq!((trip.baseline_hits, trip.baseline_asked), (40, 2_000));
        assert_eq!((trip.hits, trip.asked), (22, 200));
    }

    #[test]
    fn few_transactions_or_few_hits_say_nothing() {
        let (mut breaker, at) = with_baseline(2_000, 1_000);
        assert_eq!(trips_after(&mut breaker, at, 1, 199), None);
        assert_eq!(trips_after(&mut breaker, at, 1, 1), Some(1));
        let (mut breaker, at) = with_baseline(2_000, 1_000);
        assert_eq!(trips_after(&mut breaker, at, 20, 399), None);
    }

    #[test]
    fn a_new_rule_trips_above_half_of_all_transactions() {
        let at = Timestamp(1);
        assert_eq!(trips_after(&mut Breaker::default(), at, 2, 5_000), None);
        assert_eq!(
            trips_after(&mut Breaker::default(), at, 1, 5_000),
            Some(200)
        );
    }

    #[test]
    fn a_rule_that_never_hit_trips_when_it_begins_to() {
        let (mut breaker, at) = with_baseline(2_000, 5_000);
        assert_eq!(trips_after(&mut breaker, at, 10, 2_000), Some(200));
    }

    #[test]
    fn it_takes_two_people_to_put_a_rule_back_and_the_baseline_is_learnt_anew() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.rearm(user(1)), Rearmed::NotTripped);
        assert_eq!(trips_after(&mut breaker, Timestamp(1), 1, 200), Some(200));
        assert_eq!(
            trips_after(&mut breaker, Timestamp(1), 1, 1_000),
            None,
            "it trips once"
        );
        assert_eq!(breaker.rearm(user(1)), Rearmed::Proposed);
        assert_eq!(breaker.rearm(user(1)), Rearmed::SamePerson);
        let kept: Breaker =
            serde_json::from_str(&serde_json::to_string(&breaker).unwrap()).unwrap();
        assert_eq!(kept, breaker);
        assert_eq!(breaker.rearm(user(2)), Rearmed::Done);
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn a_baseline_follows_the_times() {
        let mut breaker = Breaker::default();
        let settings = BreakerSettings::default();
        for number in 0..400_000_i64 {
            breaker.observe(
                number >= 200_000 && number % 10 == 0,
                Timestamp(number * 60 * MINUTE / 400),
                &settings,
            );
        }
        assert!(breaker.baseline_asked <= FULL_BASELINE);
        assert!(
            breaker.baseline_hits * 100 >= breaker.baseline_asked * 7,
            "{breaker:?}"
        );
    }
}
