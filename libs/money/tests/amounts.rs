//! Amounts: what is read, what is refused and why, what is written, what may be added.

use money::{Amount, AmountError, Currency};

fn usd(text: &str) -> Result<i64, AmountError> {
    Amount::parse(text, Currency::USD).map(Amount::minor)
}

fn usd_json(text: &str) -> Result<i64, AmountError> {
    Amount::parse_json_number(text, Currency::USD).map(Amount::minor)
}

const PRECISION: Result<i64, AmountError> = Err(AmountError::Precision {
    decimals_allowed: 2,
});
const OVERFLOW: Result<i64, AmountError> = Err(AmountError::Overflow);
const MALFORMED: Result<i64, AmountError> = Err(AmountError::Malformed);

#[test]
fn decimal_notation_is_read_exactly() {
    for (text, minor) in [
        ("0", 0),
        ("-0", 0),
        ("-0.00", 0),
        ("0.01", 1),
        ("-0.05", -5),
        ("0.5", 50),
        ("12", 1200),
        ("12.5", 1250),
        ("12.50", 1250),
        ("-12.50", -1250),
        ("1000000", 100_000_000),
        ("92233720368547758.07", i64::MAX),
        ("-92233720368547758.08", i64::MIN),
    ] {
        assert_eq!(usd(text), Ok(minor), "{text}");
        assert_eq!(usd_json(text), Ok(minor), "{text} as a JSON number");
    }
}

#[test]
fn each_currency_counts_in_its_own_minor_unit() {
    for (text, code, minor) in [
        ("12", "JPY", 12),
        ("0.005", "KWD", 5),
        ("1", "KWD", 1000),
        ("0.0001", "CLF", 1),
        ("9223372036854775807", "JPY", i64::MAX),
        ("-9223372036854775808", "JPY", i64::MIN),
    ] {
        let amount = Amount::parse(text, Currency::from_code(code).unwrap()).unwrap();
        assert_eq!(
            (amount.minor(), amount.currency().code()),
            (minor, code),
            "{text}"
        );
    }
}

#[test]
fn text_that_is_not_decimal_notation_is_malformed() {
    for text in [
        "",
        "-",
        "+1",
        "--1",
        "1-",
        ".",
        ".5",
        "5.",
        "-.5",
        "1..2",
        "1.2.3",
        "007",
        "00",
        "-01",
        "00.5",
        " 1",
        "1 ",
        "1 000",
        "1,000",
        "1_000",
        "1,5",
        "0x10",
        "NaN",
        "inf",
        "Infinity",
        "one",
        "1\0",
        "\u{661}",
        "\u{2212}1",
        "1.-5",
        "12.5.",
        "$1",
        "1 USD",
        "1\n",
    ] {
        assert_eq!(usd(text), MALFORMED, "{text:?}");
        assert_eq!(usd_json(text), MALFORMED, "{text:?} as a JSON number");
    }
}

#[test]
fn an_exponent_is_for_json_numbers_only() {
    for text in ["1e2", "1E2", "1.5e0", "0e0"] {
        assert_eq!(usd(text), MALFORMED, "{text}");
    }
    for text in [
        "1e", "1e+", "e1", "1e1.5", "1e1e1", "1ee1", "1e 1", "1e--1", "1.e1", "01e1",
    ] {
        assert_eq!(usd_json(text), MALFORMED, "{text}");
    }
}

#[test]
fn more_decimals_than_the_currency_has_are_refused_even_if_zero() {
    for text in [
        "12.500",
        "0.001",
        "0.000",
        "-1.999",
        "92233720368547758.080",
    ] {
        assert_eq!(usd(text), PRECISION, "{text}");
        assert_eq!(usd_json(text), PRECISION, "{text} as a JSON number");
    }
    assert_eq!(
        Amount::parse("12.0", Currency::JPY),
        Err(AmountError::Precision {
            decimals_allowed: 0
        })
    );
    assert_eq!(
        Amount::parse("0.0005", Currency::KWD),
        Err(AmountError::Precision {
            decimals_allowed: 3
        })
    );
}

#[test]
fn what_does_not_fit_in_64_bits_is_an_overflow() {
    for text in [
        "92233720368547758.08",
        "-92233720368547758.09",
        "92233720368547759",
        "100000000000000000",
        "99999999999999999999999999999999999999.99",
    ] {
        assert_eq!(usd(text), OVERFLOW, "{text}");
        assert_eq!(usd_json(text), OVERFLOW, "{text} as a JSON number");
    }
}

