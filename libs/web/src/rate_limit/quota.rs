//! How many in how long, as settings write it (`100/15min`), and what a counter says of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Verdict;
use values::SECOND;

/// The units of windows in seconds, the longest first.
const UNITS: [(&str, u32); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
const LIMIT_MAX: u32 = 1_000_000;
const WINDOW_MAX_S: u32 = 86_400;

/// So many at once, and as many in each window. In settings: the number, a slash and the window,
/// such as `5/s`, `100/min` or `100/15min`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many: at least 1.
    pub limit: u32,
    /// In how long, in seconds: at least 1.
    pub window_s: u32,
}

/// What is no quota.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuota {
    /// Not of the form.
    #[error(
        "`{0}` is no quota: write how many, a slash and in how long, such as 100/min or 100/15min (units: s, min, h, d)"
    )]
    Form(String),
    /// None, or too many for a counter to tell apart.
    #[error("a quota has 1 to 1,000,000, not {0}")]
    Limit(u64),
    /// Shorter than a second or longer than a day.
    #[error("the window of a quota has one second to one day, not {0} s")]
    Window(u64),
}

impl Quota {
    /// A quota that counters can keep.
    fn checked(limit: u64, window_s: u64) -> Result<Self, InvalidQuota> {
        let within = |value: u64, most: u32| {
            let fits = u32::try_from(value).ok();
            fits.filter(|value| (1..=most).contains(value))
        };
        Ok(Self {
            limit: within(limit, LIMIT_MAX).ok_or(InvalidQuota::Limit(limit))?,
            window_s: within(window_s, WINDOW_MAX_S).ok_or(InvalidQuota::Window(window_s))?,
        })
    }

    /// Microseconds of one request.
    pub(super) fn step(self) -> i64 {
        (i64::from(self.window_s.max(1)) * SECOND / self.most()).max(1)
    }

    /// Microseconds of all requests of a window: what is counted is forgotten after it.
    pub(super) fn window(self) -> i64 {
        self.step() * self.most()
    }

    fn most(self) -> i64 {
        i64::from(self.limit.max(1))
    }

    /// What it means that a counter stands so many microseconds in the future after a request.
    pub(super) fn verdict(self, allowed: bool, used: i64) -> Verdict {
        let seconds = |micros: i64| {
            let rounded_up = micros.max(0).saturating_add(SECOND - 1) / SECOND;
            u32::try_from(rounded_up).unwrap_or(u32::MAX)
        };
        let room = (self.window() - used).max(0);
        let retry = if room >= self.step() {
            0
        } else {
            seconds(self.step() - room).max(1)
        };
        Verdict {
            allowed,
            remaining: u32::try_from(room / self.step()).unwrap_or(u32::MAX),
            reset_s: seconds(used),
            retry_after_s: retry,
        }
    }
}

impl FromStr for Quota {
    type Err = InvalidQuota;

    fn from_str(text: &str) -> Result<Self, InvalidQuota> {
        let form = || InvalidQuota::Form(text.to_owned());
        let number = |digits: &str| {
            let digits = digits.trim();
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            // More digits than fit are more than any bound.
            plain.then(|| digits.parse::<u64>().unwrap_or(u64::MAX))
        };
        let (limit, window) = text.split_once('/').ok_or_else(form)?;
        let limit = number(limit).ok_or_else(form)?;
        let window = window.trim();
        let unit_at = window.find(|c: char| c.is_ascii_alphabetic());
        let (count, unit) = window.split_at(unit_at.ok_or_else(form)?);
        let unit = UNITS.iter().find(|(name, _)| *name == unit);
        let (_, unit_s) = unit.ok_or_else(form)?;
        let count = if count.is_empty() {
            1
        } else {
            number(count).ok_or_else(form)?
        };
        Self::checked(limit, count.saturating_mul(u64::from(*unit_s)))
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |unit_s: u32| self.window_s.is_multiple_of(unit_s);
        let unit = UNITS.into_iter().find(|(_, unit_s)| whole(*unit_s));
        let (name, unit_s) = unit.unwrap_or(("s", 1));
        match self.window_s / unit_s {
            1 => write!(f, "{}/{name}", self.limit),
            count => write!(f, "{}/{count}{name}", self.limit),
        }
    }
}

impl Serialize for Quota {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quota {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        values::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(text: &str) -> Quota {
        text.parse().unwrap()
    }

    #[test]
    fn a_quota_is_a_number_and_a_window() {
        for (text, limit, window_s, shown) in [
            ("100/15min", 100, 900, "100/15min"),
            ("100/min", 100, 60, "100/min"),
            ("5/s", 5, 1, "5/s"),
            (" 5 / 90 s ", 5, 90, "5/90s"),
            ("1/60min", 1, 3_600, "1/h"),
            ("1000000/24h", 1_000_000, 86_400, "1000000/d"),
        ] {
            let read = quota(text);
            assert_eq!(read, Quota { limit, window_s }, "{text}");
            assert_eq!(read.to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_quota_is_refused_with_what_would_be_one() {
        for text in [
            "",
            "100",
            "100/",
            "/min",
            "100/15",
            "100/minute",
            "100/m",
            "-1/min",
            "1.5/min",
            "100/-1min",
            "x/min",
            "100/1min5",
            "100/15 min/s",
        ] {
            let said = text.parse::<Quota>().unwrap_err().to_string();
            assert!(said.contains("100/15min"), "{text}: {said}");
        }
        for text in ["0/min", "1000001/min", "99999999999999999999/min"] {
            let refused = text.parse::<Quota>();
            assert!(matches!(refused, Err(InvalidQuota::Limit(_))), "{text}");
        }
        for text in ["1/0s", "1/2d", "1/99999999999999999999d"] {
            let refused = text.parse::<Quota>();
            assert!(matches!(refused, Err(InvalidQuota::Window(_))), "{text}");
        }
    }

    #[test]
    fn a_verdict_says_how_many_are_left_and_when_to_come_again() {
        let of = |allowed, used| quota("60/min").verdict(allowed, used);
        let verdict = |allowed, remaining, reset_s, retry_after_s| Verdict {
            allowed,
            remaining,
            reset_s,
            retry_after_s,
        };
        assert_eq!(of(true, SECOND), verdict(true, 59, 1, 0));
        assert_eq!(of(true, 59 * SECOND), verdict(true, 1, 59, 0));
        assert_eq!(of(true, 60 * SECOND), verdict(true, 0, 60, 1));
        assert_eq!(of(false, 59 * SECOND + 1), verdict(false, 0, 60, 1));
        assert_eq!(quota("2/min").verdict(false, 60 * SECOND).retry_after_s, 30);
        let full = quota("100/15min").verdict(false, 900 * SECOND);
        assert_eq!(full, verdict(false, 0, 900, 9));
    }

    #[test]
    fn a_window_holds_exactly_as_many_as_the_quota_says() {
        for text in ["7/min", "999999/s", "1000000/s", "700000/s", "1/d", "11/7s"] {
            let quota = quota(text);
            assert!(quota.step() >= 1, "{text}");
            assert_eq!(
                quota.window() / quota.step(),
                i64::from(quota.limit),
                "{text}"
            );
            assert!(
                quota.window() <= i64::from(quota.window_s) * SECOND,
                "{text}"
            );
        }
    }

    #[test]
    fn a_quota_of_nothing_or_of_everything_does_not_fail() {
        for (limit, window_s) in [(0, 60), (60, 0), (u32::MAX, 1), (u32::MAX, u32::MAX)] {
            let quota = Quota { limit, window_s };
            assert!(quota.step() >= 1 && quota.window() >= quota.step());
        }
    }
}
