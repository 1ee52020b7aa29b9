//! Hours in which somebody wants to be left alone, by the clock on their wall.

use jiff::ToSpan;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;
use values::Timestamp;

/// From a time of the day to another, over midnight where the end is the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuietHours {
    /// When they begin, in the time zone of the user's preferences (`PATCH /users/me/preferences`).
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "22:00")]
    pub(crate) start: TimeOfDay,
    /// When they end.
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "07:00")]
    pub(crate) end: TimeOfDay,
}

/// A time of the day to the minute: `22:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeOfDay(Time);

impl TimeOfDay {
    fn read(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let number = |digits: &str| {
            let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            two.then(|| digits.parse::<i8>().ok()).flatten()
        };
        let time = Time::new(number(hour)?, number(minute)?, 0, 0);
        time.ok().map(Self)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = format!("{:02}:{:02}", self.0.hour(), self.0.minute());
        serializer.serialize_str(&time)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refused = || de::Error::custom("a time of the day is written as 00:00 to 23:59");
        Self::read(&text).ok_or_else(refused)
    }
}

/// The zone with this name. Names are identity's, which refuses those that it does not know; one
/// that is not known here is UTC.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or_else(|_| {
        tracing::warn!(name, "a time zone is not known: its quiet hours are in UTC");
        TimeZone::UTC
    })
}

impl QuietHours {
    /// When they end, where they last now.
    pub(crate) fn end_after(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let now = jiff::Timestamp::from_microsecond(now.micros()).ok()?;
        let local = zone.to_datetime(now);
        let (start, end, time) = (self.start.0, self.end.0, local.time());
        let over_midnight = start > end;
        let lasts = match over_midnight {
            true => start <= time || time < end,
            false => start <= time && time < end,
        };
        if !lasts {
            return None;
        }
        let date = match over_midnight && start <= time {
            true => local.date().checked_add(1.day()).ok()?,
            false => local.date(),
        };
        let end = first_after(now, date.to_datetime(end), zone)?;
        Some(Timestamp(end.as_microsecond()))
    }
}

/// When the clocks of a zone show a time, after now. One that they skip is when they go on; one
/// that they show twice is the first of both that is still to come.
pub(super) fn first_after(
    now: jiff::Timestamp,
    local: DateTime,
    zone: &TimeZone,
) -> Option<jiff::Timestamp> {
    let shown = zone.to_ambiguous_timestamp(local);
    let first = shown.compatible().ok()?;
    match first > now {
        true => Some(first),
        false => shown.later().ok().filter(|second| *second > now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(start: &str, end: &str) -> QuietHours {
        let time = |text| TimeOfDay::read(text).unwrap();
        QuietHours {
            start: time(start),
            end: time(end),
        }
    }

    fn end(hours: QuietHours, zone_name: &str, now: &str) -> Option<String> {
        let now: jiff::Timestamp = now.parse().unwrap();
        let end = hours.end_after(Timestamp(now.as_microsecond()), &zone(zone_name))?;
        Some(
            jiff::Timestamp::from_microsecond(end.0)
                .unwrap()
                .to_string(),
        )
    }

    #[test]
    fn they_last_from_their_start_until_before_their_end() {
        let (night, noon) = (quiet("22:00", "07:00"), quiet("12:00", "13:30"));
        for (hours, zone, now, until) in [
            (night, "UTC", "2026-11-30T21:59:59Z", None),
            (
                night,
                "UTC",
                "2026-11-30T22:00:00Z",
                Some("2026-12-01T07:00:00Z"),
            ),
            (
                night,
                "UTC",
                "2026-12-01T06:59:59Z",
                Some("2026-12-01T07:00:00Z"),
            ),
            (night, "UTC", "2026-12-01T07:00:00Z", None),
            (
                noon,
                "UTC",
                "2026-11-30T12:10:00Z",
                Some("2026-11-30T13:30:00Z"),
            ),
            (noon, "UTC", "2026-11-30T13:30:00Z", None),
            (
                night,
                "Europe/Berlin",
                "2026-11-30T21:00:00Z",
                Some("2026-12-01T06:00:00Z"),
            ),
            (
                night,
                "Europe/Berlin",
                "2026-07-01T20:00:00Z",
                Some("2026-07-02T05:00:00Z"),
            ),
            (
                night,
                "America/New_York",
                "2026-12-31T23:30:00-05:00",
                Some("2027-01-01T12:00:00Z"),
            ),
            (
                night,
                "Asia/Kathmandu",
                "2026-11-30T17:00:00Z",
                Some("2026-12-01T01:15:00Z"),
            ),
            (
                night,
                "Pacific/Kiritimati",
                "2026-11-30T12:00:00Z",
                Some("2026-11-30T17:00:00Z"),
            ),
        ] {
            assert_eq!(
                end(hours, zone, now).as_deref(),
                until,
                "{hours:?} {zone} {now}"
            );
        }
    }

    #[test]
    fn they_end_by_the_clock_on_the_day_on_which_it_changes() {
        let berlin = "Europe/Berlin";
        for (hours, now, until) in [
            // In the night to 29 March 2026 the clock goes from 02:00 to 03:00, in that to 25
            // October from 03:00 to 02:00.
            (
                quiet("22:00", "07:00"),
                "2026-03-28T22:00:00Z",
                Some("2026-03-29T05:00:00Z"),
            ),
            (
                quiet("22:00", "07:00"),
                "2026-10-24T21:00:00Z",
                Some("2026-10-25T06:00:00Z"),
            ),
            // The clock does not show their end: they end when it goes on, as far behind.
            (
                quiet("22:00", "02:30"),
                "2026-03-29T00:30:00Z",
                Some("2026-03-29T01:30:00Z"),
            ),
            (quiet("22:00", "02:30"), "2026-03-29T01:00:00Z", None),
            // It shows their end twice, and they last twice.
            (
                quiet("22:00", "02:30"),
                "2026-10-25T00:10:00Z",
                Some("2026-10-25T00:30:00Z"),
            ),
            (quiet("22:00", "02:30"), "2026-10-25T00:40:00Z", None),
            (
                quiet("22:00", "02:30"),
                "2026-10-25T01:10:00Z",
                Some("2026-10-25T01:30:00Z"),
            ),
            (quiet("22:00", "02:30"), "2026-10-25T01:30:00Z", None),
            // It does not show their start.
            (
                quiet("02:30", "05:00"),
                "2026-03-29T01:10:00Z",
                Some("2026-03-29T03:00:00Z"),
            ),
        ] {
            assert_eq!(end(hours, berlin, now).as_deref(), until, "{hours:?} {now}");
        }
    }

    #[test]
    fn times_are_four_digits_of_a_day() {
        for text in [
            "",
            "7:00",
            "07:0",
            "24:00",
            "12:60",
            "12:00:00",
            "-1:00",
            "+1:00",
            "1\u{b2}:00",
        ] {
            assert_eq!(TimeOfDay::read(text), None, "{text}");
        }
        let night = serde_json::to_string(&quiet("00:00", "23:59")).unwrap();
        assert_eq!(night, r#"{"start":"00:00","end":"23:59"}"#);
    }

    #[test]
    fn the_zones_that_identity_knows_are_known_and_another_is_utc() {
        let known = include_str!("../../../identity/src/accounts/timezones.txt");
        for name in known.lines() {
            assert!(TimeZone::get(name).is_ok(), "{name}");
        }
        assert_eq!(zone("Mars/Olympus"), TimeZone::UTC);
    }
}
