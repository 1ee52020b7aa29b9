//! One mail a day instead of many: when it comes. Pure.

use jiff::ToSpan;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;

use crate::preferences::quiet_hours::first_after;

/// One mail a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationDigest)]
pub(crate) struct Digest {
    /// At which full hour it comes, in the time zone of the user's preferences.
    #[schema(minimum = 0, maximum = 23, example = 8)]
    pub(crate) hour: u8,
}

impl Digest {
    /// Whether there is such an hour.
    pub(crate) const fn is_of_a_day(self) -> bool {
        self.hour < 24
    }

    /// When what was told at a time comes: at the first such hour after it.
    pub(crate) fn time_after(self, told: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let told = jiff::Timestamp::from_microsecond(told.micros()).ok()?;
        let hour = Time::new(i8::try_from(self.hour).ok()?, 0, 0, 0).ok()?;
        let today = zone.to_datetime(told).date();
        let at = match first_after(told, today.to_datetime(hour), zone) {
            Some(at) => at,
            None => {
                let tomorrow = today.checked_add(1.day()).ok()?;
                first_after(told, tomorrow.to_datetime(hour), zone)?
            }
        };
        Some(Timestamp(at.as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preferences::quiet_hours::zone;

    #[test]
    fn it_comes_at_the_next_such_hour_by_the_clock_of_the_zone() {
        for (hour, name, told, comes) in [
            (8, "UTC", "2026-11-30T07:59:59Z", "2026-11-30T08:00:00Z"),
            (8, "UTC", "2026-11-30T08:00:00Z", "2026-12-01T08:00:00Z"),
            (0, "UTC", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
            (
                8,
                "Europe/Berlin",
                "2026-11-30T06:00:00Z",
                "2026-11-30T07:00:00Z",
            ),
            (
                8,
                "Europe/Berlin",
                "2026-07-01T06:00:00Z",
                "2026-07-02T06:00:00Z",
            ),
            (
                23,
                "America/New_York",
                "2026-11-30T23:00:00Z",
                "2026-12-01T04:00:00Z",
            ),
            // The clock does not show this hour, or shows it twice.
            (
                2,
                "Europe/Berlin",
                "2026-03-29T00:00:00Z",
                "2026-03-29T01:00:00Z",
            ),
            (
                2,
                "Europe/Berlin",
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
            ),
        ] {
            let told: jiff::Timestamp = told.parse().unwrap();
            let time = Digest { hour }.time_after(Timestamp(told.as_microsecond()), &zone(name));
            let time = jiff::Timestamp::from_microsecond(time.unwrap().micros()).unwrap();
            assert_eq!(time.to_string(), comes, "{hour} {name} {told}");
        }
        assert!(!Digest { hour: 24 }.is_of_a_day());
    }
}
