//! What an amount is in another currency, for comparing only: no money is ever converted by it.

use std::collections::BTreeMap;

use money::Currency;

/// What one unit of each currency is in US dollars.
#[derive(Debug, Clone)]
pub(crate) struct Rates(BTreeMap<&'static str, Rate>);

/// A decimal number: so many units of a power of ten below 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    units: i128,
    decimals: u32,
}

/// One.
const ONE: Rate = Rate {
    units: 1,
    decimals: 0,
};
/// The most digits of a rate, before and after the point.
const MOST_DIGITS: usize = 12;

impl Rates {
    /// Rates as the settings have them.
    ///
    /// # Errors
    /// Which setting cannot be used, and why.
    pub(crate) fn new(base: Currency, rates: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut of = BTreeMap::from([(Currency::USD.code(), ONE)]);
        for (code, text) in rates {
            let currency = Currency::from_code(&code.to_uppercase());
            let currency = currency.map_err(|error| format!("risk.rates.{code}: {error}"))?;
            let rate = parse(text).ok_or_else(|| {
                format!("risk.rates.{code}: `{text}` is no rate: write a decimal number above 0, such as \"1.08\"")
            })?;
            if currency == Currency::USD && rate != ONE {
                let why = "rates are in US dollars, so leave it out";
                return Err(format!("risk.rates.{code}: {why}"));
            }
            of.insert(currency.code(), rate);
        }
        let base = base.code();
        if !of.contains_key(base) {
            return Err(format!(
                "risk.base_currency: write what one {base} is in US dollars into risk.rates"
            ));
        }
        Ok(Self(of))
    }

    /// What minor units of a currency are in another, rounded up; none where there is no rate, or
    /// it is too much to count.
    pub(crate) fn convert(&self, minor: i64, from: Currency, to: Currency) -> Option<i64> {
        if from == to {
            return Some(minor);
        }
        let (rate, price) = (self.0.get(from.code())?, self.0.get(to.code())?);
        let ten = |exponent: u32| 10_i128.checked_pow(exponent);
        let up = ten(price.decimals + u32::from(to.exponent()))?;
        let down = ten(rate.decimals + u32::from(from.exponent()))?;
        let above = i128::from(minor).checked_mul(rate.units)?.checked_mul(up)?;
        let below = price.units.checked_mul(down)?;
        let whole = above.checked_div(below)?;
        let rest = above.checked_rem(below)?;
        i64::try_from(whole + i128::from(rest > 0)).ok()
    }
}

fn parse(text: &str) -> Option<Rate> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{part}");
    let is_number = !whole.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || digits.len() > MOST_DIGITS || text.ends_with('.') {
        return None;
    }
    let units = digits.parse().ok().filter(|units| *units > 0)?;
    let decimals = u32::try_from(part.len()).ok()?;
    Some(Rate { units, decimals })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(of: &[(&str, &str)]) -> Result<Rates, String> {
        let of = of.iter();
        let of = of.map(|(code, rate)| ((*code).to_owned(), (*rate).to_owned()));
        Rates::new(Currency::USD, &of.collect())
    }

    #[test]
    fn amounts_are_converted_exactly_and_rounded_up() {
        let rates = rates(&[("EUR", "1.08"), ("JPY", "0.0066"), ("KWD", "3.25")]).unwrap();
        let of = |code| Currency::from_code(code).unwrap();
        for (minor, from, to, expected) in [
            (100, "EUR", "USD", Some(108)),
            (1, "EUR", "USD", Some(2)),
            (0, "EUR", "USD", Some(0)),
            (15_000, "JPY", "USD", Some(9_900)),
            (1_000, "KWD", "USD", Some(325)),
            (108, "USD", "EUR", Some(100)),
            (100, "EUR", "JPY", Some(164)),
            (7, "USD", "USD", Some(7)),
            (7, "CHF", "CHF", Some(7)),
            (7, "CHF", "USD", None),
            (7, "USD", "CHF", None),
            (i64::MAX, "EUR", "USD", None),
        ] {
            let converted = rates.convert(minor, of(from), of(to));
            assert_eq!(converted, expected, "{minor} {from} in {to}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused_with_its_name() {
        for text in [
            "",
            "0",
            "0.0",
            "-1",
            "1,08",
            "1.",
            ".5",
            "1e3",
            "x",
            "1.0000000000001",
        ] {
            let refused = rates(&[("EUR", text)]).unwrap_err();
            assert!(refused.starts_with("risk.rates.EUR:"), "{refused}");
        }
        assert!(rates(&[("XXY", "1")]).is_err());
        assert!(rates(&[("USD", "2")]).is_err());
        let of_euro = BTreeMap::from([("EUR".to_owned(), "1.08".to_owned())]);
        let base = |code| Rates::new(Currency::from_code(code).unwrap(), &of_euro);
        assert!(base("EUR").is_ok());
        let refused = base("CHF").unwrap_err();
        assert!(refused.starts_with("risk.base_currency:"), "{refused}");
    }
}
