//! Decimal numerals: their grammar, their exact value, and how a value is written.
//!
//! Owns the grammar of a JSON number (RFC 8259, section 6) and its conversion to a scaled
//! integer and back. Never allocates, never loops longer than the text, knows no currency.

use std::fmt;

/// A numeral that follows the grammar, not yet a value.
pub(super) struct Decimal<'a> {
    negative: bool,
    integer: &'a [u8],
    fraction: &'a [u8],
    exponent: Option<i64>,
}

/// Why a numeral has no exact value at the wanted scale.
pub(super) enum Inexact {
    /// It has digits below the smallest unit.
    MoreDecimals,
    /// The value does not fit in an `i64`.
    OutOfRange,
}

impl<'a> Decimal<'a> {
    /// `[ '-' ] ( '0' | nonzero digits* ) [ '.' digits+ ] [ ('e'|'E') ['+'|'-'] digits+ ]`
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.as_bytes();
        let (negative, text) = match text.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (integer, text) = digits(text)?;
        if integer.len() > 1 && integer.starts_with(b"0") {
            return None;
        }
        let (fraction, text) = match text.strip_prefix(b".") {
            Some(rest) => digits(rest)?,
            None => (&[][..], text),
        };
        let exponent = match text {
            [] => None,
            [b'e' | b'E', rest @ ..] => Some(exponent(rest)?),
            _ => return None,
        };
        Some(Self {
            negative,
            integer,
            fraction,
            exponent,
        })
    }

    pub(super) fn has_exponent(&self) -> bool {
        self.exponent.is_some()
    }

    /// The value times 10^`places`, exactly.
    ///
    /// A numeral without exponent may not have more decimals than `places`, even if they are
    /// zeros; of one with an exponent only the value counts.
    pub(super) fn scaled(&self, places: u8) -> Result<i64, Inexact> {
        if self.exponent.is_none() && self.fraction.len() > usize::from(places) {
            return Err(Inexact::MoreDecimals);
        }
        let digits = || self.integer.iter().chain(self.fraction);
        let Some(first) = digits().position(|digit| *digit != b'0') else {
            return Ok(0);
        };
        let trailing_zeros = digits().rev().take_while(|digit| **digit == b'0').count();
        // The value is (the digits without their trailing zeros) * 10^power.
        let power = signed(trailing_zeros)
            .saturating_sub(signed(self.fraction.len()))
            .saturating_add(i64::from(places))
            .saturating_add(self.exponent.unwrap_or(0));
        if power < 0 {
            return Err(Inexact::MoreDecimals);
        }
        let length = self.integer.len().saturating_add(self.fraction.len());
        let significant = digits()
            .take(length.saturating_sub(trailing_zeros))
            .skip(first);
        self.value(significant, power).ok_or(Inexact::OutOfRange)
    }

    /// `digits` * 10^`power` with the numeral's sign. Counted below zero, because an `i64`
    /// reaches one further there.
    fn value<'d>(&self, mut digits: impl Iterator<Item = &'d u8>, power: i64) -> Option<i64> {
        let negated = digits.try_fold(0_i64, |value, digit| {
            let digit = i64::from(digit.checked_sub(b'0')?);
            value.checked_mul(10)?.checked_sub(digit)
        })?;
        let factor = 10_i64.checked_pow(u32::try_from(power).ok()?)?;
        let negated = negated.checked_mul(factor)?;
        if self.negative {
            Some(negated)
        } else {
            negated.checked_neg()
        }
    }
}

/// Splits off the leading digits, of which there must be one at least.
fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// Reads what follows the `e`. What does not fit in an `i64` becomes its nearest end: no text
/// is long enough to outweigh it.
fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (digits, []) = digits(text)? else {
        return None;
    };
    Some(digits.iter().fold(0_i64, |value, digit| {
        let digit = i64::from(digit.saturating_sub(b'0'));
        let value = value.saturating_mul(10);
        if negative {
            value.saturating_sub(digit)
        } else {
            value.saturating_add(digit)
        }
    }))
}

/// The length of a text in memory always fits.
fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// Writes `minor` / 10^`places` with exactly `places` decimals.
pub(super) fn write(f: &mut fmt::Formatter<'_>, minor: i64, places: u8) -> fmt::Result {
    let magnitude = minor.unsigned_abs();
    let unit = 10_u64.saturating_pow(u32::from(places));
    // A unit is at least 1, so neither division is by zero.
    let whole = magnitude.checked_div(unit).unwrap_or(magnitude);
    let part = magnitude.checked_rem(unit).unwrap_or(0);
    let sign = if minor < 0 { "-" } else { "" };
    if places == 0 {
        write!(f, "{sign}{whole}")
    } else {
        write!(
            f,
            "{sign}{whole}.{part:0width$}",
            width = usize::from(places)
        )
    }
}
