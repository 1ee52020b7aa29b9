//! When somebody was born, as far as a list or a form says: a span of days.

use serde::Serialize;

/// A span of days, each as `yyyymmdd`, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Birth {
    /// The earliest.
    pub from: i32,
    /// The latest.
    pub to: i32,
}

/// How far two births are from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nearness {
    /// The same day.
    Day,
    /// Both may be the same, but one says the year or a span only.
    Span,
    /// Day and month are swapped, or a year is one off.
    Near,
    /// Neither.
    Apart,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

impl Birth {
    /// A day, where it is one; else the month or the year.
    #[must_use]
    pub fn day(year: i32, month: i32, day: i32) -> Option<Self> {
        if !(1800..=2200).contains(&year) {
            return None;
        }
        Some(match (month, day) {
            (1..=12, 1..=31) => Self::span(year * 10_000 + month * 100 + day, None),
            (1..=12, _) => {
                let month = year * 10_000 + month * 100;
                Self::span(month + 1, Some(month + 31))
            }
            _ => Self::years(year, year),
        })
    }

    /// Whole years.
    #[must_use]
    pub fn years(from: i32, to: i32) -> Self {
        let (from, to) = (from.min(to), from.max(to));
        Self::span(from * 10_000 + 101, Some(to * 10_000 + 1231))
    }

    fn span(from: i32, to: Option<i32>) -> Self {
        Self {
            from,
            to: to.unwrap_or(from),
        }
    }

    /// The year before and the year after, too: what is said to be about.
    #[must_use]
    pub fn about(self) -> Self {
        Self::years(self.from / 10_000 - 1, self.to / 10_000 + 1)
    }

    /// From the earliest of both to the latest.
    #[must_use]
    pub fn until(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
        }
    }

    /// Reads `1954-11-03`, `1954-11` or `1954`.
    #[must_use]
    pub fn read_iso(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.split(['T', ' ']).next().unwrap_or(text);
        let mut parts = text.split('-').map(|part| part.trim().parse::<i32>().ok());
        let year = parts.next()??;
        let month = parts.next().unwrap_or(Some(0))?;
        let day = parts.next().unwrap_or(Some(0))?;
        Self::day(year, month, day)
    }

    /// Reads what OFAC writes: `10 Dec 1948`, `Dec 1948`, `1948`, `circa 1948`, `1948 to 1950`,
    /// `circa 1979-1982`.
    #[must_use]
    pub fn read_words(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('.');
        if let Some(rest) = text.strip_prefix("circa ") {
            return Self::read_words(rest).map(Self::about);
        }
        if let Some((from, to)) = text.split_once(" to ") {
            return Some(Self::read_words(from)?.until(Self::read_words(to)?));
        }
        let words: Vec<&str> = text
            .split([' ', '-'])
            .filter(|word| !word.is_empty())
            .collect();
        let number = |text: &str| text.parse::<i32>().ok();
        let month = |text: &str| {
            let text = text.to_ascii_lowercase();
            let at = MONTHS.iter().position(|month| text.starts_with(month))?;
            i32::try_from(at + 1).ok()
        };
        match words[..] {
            [day, of, year] => Self::day(number(year)?, month(of)?, number(day)?),
            [first, year] => match month(first) {
                Some(month) => Self::day(number(year)?, month, 0),
                None => {
                    let (from, to) = (
                        Self::day(number(first)?, 0, 0)?,
                        Self::day(number(year)?, 0, 0)?,
                    );
                    Some(from.until(to))
                }
            },
            [year] => Self::day(number(year)?, 0, 0),
            _ => None,
        }
    }

    /// How far two births are from each other.
    #[must_use]
    pub fn nearness(self, other: Self) -> Nearness {
        if self == other && self.from == self.to {
            return Nearness::Day;
        }
        if self.from <= other.to && other.from <= self.to {
            return Nearness::Span;
        }
        let swapped = |day: i32| day / 10_000 * 10_000 + day % 100 * 100 + day / 100 % 100;
        let days = self.from == self.to && other.from == other.to;
        let later = self.from.max(other.from) / 10_000;
        let earlier = self.to.min(other.to) / 10_000;
        if days && swapped(self.from) == other.from || later - earlier <= 1 {
            return Nearness::Near;
        }
        Nearness::Apart
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: i32, to: i32) -> Option<Birth> {
        Some(Birth { from, to })
    }

    #[test]
    fn every_way_of_writing_a_birth_is_read() {
        for (text, expected) in [
            ("10 Dec 1948", span(19_481_210, 19_481_210)),
            ("Dec 1948", span(19_481_201, 19_481_231)),
            ("1948", span(19_480_101, 19_481_231)),
            ("circa 1948", span(19_470_101, 19_491_231)),
            ("1948 to 1950", span(19_480_101, 19_501_231)),
            ("01 Jan 1975 to 31 Dec 1975", span(19_750_101, 19_751_231)),
            ("circa 1979-1982", span(19_780_101, 19_831_231)),
            ("unknown", None),
            ("", None),
            ("9", None),
        ] {
            assert_eq!(Birth::read_words(text), expected, "{text}");
        }
        for (text, expected) in [
            ("1954-11-03", span(19_541_103, 19_541_103)),
            ("1954-11", span(19_541_101, 19_541_131)),
            ("1954", span(19_540_101, 19_541_231)),
            ("1974-01-32", span(19_740_101, 19_740_131)),
            ("2001-02-03T00:00:00Z", span(20_010_203, 20_010_203)),
            ("x-y", None),
            ("99999999999", None),
        ] {
            assert_eq!(Birth::read_iso(text), expected, "{text}");
        }
    }

    #[test]
    fn births_are_compared_as_far_as_they_are_known() {
        let read = |text| Birth::read_iso(text).unwrap();
        for (one, other, expected) in [
            ("1954-11-03", "1954-11-03", Nearness::Day),
            ("1954-11-03", "1954", Nearness::Span),
            ("1954-11-03", "1954-03-11", Nearness::Near),
            ("1954-11-03", "1955-06-07", Nearness::Near),
            ("1954", "1960", Nearness::Apart),
            ("1954-11-03", "1964-11-03", Nearness::Apart),
        ] {
            assert_eq!(read(one).nearness(read(other)), expected, "{one} {other}");
            assert_eq!(read(other).nearness(read(one)), expected, "{other} {one}");
        }
    }
}
