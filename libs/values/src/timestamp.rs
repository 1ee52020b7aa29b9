//! The one form in which times are kept and written. It never asks what time it is.

use std::fmt;
use std::str::FromStr;

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

/// A text that is no RFC 3339 time, or one outside of the years 0 to 9999 in UTC.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "not a time: write RFC 3339, for instance 2026-11-20T09:30:00Z, in the years 0 to 9999 in UTC"
)]
pub struct InvalidTimestamp;

impl Timestamp {
    /// The first time that can be written: 0000-01-01T00:00:00Z.
    pub const FIRST: Self = Self(-62_167_219_200 * SECOND);
    /// The last time that can be written: 9999-12-31T23:59:59.999999Z.
    pub const LAST: Self = Self(253_402_300_800 * SECOND - 1);

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
        let at = self.to_datetime();
        i64::from(at.year()) * 12 + i64::from(u8::from(at.month())) - 1
    }

    /// When this time's day began (UTC).
    #[must_use]
    pub const fn start_of_day(self) -> Self {
        Self(self.day().saturating_mul(DAY))
    }

    /// When this time's month began (UTC).
    #[must_use]
    pub fn start_of_month(self) -> Self {
        let days = i64::from(self.to_datetime().day()) - 1;
        self.start_of_day().plus(-days * DAY)
    }

    /// The time as mails say it (RFC 5322, section 3.3), in UTC and whole seconds:
    /// `Thu, 01 Jan 2026 00:00:00 +0000`.
    #[must_use]
    pub fn rfc_2822(self) -> String {
        // Only years before 1900 have no such form.
        self.to_datetime().format(&Rfc2822).unwrap_or_default()
    }

    /// The time, or the nearest that can be written.
    fn to_datetime(self) -> OffsetDateTime {
        let near = self.clamp(Self::FIRST, Self::LAST);
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(near.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl Timestamp {
    /// Gives the time in RFC 3339 with microseconds to `take`; a time outside of the years 0 to
    /// 9999, which no request can bring in, as the nearest of them. Made digit by digit, since
    /// every answer has several.
    fn with_text<T>(self, take: impl FnOnce(&str) -> T) -> T {
        let at = self.to_datetime();
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let mut put = |from: usize, to: usize, number: u32| {
            let mut left = number;
            for digit in text[from..to].iter_mut().rev() {
                // A digit is below 10.
                *digit = b'0' + (left % 10) as u8;
                left /= 10;
            }
        };
        put(0, 4, at.year().unsigned_abs());
        put(5, 7, u32::from(u8::from(at.month())));
        put(8, 10, u32::from(at.day()));
        put(11, 13, u32::from(at.hour()));
        put(14, 16, u32::from(at.minute()));
        put(17, 19, u32::from(at.second()));
        put(20, 26, at.microsecond());
        // Only digits were put.
        take(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let at = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTimestamp)?;
        // An offset may lead into a year that has no text in UTC.
        i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000))
            .map(Self)
            .ok()
            .filter(|at| (Self::FIRST..=Self::LAST).contains(at))
            .ok_or(InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::deserialize(deserializer)
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
    fn an_offset_does_not_lead_out_of_the_years_that_can_be_written() {
        for text in [
            "0000-01-01T00:00:00+00:01",
            "0000-01-01T23:58:59+23:59",
            "9999-12-31T23:59:59-00:01",
            "9999-12-31T00:01:00-23:59",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp), "{text}");
        }
        for (text, utc) in [
            ("0000-01-01T00:00:00Z", Timestamp::FIRST),
            ("9999-12-31T23:59:59.999999Z", Timestamp::LAST),
            ("0000-01-01T23:59:00+23:59", Timestamp::FIRST),
            ("9999-12-31T00:00:59.999999-23:59", Timestamp::LAST),
        ] {
            assert_eq!(text.parse(), Ok(utc), "{text}");
            assert_eq!(utc.to_string().parse(), Ok(utc), "{text}");
        }
    }

    #[test]
    fn a_time_that_was_stored_is_written_whatever_it_is() {
        for (at, text) in [
            (i64::MIN, "0000-01-01T00:00:00.000000Z"),
            (Timestamp::FIRST.0 - 1, "0000-01-01T00:00:00.000000Z"),
            (Timestamp::LAST.0 + 1, "9999-12-31T23:59:59.999999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(Timestamp(at).to_string(), text);
            assert_eq!(serde_json::to_value(Timestamp(at)).unwrap(), text);
        }
    }

    #[test]
    fn a_day_and_a_month_begin_at_midnight() {
        let at: Timestamp = "2028-02-29T23:59:59.999999Z".parse().unwrap();
        let text = |at: Timestamp| at.to_string();
        assert_eq!(text(at.start_of_day()), "2028-02-29T00:00:00.000000Z");
        assert_eq!(text(at.start_of_month()), "2028-02-01T00:00:00.000000Z");
        assert_eq!(at.start_of_month().month(), at.month());
        assert_eq!(at.start_of_month().plus(-1).month(), at.month() - 1);
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
