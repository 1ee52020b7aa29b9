//! Which count or sum a rule asks for, of whom, and over which time. Counting is in `velocity`.

use std::fmt;
use std::str::FromStr;

use contracts::payments::TransactionType;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;
use values::Timestamp;

/// A count, sum or average over a window of time. The transaction at hand is part of it, except of
/// an average. What is on its way counts like what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Velocity {
    /// What is counted.
    pub measure: Measure,
    /// Over which time.
    pub window: Window,
    /// Whose transactions.
    pub key: Key,
    /// Only transactions of this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<TransactionType>,
    /// Fewer transactions than this in the window are too little data to say.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub at_least: u32,
}

impl Velocity {
    /// A stable short name: `count:payer:1h`, `amount_sum:pair:day:withdrawal`.
    #[must_use]
    pub fn name(&self) -> String {
        let only = self.only.map(|only| format!(":{only}")).unwrap_or_default();
        let (measure, key) = (self.measure.as_str(), self.key.as_str());
        format!("{measure}:{key}:{}{only}", self.window)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What is counted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Transactions.
    Count,
    /// Their amounts, in minor units of the base currency.
    AmountSum,
    /// Their mean amount without the transaction at hand, rounded down. Too little data where
    /// there are none.
    AmountAverage,
    /// Different counterparties. Exact up to [`Measure::MOST_DISTINCT`].
    DistinctCounterparties,
    /// Different cards and bank accounts. Exact up to [`Measure::MOST_DISTINCT`].
    DistinctInstruments,
}

impl Measure {
    /// Counts of different things stop here.
    pub const MOST_DISTINCT: i64 = 4_096;

    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Count,
        Self::AmountSum,
        Self::AmountAverage,
        Self::DistinctCounterparties,
        Self::DistinctInstruments,
    ];

    /// The name used in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::AmountSum => "amount_sum",
            Self::AmountAverage => "amount_average",
            Self::DistinctCounterparties => "distinct_counterparties",
            Self::DistinctInstruments => "distinct_instruments",
        }
    }
}

/// Whose transactions are counted together.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// Those that the same user gives.
    Payer,
    /// Those that the same user receives.
    Payee,
    /// Those from the same giver to the same receiver; cards and bank accounts are such, too.
    Pair,
    /// Those from or to the same card or bank account.
    Instrument,
    /// All of the organisation.
    Organisation,
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Payer,
        Self::Payee,
        Self::Pair,
        Self::Instrument,
        Self::Organisation,
    ];

    /// The name used in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payer => "payer",
            Self::Payee => "payee",
            Self::Pair => "pair",
            Self::Instrument => "instrument",
            Self::Organisation => "organisation",
        }
    }
}

const MINUTE: i64 = 60 * values::SECOND;

/// A window of time: from one minute to 90 days, or the calendar day (UTC). In JSON `15m`, `2h`,
/// `30d` or `day`.
///
/// A window begins at a full step, so that its edge is exact: of up to 3 hours at a full minute,
/// of up to 7 days at a full hour, of more at midnight (UTC). `1h` at 12:34:56 begins at 11:34:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// The calendar day (UTC).
    Day,
    /// So many minutes, 1 to [`Window::MOST_MINUTES`].
    Minutes(u32),
}

/// A text that is no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a window: write `day`, or 1 minute to 90 days as in 15m, 2h or 30d")]
pub struct InvalidWindow;

impl Window {
    /// 90 days.
    pub const MOST_MINUTES: u32 = 90 * 24 * 60;
    /// Windows of up to so many minutes begin at a full minute.
    pub const BY_MINUTE: u32 = 3 * 60;
    /// Windows of up to so many minutes begin at a full hour.
    pub const BY_HOUR: u32 = 7 * 24 * 60;

    /// When the window begins that is looked at from `at`.
    #[must_use]
    pub const fn begin(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Day => at.start_of_day(),
            Self::Minutes(minutes) => {
                let step = self.step_minutes() as i64;
                let from = at.0.saturating_sub((minutes as i64).saturating_mul(MINUTE));
                let step = step.saturating_mul(MINUTE);
                Timestamp(from.div_euclid(step).saturating_mul(step))
            }
        }
    }

    /// The minutes between the moments at which the window may begin.
    #[must_use]
    pub const fn step_minutes(self) -> u32 {
        match self {
            Self::Day => 60,
            Self::Minutes(minutes) if minutes <= Self::BY_MINUTE => 1,
            Self::Minutes(minutes) if minutes <= Self::BY_HOUR => 60,
            Self::Minutes(_) => 24 * 60,
        }
    }

    /// The most minutes that the window goes back.
    #[must_use]
    pub const fn minutes(self) -> u32 {
        match self {
            Self::Day => 24 * 60,
            Self::Minutes(minutes) => minutes.saturating_add(self.step_minutes()),
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Day => f.write_str("day"),
            Self::Minutes(minutes) if minutes.is_multiple_of(24 * 60) => {
                write!(f, "{}d", minutes / (24 * 60))
            }
            Self::Minutes(minutes) if minutes.is_multiple_of(60) => write!(f, "{}h", minutes / 60),
            Self::Minutes(minutes) => write!(f, "{minutes}m"),
        }
    }
}

impl FromStr for Window {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        if text == "day" {
            return Ok(Self::Day);
        }
        let (number, unit) = text
            .char_indices()
            .last()
            .and_then(|(last, unit)| Some((text.get(..last)?, unit)))
            .ok_or(InvalidWindow)?;
        let minutes_each = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            _ => return Err(InvalidWindow),
        };
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidWindow);
        }
        number
            .parse::<u32>()
            .ok()
            .and_then(|number| number.checked_mul(minutes_each))
            .filter(|minutes| (1..=Self::MOST_MINUTES).contains(minutes))
            .map(Self::Minutes)
            .ok_or(InvalidWindow)
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        values::deserialize(deserializer)
    }
}

impl utoipa::PartialSchema for Window {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^(day|[0-9]{1,6}[mhd])$"))
            .into()
    }
}

impl ToSchema for Window {}
