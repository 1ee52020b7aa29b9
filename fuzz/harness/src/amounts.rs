//! Amounts: what is read is what arithmetic on the digits says, what is written reads back, and
//! nothing panics.

use money::{Amount, AmountError, Currency};

use crate::bytes::Bytes;

/// A number's text in a currency, read and written; the first two bytes choose the currency and how
/// the rest becomes text.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let currencies: Vec<Currency> = Currency::all().collect();
    let currency = bytes.pick(&currencies);
    let text = match bytes.below(3) {
        0 => String::from_utf8_lossy(bytes.rest()).into_owned(),
        1 => numeral(bytes.rest()),
        _ => {
            let minor = bytes.int();
            written_and_read(minor, currency);
            return;
        }
    };
    let plain = expected(&text, currency, false);
    assert_eq!(Amount::parse(&text, currency), plain, "{text:?} {currency}");
    let number = expected(&text, currency, true);
    let read = Amount::parse_json_number(&text, currency);
    assert_eq!(read, number, "{text:?} {currency} as a JSON number");
    if let Ok(amount) = read {
        written_and_read(amount.minor(), currency);
    }
}

/// Text over the letters of numbers.
fn numeral(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 20] = b"0123456789012345.-+e";
    bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect()
}

/// What is written reads back, and its digits are the number's.
fn written_and_read(minor: i64, currency: Currency) {
    let amount = Amount::from_minor(minor, currency);
    let text = amount.to_decimal_string();
    assert_eq!(Amount::parse(&text, currency), Ok(amount), "{text}");
    assert_eq!(Amount::parse_json_number(&text, currency), Ok(amount));
    let digits = text.replace(['-', '.'], "");
    assert_eq!(digits.parse::<u64>(), Ok(minor.unsigned_abs()), "{text}");
    assert_eq!(text.starts_with('-'), minor < 0, "{text}");
    let decimals = text.split_once('.').map_or(0, |(_, part)| part.len());
    assert_eq!(decimals, usize::from(currency.exponent()), "{text}");
}

/// The rules of `money` once more, on decimal digits in a text instead of on a scaled integer.
fn expected(text: &str, currency: Currency, exponents: bool) -> Result<Amount, AmountError> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) if exponents => (mantissa, Some(exponent)),
        Some(_) => return Err(AmountError::Malformed),
        None => (text, None),
    };
    let (negative, number) = match mantissa.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, mantissa),
    };
    let (integer, fraction) = match number.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (number, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let leading_zero = integer.len() > 1 && integer.starts_with('0');
    if !all_digits(integer) || leading_zero || !fraction.is_none_or(all_digits) {
        return Err(AmountError::Malformed);
    }
    let shift = match exponent {
        None => 0,
        Some(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            if !all_digits(digits) {
                return Err(AmountError::Malformed);
            }
            // Beyond any text's length all exponents do the same.
            let size = digits
                .parse::<i64>()
                .map_or(1_000_000, |size| size.min(1_000_000));
            if text.starts_with('-') { -size } else { size }
        }
    };
    let fraction = fraction.unwrap_or_default();
    let places = i64::from(currency.exponent());
    let precision = AmountError::Precision {
        decimals_allowed: currency.exponent(),
    };
    if exponent.is_none() && i64::try_from(fraction.len()).unwrap() > places {
        return Err(precision);
    }
    // The digits with the point `point` places from their left, moved to the right by the exponent
    // and the decimals.
    let digits = format!("{integer}{fraction}");
    if digits.chars().all(|digit| digit == '0') {
        return Ok(Amount::from_minor(0, currency));
    }
    let point = i64::try_from(integer.len()).unwrap() + shift + places;
    let whole = digits.trim_end_matches('0');
    if i64::try_from(whole.len()).unwrap() > point {
        return Err(precision);
    }
    let significant = whole.trim_start_matches('0');
    let leading = whole.len() - significant.len();
    let length = point - i64::try_from(leading).unwrap();
    if length > 30 {
        return Err(AmountError::Overflow);
    }
    let zeros = usize::try_from(length).unwrap() - significant.len();
    let magnitude: i128 = format!("{significant}{}", "0".repeat(zeros))
        .parse()
        .unwrap();
    let minor = if negative { -magnitude } else { magnitude };
    i64::try_from(minor)
        .map(|minor| Amount::from_minor(minor, currency))
        .map_err(|_| AmountError::Overflow)
}
