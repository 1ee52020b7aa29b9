//! What holds for every amount, against arithmetic in `i128` as the model.

use money::{Amount, AmountError, Currency};
use proptest::prelude::*;

fn any_currency() -> impl Strategy<Value = Currency> {
    let all: Vec<Currency> = Currency::all().collect();
    prop::sample::select(all)
}

/// Any `i64`, with its ends and the small numbers often enough.
fn any_minor() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => any::<i64>(),
        2 => -10_000..10_000_i64,
        1 => prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX]),
    ]
}

fn amount(minor: i128, currency: Currency) -> Result<Amount, AmountError> {
    match i64::try_from(minor) {
        Ok(minor) => Ok(Amount::from_minor(minor, currency)),
        Err(_) => Err(AmountError::Overflow),
    }
}

fn power_of_ten(power: u32) -> i128 {
    10_i128.pow(power)
}

/// `digits` with a decimal point so that `decimals` of them are behind it.
fn numeral(digits: u64, decimals: u8, negative: bool) -> String {
    let decimals = usize::from(decimals);
    let padded = format!("{digits:0width$}", width = decimals + 1);
    let (integer, fraction) = padded.split_at(padded.len() - decimals);
    let sign = if negative { "-" } else { "" };
    let point = if decimals == 0 { "" } else { "." };
    format!("{sign}{integer}{point}{fraction}")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_printed_reads_back_as_the_same_amount(
        minor in any_minor(),
        currency in any_currency(),
    ) {
        let amount = Amount::from_minor(minor, currency);
        let text = amount.to_string();
        prop_assert_eq!(Amount::parse(&text, currency), Ok(amount));
        prop_assert_eq!(Amount::parse_json_number(&text, currency), Ok(amount));
    }

    #[test]
    fn a_plain_numeral_has_the_value_that_arithmetic_says(
        digits in any::<u64>(),
        decimals in 0..8_u8,
        negative in any::<bool>(),
        currency in any_currency(),
    ) {
        let text = numeral(digits, decimals, negative);
        let places = currency.exponent();
        let expected = if decimals > places {
            Err(AmountError::Precision { decimals_allowed: places })
        } else {
            let magnitude = i128::from(digits) * power_of_ten(u32::from(places - decimals));
            amount(if negative { -magnitude } else { magnitude }, currency)
        };
        prop_assert_eq!(Amount::parse(&text, currency), expected, "{}", text);
        prop_assert_eq!(Amount::parse_json_number(&text, currency), expected, "{}", text);
    }

    #[test]
    fn a_json_number_with_an_exponent_has_the_value_that_arithmetic_says(
        digits in prop_oneof![any::<u64>(), 0..2_000_u64],
        zeros in 0..4_u32,
        decimals in 0..8_u8,
        exponent in -12..12_i32,
        negative in any::<bool>(),
        currency in any_currency(),
    ) {
        let digits = digits.checked_mul(10_u64.pow(zeros)).unwrap_or(digits);
        let text = format!("{}e{exponent}", numeral(digits, decimals, negative));
        let power = exponent - i32::from(decimals) + i32::from(currency.exponent());
        let signed = if negative { -i128::from(digits) } else { i128::from(digits) };
        let unit = power_of_ten(power.unsigned_abs());
        let expected = if power >= 0 {
            amount(signed * unit, currency)
        } else if signed % unit == 0 {
            amount(signed / unit, currency)
        } else {
            Err(AmountError::Precision { decimals_allowed: currency.exponent() })
        };
        prop_assert_eq!(Amount::parse_json_number(&text, currency), expected, "{}", text);
    }

    #[test]
    fn reading_any_text_never_panics(text in any::<String>(), currency in any_currency()) {
        if let Ok(amount) = Amount::parse(&text, currency) {
            prop_assert_eq!(Amount::parse_json_number(&text, currency), Ok(amount));
        }
    }

    #[test]
    fn texts_that_almost_are_numbers_get_one_answer(
        text in "-?[0-9]{0,22}(\\.[0-9]{0,6})?([eE][+-]?[0-9]{0,24})?[ +.x]?",
        currency in any_currency(),
    ) {
        let plain = Amount::parse(&text, currency);
        let json = Amount::parse_json_number(&text, currency);
        let is_json = serde_json::from_str::<serde_json::Number>(&text).is_ok();
        let has_exponent = text.contains(['e', 'E']);
        if has_exponent {
            prop_assert_eq!(plain, Err(AmountError::Malformed));
        } else {
            prop_assert_eq!(plain, json);
        }
        // serde_json agrees on the grammar; beyond that it refuses numbers out of a float's range.
        if is_json && !text.ends_with(' ') {
            prop_assert_ne!(json, Err(AmountError::Malformed));
        }
        if json != Err(AmountError::Malformed) && !has_exponent {
            prop_assert!(is_json);
        }
    }

    #[test]
    fn addition_is_exact_or_an_overflow(
        left in any_minor(),
        right in any_minor(),
        currency in any_currency(),
    ) {
        let [a, b] = [left, right].map(|minor| Amount::from_minor(minor, currency));
        let sum = i128::from(left) + i128::from(right);
        let difference = i128::from(left) - i128::from(right);
        prop_assert_eq!(a.checked_add(b), amount(sum, currency));
        prop_assert_eq!(b.checked_add(a), amount(sum, currency));
        prop_assert_eq!(a.checked_sub(b), amount(difference, currency));
        prop_assert_eq!(a.checked_neg(), amount(-i128::from(left), currency));
    }

    #[test]
    fn what_was_added_can_be_taken_away(
        left in any_minor(),
        right in any_minor(),
        currency in any_currency(),
    ) {
        let [a, b] = [left, right].map(|minor| Amount::from_minor(minor, currency));
        if let Ok(sum) = a.checked_add(b) {
            prop_assert_eq!(sum.checked_sub(b), Ok(a));
            prop_assert_eq!(sum.checked_sub(a), Ok(b));
        }
    }

    #[test]
    fn a_sum_does_not_depend_on_the_order(
        mut minors in prop::collection::vec(-1_000_000_000_000..1_000_000_000_000_i64, 0..100),
        currency in any_currency(),
    ) {
        let total = |minors: &[i64]| {
            let mut parts = minors.iter().map(|minor| Amount::from_minor(*minor, currency));
            parts.try_fold(Amount::from_minor(0, currency), Amount::checked_add)
        };
        let expected = amount(minors.iter().copied().map(i128::from).sum(), currency);
        prop_assert_eq!(total(&minors), expected);
        minors.sort_unstable();
        prop_assert_eq!(total(&minors), expected);
        minors.reverse();
        prop_assert_eq!(total(&minors), expected);
    }

    #[test]
    fn two_currencies_never_combine(
        left in any_minor(),
        right in any_minor(),
        currencies in (any_currency(), any_currency()),
    ) {
        prop_assume!(currencies.0 != currencies.1);
        let a = Amount::from_minor(left, currencies.0);
        let b = Amount::from_minor(right, currencies.1);
        let refusal =
            Err(AmountError::CurrencyMismatch { left: currencies.0, right: currencies.1 });
        prop_assert_eq!(a.checked_add(b), refusal);
        prop_assert_eq!(a.checked_sub(b), refusal);
        prop_assert_ne!(a, b);
    }
}
