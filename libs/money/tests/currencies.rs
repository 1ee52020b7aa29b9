//! The list of currencies: complete, right, quick to search and stable in serde.

use std::collections::BTreeMap;

use money::{Currency, CurrencyError};
use proptest::prelude::*;

/// Every currency of ISO 4217 List One that does not have two decimals.
const NOT_TWO_DECIMALS: [(&str, u8); 26] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// Where the list differs from the `iso_currency` crate, and why.
const DIFFERS: [(&str, &str); 6] = [
    (
        "BGN",
        "here: withdrawn on 2026-01-01, kept so that books can be closed",
    ),
    ("CUC", "absent: withdrawn in 2021"),
    ("HRK", "absent: withdrawn in 2023"),
    ("SLL", "absent: withdrawn in 2024"),
    (
        "VES",
        "here: the crate calls it superseded, ISO 4217 amendment 170 says it is not",
    ),
    ("ZWL", "absent: withdrawn in 2024"),
];

#[test]
fn every_exponent_other_than_two_is_pinned() {
    let actual: Vec<(&str, u8)> = Currency::all()
        .filter(|currency| currency.exponent() != 2)
        .map(|currency| (currency.code(), currency.exponent()))
        .collect();
    assert_eq!(actual, NOT_TWO_DECIMALS);
}

#[test]
fn currencies_that_are_often_mistaken_have_two_decimals() {
    for code in [
        "HUF", "IDR", "MGA", "MRU", "TWD", "LAK", "MMK", "IRR", "COP", "PKR", "AFN",
    ] {
        assert_eq!(Currency::from_code(code).unwrap().exponent(), 2, "{code}");
    }
}

#[test]
fn the_list_agrees_with_an_independent_copy_of_the_standard() {
    let mut differences = Vec::new();
    let mut compared = 0;
    for number in 0..=999 {
        let theirs = iso_currency::Currency::from_numeric(number)
            .filter(|theirs| theirs.exponent().is_some());
        let ours = Currency::from_numeric(number).ok();
        match (theirs, ours) {
            (Some(theirs), Some(ours)) => {
                compared += 1;
                let superseded = theirs.is_superseded().is_some();
                if superseded {
                    differences.push(ours.code());
                }
                assert_eq!(ours.code(), theirs.code());
                assert_eq!(
                    Some(u16::from(ours.exponent())),
                    theirs.exponent(),
                    "{ours}"
                );
            }
            (Some(theirs), None) => differences.push(theirs.code()),
            (None, Some(ours)) => panic!("{ours} is unknown to iso_currency"),
            (None, None) => {}
        }
    }
    differences.sort_unstable();
    assert_eq!(differences, DIFFERS.map(|(code, _)| code));
    assert_eq!(compared, Currency::all().count());
}

#[test]
fn codes_without_a_minor_unit_are_refused() {
    for code in [
        "XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XTS", "XUA", "XXX",
    ] {
        assert_eq!(
            Currency::from_code(code),
            Err(CurrencyError::Unknown),
            "{code}"
        );
    }
    for number in 955..=965 {
        assert_eq!(
            Currency::from_numeric(number),
            Err(CurrencyError::Unknown),
            "{number}"
        );
    }
    assert_eq!(Currency::from_numeric(999), Err(CurrencyError::Unknown));
}

#[test]
fn currencies_withdrawn_before_2026_are_refused() {
    for code in [
        "ANG", "CUC", "DEM", "FRF", "HRK", "ITL", "SLL", "VEF", "ZWL",
    ] {
        assert_eq!(
            Currency::from_code(code),
            Err(CurrencyError::Unknown),
            "{code}"
        );
    }
    assert_eq!(Currency::from_code("BGN").unwrap().numeric(), 975);
}

#[test]
fn a_code_is_three_upper_case_letters_and_nothing_else() {
    for text in [
        "", "U", "US", "usd", "Usd", "USDX", " USD", "USD ", "USD\0", "978", "ÜSD", "€",
    ] {
        assert_eq!(
            Currency::from_code(text),
            Err(CurrencyError::Unknown),
            "{text:?}"
        );
        assert_eq!(
            text.parse::<Currency>(),
            Err(CurrencyError::Unknown),
            "{text:?}"
        );
    }
}

#[test]
fn every_currency_is_found_by_its_code_and_by_its_number() {
    let mut by_code = BTreeMap::new();
    for currency in Currency::all() {
        assert_eq!(Currency::from_code(currency.code()), Ok(currency));
        assert_eq!(Currency::from_numeric(currency.numeric()), Ok(currency));
        assert!(!currency.name().is_empty());
        by_code.insert(currency.code(), currency);
    }
    assert_eq!(by_code.len(), 166);
    assert!(
        by_code.values().copied().eq(Currency::all()),
        "the list is ordered by code"
    );
    assert!(Currency::all().is_sorted());
}

#[test]
fn constants_are_what_they_say() {
    assert_eq!(
        (Currency::USD.code(), Currency::USD.numeric()),
        ("USD", 840)
    );
    assert_eq!(
        (Currency::EUR.code(), Currency::EUR.numeric()),
        ("EUR", 978)
    );
    assert_eq!(
        (Currency::JPY.code(), Currency::JPY.numeric()),
        ("JPY", 392)
    );
    assert_eq!(
        (Currency::KWD.code(), Currency::KWD.numeric()),
        ("KWD", 414)
    );
    assert_eq!(Currency::KWD.name(), "Kuwaiti dinar");
}

#[test]
fn a_currency_prints_as_its_code() {
    assert_eq!(
        format!("{} {:?} {:>5}", Currency::EUR, Currency::JPY, Currency::USD),
        "EUR JPY   USD"
    );
}

#[test]
fn a_currency_is_its_code_in_json() {
    assert_eq!(serde_json::to_string(&Currency::KWD).unwrap(), r#""KWD""#);
    assert_eq!(
        serde_json::from_str::<Currency>(r#""KWD""#).unwrap(),
        Currency::KWD
    );
    assert_eq!(
        serde_json::from_str::<Currency>(r#""\u0045UR""#).unwrap(),
        Currency::EUR
    );

    let unknown = serde_json::from_str::<Currency>(r#""XAU""#).unwrap_err();
    assert!(
        unknown
            .to_string()
            .contains("use an upper-case three-letter code"),
        "{unknown}"
    );
    let number = serde_json::from_str::<Currency>("978").unwrap_err();
    assert!(
        number
            .to_string()
            .contains("expected an ISO 4217 currency code"),
        "{number}"
    );
}

proptest! {
    #[test]
    fn looking_up_any_text_or_number_never_panics(text in any::<String>(), number in any::<u16>()) {
        if let Ok(currency) = Currency::from_code(&text) {
            prop_assert_eq!(currency.code(), text);
        }
        if let Ok(currency) = Currency::from_numeric(number) {
            prop_assert_eq!(currency.numeric(), number);
        }
    }
}
