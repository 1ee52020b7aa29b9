//! Which case comes first: how grave it is, what is at stake, and how much of its time has gone.
//! Pure.

use values::Timestamp;

/// The most points for the risk, the amount and the time.
const FOR_RISK: i64 = 50;
const FOR_AMOUNT: i64 = 30;
/// When so many thirds of the time until it is due have gone, it has at least these points.
const FOR_TIME: [i64; 4] = [0, 5, 10, 20];
/// How grave something is of which that is not known.
pub(crate) const UNKNOWN_RISK: i64 = 50;

/// What is at stake in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stake {
    /// No money.
    Nothing,
    /// Minor units of the base currency.
    Base(i64),
    /// An amount without a rate: taken as large.
    Unknown,
}

impl Stake {
    /// What the columns of a case say.
    pub(crate) const fn of(amount_minor: Option<i64>, amount_base: Option<i64>) -> Self {
        match (amount_minor, amount_base) {
            (None, _) => Self::Nothing,
            (Some(_), Some(base)) => Self::Base(base),
            (Some(_), None) => Self::Unknown,
        }
    }

    /// Whether it is as much as that, in the base currency.
    pub(crate) const fn reaches(self, limit: i64) -> bool {
        match self {
            Self::Nothing => false,
            Self::Base(base) => base >= limit,
            Self::Unknown => true,
        }
    }

    fn points(self, limit: i64) -> i64 {
        match self {
            Self::Nothing => 0,
            Self::Base(base) if base < limit => {
                let share = i128::from(base.max(0)) * i128::from(FOR_AMOUNT);
                i64::try_from(share / i128::from(limit)).unwrap_or(FOR_AMOUNT)
            }
            Self::Base(_) | Self::Unknown => FOR_AMOUNT,
        }
    }
}

/// The times of a case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) opened: Timestamp,
    pub(crate) due: Timestamp,
}

impl Times {
    /// How many thirds of the time until it is due have gone: 0 to 3.
    fn thirds(self, now: Timestamp) -> usize {
        (1..FOR_TIME.len())
            .take_while(|thirds| now >= self.after(*thirds))
            .count()
    }

    fn after(self, thirds: usize) -> Timestamp {
        let thirds = i64::try_from(thirds).unwrap_or(3);
        let all = self.due.micros().saturating_sub(self.opened.micros());
        self.opened.plus(all / 3 * thirds + all % 3 * thirds / 3)
    }

    /// When the next third has gone; never once it is due.
    pub(crate) fn next_rise(self, now: Timestamp) -> Option<Timestamp> {
        let next = self.thirds(now) + 1;
        (next < FOR_TIME.len()).then(|| self.after(next))
    }
}

/// The priority of a case, 0 to 100. `limit` is the amount in the base currency from which a second
/// operator is needed.
pub(crate) fn priority(
    risk: Option<i64>,
    (stake, limit): (Stake, i64),
    times: Times,
    now: Timestamp,
) -> i64 {
    let risk = risk.unwrap_or(UNKNOWN_RISK).clamp(0, 100) * FOR_RISK / 100;
    risk + stake.points(limit) + FOR_TIME[times.thirds(now)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times = Times {
        opened: Timestamp(0),
        due: Timestamp(3_000),
    };

    #[test]
    fn risk_amount_and_time_each_raise_the_priority() {
        let cases = [
            ((Some(0), Stake::Nothing, 0), 0),
            ((Some(100), Stake::Nothing, 0), 50),
            ((None, Stake::Nothing, 0), 25),
            ((Some(250), Stake::Nothing, 0), 50),
            ((Some(-9), Stake::Nothing, 0), 0),
            ((Some(0), Stake::Base(500), 0), 15),
            ((Some(0), Stake::Base(999), 0), 29),
            ((Some(0), Stake::Base(1_000), 0), 30),
            ((Some(0), Stake::Base(i64::MAX), 0), 30),
            ((Some(0), Stake::Unknown, 0), 30),
            ((Some(0), Stake::Nothing, 999), 0),
            ((Some(0), Stake::Nothing, 1_000), 5),
            ((Some(0), Stake::Nothing, 2_000), 10),
            ((Some(0), Stake::Nothing, 3_000), 20),
            ((Some(100), Stake::Base(1_000), 9_000), 100),
        ];
        for ((risk, stake, now), expected) in cases {
            let found = priority(risk, (stake, 1_000), TIMES, Timestamp(now));
            assert_eq!(found, expected, "{risk:?} {stake:?} {now}");
        }
    }

    #[test]
    fn the_next_rise_is_the_next_third_and_never_after_it_was_due() {
        for (now, next) in [
            (0, Some(1_000)),
            (1_000, Some(2_000)),
            (2_999, Some(3_000)),
            (3_000, None),
        ] {
            let found = TIMES.next_rise(Timestamp(now));
            assert_eq!(found, next.map(Timestamp), "{now}");
        }
    }

    #[test]
    fn an_amount_without_a_rate_is_never_taken_as_small() {
        assert!(Stake::of(Some(1), None).reaches(i64::MAX));
        assert!(!Stake::of(None, None).reaches(0));
        assert!(Stake::of(Some(7), Some(10)).reaches(10));
        assert!(!Stake::of(Some(7), Some(9)).reaches(10));
    }
}