#[test]
fn json_exponents_are_exact() {
    for (text, minor) in [
        ("1e2", 10_000),
        ("1E+2", 10_000),
        ("1.25e1", 1250),
        ("12.345e1", 12_345),
        ("-125e-2", -125),
        ("1000e-3", 100),
        ("1.2500e0", 125),
        ("0.000000001e9", 100),
        ("1e-2", 1),
        ("0e999999999999999999999999", 0),
        ("0.00e-999999999999999999999999", 0),
        ("9223372036854775807e-2", i64::MAX),
        ("-9223372036854775808e-2", i64::MIN),
        ("-0.9223372036854775808e17", i64::MIN),
        ("1e00000000000000000000000002", 10_000),
    ] {
        assert_eq!(usd_json(text), Ok(minor), "{text}");
    }
}

#[test]
fn json_numbers_below_the_minor_unit_are_refused_not_rounded() {
    for text in [
        "1e-3",
        "1.5e-2",
        "12.345e0",
        "1e-400",
        "1e-99999999999999999999",
        "12345e-3",
    ] {
        assert_eq!(usd_json(text), PRECISION, "{text}");
    }
}

#[test]
fn huge_exponents_are_refused_without_work() {
    for text in [
        "1e17",
        "1e18",
        "1e400",
        "1e2147483648",
        "1e9223372036854775807",
        "-1e99999999999999999999999999",
        "9223372036854775808e-2",
    ] {
        assert_eq!(usd_json(text), OVERFLOW, "{text}");
    }
}

#[test]
fn very_long_texts_get_the_right_answer() {
    let zeros = "0".repeat(100_000);
    assert_eq!(usd(&format!("1{zeros}")), OVERFLOW);
    assert_eq!(usd(&format!("0.{zeros}")), PRECISION);
    assert_eq!(usd(&format!("0{zeros}")), MALFORMED);
    assert_eq!(usd_json(&format!("1{zeros}e-100000")), Ok(100));
    assert_eq!(usd_json(&format!("0.{zeros}1e100001")), Ok(100));
    assert_eq!(usd_json(&format!("1e{zeros}")), Ok(100));
}

#[test]
fn amounts_print_with_all_decimals_of_their_currency() {
    for (minor, code, text) in [
        (1250, "USD", "12.50"),
        (0, "USD", "0.00"),
        (-5, "USD", "-0.05"),
        (-100, "USD", "-1.00"),
        (12, "JPY", "12"),
        (-12, "JPY", "-12"),
        (5, "KWD", "0.005"),
        (1, "CLF", "0.0001"),
        (i64::MAX, "USD", "92233720368547758.07"),
        (i64::MIN, "USD", "-92233720368547758.08"),
        (i64::MIN, "JPY", "-9223372036854775808"),
        (i64::MIN, "KWD", "-9223372036854775.808"),
    ] {
        let amount = Amount::from_minor(minor, Currency::from_code(code).unwrap());
        assert_eq!(amount.to_string(), text);
        assert_eq!(amount.to_decimal_string(), text);
        assert_eq!(format!("{amount:?}"), format!("{text} {code}"));
    }
}

#[test]
fn zero_is_not_positive() {
    let sign = |minor| {
        let amount = Amount::from_minor(minor, Currency::USD);
        (amount.is_positive(), amount.is_zero())
    };
    assert_eq!(
        [sign(-1), sign(0), sign(1)],
        [(false, false), (false, true), (true, false)]
    );
}

#[test]
fn different_currencies_do_not_add() {
    let left = Amount::from_minor(i64::MAX, Currency::USD);
    let right = Amount::from_minor(i64::MAX, Currency::EUR);
    let refusal = Err(AmountError::CurrencyMismatch {
        left: Currency::USD,
        right: Currency::EUR,
    });
    assert_eq!(left.checked_add(right), refusal);
    assert_eq!(left.checked_sub(right), refusal);
}

#[test]
fn a_result_that_does_not_fit_is_an_overflow() {
    let amount = |minor| Amount::from_minor(minor, Currency::USD);
    assert_eq!(
        amount(i64::MAX).checked_add(amount(1)),
        Err(AmountError::Overflow)
    );
    assert_eq!(
        amount(i64::MIN).checked_sub(amount(1)),
        Err(AmountError::Overflow)
    );
    assert_eq!(amount(i64::MIN).checked_neg(), Err(AmountError::Overflow));
    assert_eq!(amount(i64::MAX).checked_neg(), Ok(amount(-i64::MAX)));
}

#[test]
fn errors_say_what_to_do() {
    for (error, advice) in [
        (AmountError::Malformed, "such as 12.50"),
        (
            AmountError::Precision {
                decimals_allowed: 3,
            },
            "write at most 3",
        ),
        (AmountError::Overflow, "use a smaller one"),
        (
            AmountError::CurrencyMismatch {
                left: Currency::USD,
                right: Currency::EUR,
            },
            "cannot combine USD with EUR; use amounts in one currency",
        ),
    ] {
        assert!(error.to_string().contains(advice), "{error}");
    }
}
