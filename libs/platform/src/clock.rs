//! Time as an argument: the clock that services are handed, and the one form in
//! which times are kept. It never reads the machine's clock except in [`SystemClock`].

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a day.
pub const DAY: i64 = 86_400 * SECOND;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, as stored in both databases.
///
/// Written as RFC 3339 in UTC with six decimals, so that texts sort like times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

/// A text that is no RFC 3339 time, or one before the year 1 or after 9999.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a time: write RFC 3339, for instance 2026-11-20T09:30:00Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This time and `micros` more; stays at the end of time rather than overflow.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Whole days since 1970-01-01 (UTC).
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// Months since January of year 0 (UTC): the key under which monthly limits are counted.
    #[must_use]
    pub fn month(self) -> i64 {
        self.to_datetime().map_or(0, |at| {
            i64::from(at.year()) * 12 + i64::from(u8::from(at.month())) - 1
        })
    }

    /// The time as mails say it (RFC 5322, section 3.3), in UTC and whole seconds: `Thu, 01 Jan 2026 00:00:00 +0000`.
    #[must_use]
    pub fn rfc_2822(self) -> String {
        let at = self.to_datetime().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        // Only years before 1900 have no such form.
        at.format(&Rfc2822).unwrap_or_default()
    }

    fn to_datetime(self) -> Option<OffsetDateTime> {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000).ok()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text)).ok_or(fmt::Error)?
    }
}

impl Timestamp {
    /// Gives the time in RFC 3339 with microseconds to `take`; nothing happens outside of the years 0 to 9999. Made digit by
    /// digit, since every answer has several.
    fn with_text<T>(self, take: impl FnOnce(&str) -> T) -> Option<T> {
        let at = self.to_datetime()?;
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let mut put = |from: usize, to: usize, number: u32| {
            let mut left = number;
            for digit in text[from..to].iter_mut().rev() {
                // A digit is below 10.
                *digit = b'0' + (left % 10) as u8;
                left /= 10;
            }
        };
        put(0, 4, u32::try_from(at.year()).ok()?);
        put(5, 7, u32::from(u8::from(at.month())));
        put(8, 10, u32::from(at.day()));
        put(11, 13, u32::from(at.hour()));
        put(14, 16, u32::from(at.minute()));
        put(17, 19, u32::from(at.second()));
        put(20, 26, at.microsecond());
        std::str::from_utf8(&text).ok().map(take)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        i64::try_from(at.unix_timestamp_nanos() / 1_000)
            .map(Self)
            .map_err(|_| InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let far = || serde::ser::Error::custom("a time outside of the years 0 to 9999");
        self.with_text(|text| serializer.serialize_str(text))
            .ok_or_else(far)?
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::deserialize(deserializer)
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// A clock that is handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock: the only reader of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the clock"
    )]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_six_decimals_and_read_back() {
        let at = Timestamp(1_532_908_841_000_007);
        assert_eq!(at.to_string(), "2018-07-30T00:00:41.000007Z");
        assert_eq!(at.to_string().parse(), Ok(at));
        assert_eq!("2018-07-30T02:00:41.000007+02:00".parse(), Ok(at));
    }

    #[test]
    fn months_and_days_are_counted_in_utc() {
        let at: Timestamp = "2026-11-20T23:59:59.999999Z".parse().unwrap();
        assert_eq!(at.month(), 2026 * 12 + 10);
        assert_eq!(at.plus(1).day(), at.day() + 1);
        assert_eq!(Timestamp(-1).day(), -1);
    }

    #[test]
    fn mails_have_a_form_of_their_own() {
        let at: Timestamp = "2026-11-20T23:59:59.999999Z".parse().unwrap();
        assert_eq!(at.rfc_2822(), "Fri, 20 Nov 2026 23:59:59 +0000");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-13-01T00:00:00Z",
            "now",
            "2026-11-20T25:00:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
        }
    }
}
