//! [`Currency`]: an ISO 4217 currency that can hold a balance.
//!
//! Owns look-up by alphabetic and numeric code; the list itself is in `iso4217`. Never knows
//! countries, symbols or how people format money: that is the business of a user interface.

mod iso4217;

use std::fmt;
use std::str::FromStr;

use iso4217::{ROWS, Row};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

/// An ISO 4217 currency that has a minor unit, and so can hold a balance.
///
/// Codes without a minor unit (`XAU`, `XDR`, `XTS`, `XXX`, ...) do not exist here, nor do
/// currencies that were withdrawn before 2026; the rule is written out above the list in
/// `currency/iso4217.rs`.
///
/// Ordered by alphabetic code. In serde it is its alphabetic code, a string. To store it, use
/// [`code`](Self::code) or [`numeric`](Self::numeric), never a cast or the order.
///
/// ```
/// use money::Currency;
///
/// let dinar: Currency = "KWD".parse()?;
/// assert_eq!((dinar.numeric(), dinar.exponent()), (414, 3));
/// # Ok::<(), money::CurrencyError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(u8);

/// Why a text or a number is not a [`Currency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    /// No currency that can hold a balance has this code. Lower case is not accepted.
    #[error(
        "not an ISO 4217 currency that can hold a balance; \
         use an upper-case three-letter code such as EUR, USD or JPY"
    )]
    Unknown,
}

/// `BY_NUMERIC[n]` is the row of the currency with numeric code `n`, or `ABSENT`.
static BY_NUMERIC: [u8; 1000] = {
    assert!(
        ROWS.len() < ABSENT as usize,
        "a row's index must fit in a byte"
    );
    let mut table = [ABSENT; 1000];
    let mut row: u8 = 0;
    while (row as usize) < ROWS.len() {
        let number = ROWS[row as usize].1 as usize;
        assert!(table[number] == ABSENT, "two rows share a numeric code");
        table[number] = row;
        row += 1;
    }
    table
};

const ABSENT: u8 = u8::MAX;

impl Currency {
    /// United States dollar, 2 decimals.
    pub const USD: Self = Self::listed("USD");
    /// Euro, 2 decimals.
    pub const EUR: Self = Self::listed("EUR");
    /// Japanese yen, no decimals.
    pub const JPY: Self = Self::listed("JPY");
    /// Kuwaiti dinar, 3 decimals.
    pub const KWD: Self = Self::listed("KWD");
    /// Unidad de Fomento, 4 decimals: the most that any has.
    pub const CLF: Self = Self::listed("CLF");

    /// The currency with this alphabetic code, for example `EUR`.
    ///
    /// # Errors
    /// [`CurrencyError::Unknown`] for anything else, lower case and surrounding space included.
    pub fn from_code(code: &str) -> Result<Self, CurrencyError> {
        ROWS.binary_search_by(|row| row.0.cmp(code))
            .ok()
            .and_then(|row| u8::try_from(row).ok())
            .map(Self)
            .ok_or(CurrencyError::Unknown)
    }

    /// The currency with this numeric code, for example 978 for `EUR`. One look in a table.
    ///
    /// # Errors
    /// [`CurrencyError::Unknown`] if no currency that can hold a balance has this number.
    pub fn from_numeric(number: u16) -> Result<Self, CurrencyError> {
        match BY_NUMERIC.get(usize::from(number)) {
            None | Some(&ABSENT) => Err(CurrencyError::Unknown),
            Some(&row) => Ok(Self(row)),
        }
    }

    /// Every currency, ordered by alphabetic code.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ABSENT).take(ROWS.len()).map(Self)
    }

    /// The alphabetic code: three upper-case letters.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// The numeric code, 1 to 999.
    #[must_use]
    pub const fn numeric(self) -> u16 {
        self.row().1
    }

    /// How many decimals an amount has: 2 means that one minor unit is a hundredth. 0 to 4.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.row().2
    }

    /// The English name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().3
    }

    const fn row(self) -> &'static Row {
        &ROWS[self.0 as usize]
    }

    /// For the constants above: a code that is not in the list fails the build.
    const fn listed(code: &str) -> Self {
        const fn eq(left: &[u8], right: &[u8]) -> bool {
            matches!((left, right), ([a, b, c], [x, y, z]) if *a == *x && *b == *y && *c == *z)
        }
        let mut row: u8 = 0;
        while !eq(ROWS[row as usize].0.as_bytes(), code.as_bytes()) {
            row = row.saturating_add(1);
        }
        Self(row)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(code: &str) -> Result<Self, CurrencyError> {
        Self::from_code(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Code;

        impl Visitor<'_> for Code {
            type Value = Currency;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an ISO 4217 currency code such as \"EUR\"")
            }

            fn visit_str<E: de::Error>(self, code: &str) -> Result<Currency, E> {
                Currency::from_code(code).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Code)
    }
}
