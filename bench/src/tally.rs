//! What was done and how long it took: rates, percentiles, ratios. It is told; it measures nothing.

use std::time::Duration;

/// How long two sides run in turn.
const SLICE: Duration = Duration::from_millis(500);
/// How long both run before anything is counted.
const WARM_UP: Duration = Duration::from_millis(250);

/// What one side of a case did so far.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Transfers done.
    pub count: u64,
    /// The time that they took.
    pub busy: Duration,
    /// From each command to its answer.
    pub latencies: Vec<Duration>,
}

impl Tally {
    /// Adds what was done at another time.
    pub fn add(&mut self, other: Self) {
        self.count += other.count;
        self.busy += other.busy;
        self.latencies.extend(other.latencies);
    }

    /// Transfers per second.
    pub fn per_second(&self) -> u64 {
        let micros = self.busy.as_micros().max(1);
        u64::try_from(u128::from(self.count) * 1_000_000 / micros).unwrap_or(u64::MAX)
    }

    /// The latencies at these percentiles, in µs.
    pub fn percentiles<const N: usize>(&mut self, percents: [usize; N]) -> [u64; N] {
        percentiles(&mut self.latencies, percents)
            .map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX))
    }
}

/// The times at these percentiles, by the nearest-rank method, so that each is one that occurred.
pub fn percentiles<const N: usize>(times: &mut [Duration], percents: [usize; N]) -> [Duration; N] {
    times.sort_unstable();
    percents.map(|percent| {
        let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(rank).copied().unwrap_or_default()
    })
}

/// Two sides in turns, until the first has been busy for as long as `length`: what each did after a
/// warm-up.
///
/// # Errors
/// Those of a turn.
pub fn in_turns(
    length: Duration,
    mut turn: impl FnMut(Duration, &mut Tally, &mut Tally) -> anyhow::Result<()>,
) -> anyhow::Result<[Tally; 2]> {
    turn(WARM_UP, &mut Tally::default(), &mut Tally::default())?;
    let (mut one, mut other) = (Tally::default(), Tally::default());
    while one.busy < length {
        turn(SLICE.min(length - one.busy), &mut one, &mut other)?;
    }
    Ok([one, other])
}

/// A share with three decimals; none where there is nothing to compare with.
pub fn ratio(measured: u64, yardstick: u64) -> Option<f64> {
    (yardstick > 0).then(|| rounded(measured as f64 / yardstick as f64))
}

/// With three decimals.
pub fn rounded(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_latencies_that_occurred() {
        let mut tally = Tally {
            latencies: (1..=200).rev().map(Duration::from_micros).collect(),
            ..Tally::default()
        };
        assert_eq!(tally.percentiles([0, 50, 99, 100]), [1, 100, 198, 200]);
        assert_eq!(Tally::default().percentiles([50]), [0]);
    }

    #[test]
    fn a_rate_is_exact_and_survives_no_time_at_all() {
        let tally = Tally {
            count: 3,
            busy: Duration::from_millis(2),
            latencies: vec![],
        };
        assert_eq!(tally.per_second(), 1_500);
        assert_eq!(Tally::default().per_second(), 0);
    }

    #[test]
    fn both_sides_take_as_many_turns_and_the_warm_up_is_not_counted() {
        let mut turns = vec![];
        let [one, other] = in_turns(Duration::from_millis(1_200), |length, one, other| {
            turns.push(length.as_millis());
            one.busy += length;
            other.count += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(turns, [250, 500, 500, 200]);
        assert_eq!((one.busy.as_millis(), other.count), (1_200, 3));
    }

    #[test]
    fn nothing_is_compared_with_nothing() {
        assert_eq!(ratio(1, 0), None);
        assert_eq!(ratio(2, 3), Some(0.667));
    }
}
