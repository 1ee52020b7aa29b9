//! [`Amount`]: an exact number of a currency's minor units.
//!
//! Owns reading and writing amounts as text and the arithmetic that amounts may do. Never
//! rounds, never converts, never meets a float. How a numeral is taken apart is in `decimal`.

mod decimal;

use std::fmt;

use decimal::{Decimal, Inexact};

use crate::Currency;

/// An exact amount of money: whole minor units of one currency, negative allowed.
///
/// 12.50 USD is 1,250 minor units, 12 JPY is 12, 0.005 KWD is 5. The range is that of an `i64`:
/// about ±92 quadrillion in a currency with two decimals. Two amounts are equal if number and
/// currency are; there is no order, because amounts in different currencies have none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

/// Why a text is not an amount, or why two amounts cannot be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The text is not a decimal number.
    #[error(
        "not a decimal number; write digits, and a decimal point where there are decimals, such as 12.50, without \
         commas, spaces, signs or leading zeros"
    )]
    Malformed,
    /// The number has more decimals than the currency. It is refused, never rounded.
    #[error("too many decimals; write at most {decimals_allowed} in this currency")]
    Precision {
        /// The currency's exponent.
        decimals_allowed: u8,
    },
    /// The amount, or the result, does not fit in 64 bits of minor units.
    #[error("the amount is larger than can be kept in 64 bits of minor units; use a smaller one")]
    Overflow,
    /// The two amounts are in different currencies.
    #[error("cannot combine {left} with {right}; use amounts in one currency")]
    CurrencyMismatch {
        /// The currency of the amount on the left.
        left: Currency,
        /// The currency of the amount on the right.
        right: Currency,
    },
}

impl Amount {
    /// `minor` minor units of `currency`: 1250 and USD make 12.50 USD.
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads decimal notation: an optional `-`, then `0` or digits without a leading zero, then
    /// optionally a `.` and at least one digit. This is a JSON number (RFC 8259, section 6)
    /// without its exponent. `-0.00` is zero.
    ///
    /// Decimals are counted as written: `12.500` has three and is refused in USD, because
    /// anyone who wrote it works with another precision than the currency's.
    ///
    /// # Errors
    /// [`AmountError::Malformed`], else [`AmountError::Precision`], else
    /// [`AmountError::Overflow`].
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        match Decimal::parse(text) {
            Some(number) if !number.has_exponent() => Self::from_decimal(&number, currency),
            Some(_) | None => Err(AmountError::Malformed),
        }
    }

    /// Reads the raw text of a JSON number (RFC 8259, section 6) exactly, never through a float.
    ///
    /// Without an exponent this is [`parse`](Self::parse). With one, what counts is the value:
    /// `1.25e1` is 12.50, `1e2` is 100.00, `1000e-3` is 1.00 and `1e-3` is refused in USD. The
    /// work is one pass over the text, whatever the exponent says.
    ///
    /// # Errors
    /// [`AmountError::Malformed`], else [`AmountError::Precision`], else
    /// [`AmountError::Overflow`].
    pub fn parse_json_number(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let number = Decimal::parse(text).ok_or(AmountError::Malformed)?;
        Self::from_decimal(&number, currency)
    }

    fn from_decimal(number: &Decimal<'_>, currency: Currency) -> Result<Self, AmountError> {
        let places = currency.exponent();
        match number.scaled(places) {
            Ok(minor) => Ok(Self { minor, currency }),
            Err(Inexact::MoreDecimals) => Err(AmountError::Precision {
                decimals_allowed: places,
            }),
            Err(Inexact::OutOfRange) => Err(AmountError::Overflow),
        }
    }

    /// The number of minor units: 1250 for 12.50 USD.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether the amount is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The sum of both.
    ///
    /// # Errors
    /// [`AmountError::CurrencyMismatch`], else [`AmountError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        self.combine(other, i64::checked_add)
    }

    /// This amount less the other. The result may be negative.
    ///
    /// # Errors
    /// [`AmountError::CurrencyMismatch`], else [`AmountError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        self.combine(other, i64::checked_sub)
    }

    /// The amount with the opposite sign.
    ///
    /// # Errors
    /// [`AmountError::Overflow`] for the one amount without an opposite, `i64::MIN` minor units.
    pub fn checked_neg(self) -> Result<Self, AmountError> {
        let minor = self.minor.checked_neg().ok_or(AmountError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    fn combine(
        self,
        other: Self,
        operation: fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, AmountError> {
        if self.currency != other.currency {
            return Err(AmountError::CurrencyMismatch {
                left: self.currency,
                right: other.currency,
            });
        }
        let minor = operation(self.minor, other.minor).ok_or(AmountError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The amount in decimal notation with all the currency's decimals and without its code, as
    /// [`parse`](Self::parse) reads it: `12.50`, `-0.05`, `12` for JPY, `0.005` for KWD.
    #[must_use]
    pub fn to_decimal_string(self) -> String {
        self.to_string()
    }
}

/// Decimal notation, without the currency: see [`Amount::to_decimal_string`].
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(f, self.minor, self.currency.exponent())
    }
}

/// Number and currency: `12.50 USD`.
impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.currency)
    }
}
