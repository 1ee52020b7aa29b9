//! When something is tried again. Pure: chance comes in as a number.

use platform::backoff::Backoff;
use values::SECOND;

const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The waits before each attempt (Standard Webhooks 1.0, "retry schedule"): ten attempts in about
/// 75 hours.
pub(crate) const SCHEDULE: [i64; 10] = [
    0,
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];
/// How far a wait differs from the schedule, in percent up and down, so that what failed together
/// is not tried together.
const JITTER_PERCENT: i64 = 20;
/// The longest that an answer with `Retry-After` may put an endpoint off.
const RETRY_AFTER_MAX: i64 = HOUR;
/// How long an endpoint is left alone that says it is overloaded, and not for how long.
const OVERLOADED: i64 = MINUTE;
/// After this many failures in a row an endpoint is left alone for a while after each: what waits
/// for it is many.
pub(crate) const WARN_AT: i64 = 4;
const PAUSES: Backoff = Backoff {
    first: SECOND,
    longest: MINUTE,
};
/// An endpoint that failed for so long, and did nothing else, is disabled.
pub(crate) const GIVE_UP_AFTER: i64 = 120 * HOUR;

/// How long after so many attempts of a schedule the next is due; none after the last.
#[must_use]
pub fn wait_after(tries: i64, random: u64) -> Option<i64> {
    let place = usize::try_from(tries).ok()?;
    SCHEDULE.get(place).map(|wait| jittered(*wait, random))
}

/// A wait that is up to 20 % shorter or longer.
fn jittered(wait: i64, random: u64) -> i64 {
    let most = wait / 100 * JITTER_PERCENT;
    let width = most.unsigned_abs().saturating_mul(2).saturating_add(1);
    let part = i64::try_from(random % width).unwrap_or_default();
    wait - most + part
}

/// How long an endpoint as a whole is left alone after an answer that failed: `retry_after` is what
/// it asked for.
pub(crate) fn pause_after(status: Option<u16>, retry_after: Option<i64>, failures: i64) -> i64 {
    let asked = match (status, retry_after) {
        (_, Some(asked)) => asked.clamp(SECOND, RETRY_AFTER_MAX),
        (Some(429 | 502 | 504), None) => OVERLOADED,
        _ => 0,
    };
    asked.max(PAUSES.after(failures - WARN_AT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_are_spread_over_about_75_hours() {
        let waits: Option<Vec<_>> = (0..10).map(|tries| wait_after(tries, 0)).collect();
        assert_eq!(waits.unwrap().len(), 10);
        assert_eq!(wait_after(10, 0), None);
        let total: i64 = SCHEDULE.iter().sum();
        assert_eq!(total / HOUR, 75);
    }

    #[test]
    fn a_wait_is_off_by_a_fifth_at_most() {
        assert_eq!(wait_after(0, 12_345), Some(0));
        let waits: Vec<_> = (0..1_000_u64)
            .map(|number| wait_after(2, number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).unwrap())
            .collect();
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*least >= 4 * MINUTE && *least < 4 * MINUTE + 5 * SECOND);
        assert!(*most <= 6 * MINUTE && *most > 6 * MINUTE - 5 * SECOND);
    }

    #[test]
    fn an_endpoint_is_left_alone_as_long_as_it_asks_within_bounds() {
        assert_eq!(pause_after(Some(500), None, 1), 0);
        assert_eq!(pause_after(Some(429), None, 1), MINUTE);
        assert_eq!(pause_after(Some(429), Some(7 * SECOND), 1), 7 * SECOND);
        assert_eq!(pause_after(Some(503), Some(0), 1), SECOND);
        assert_eq!(pause_after(Some(503), Some(i64::MAX), 1), HOUR);
        let pauses = [4, 5, 6, 100].map(|failures| pause_after(None, None, failures));
        assert_eq!(pauses, [0, SECOND, 2 * SECOND, MINUTE]);
    }
}
