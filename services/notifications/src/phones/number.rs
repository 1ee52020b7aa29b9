//! Phone numbers in the international form (ITU-T E.164). Pure.

/// A phone number: `+`, the country and the rest, 8 to 15 digits. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PhoneNumber(String);

/// No phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Write the number with its country and without spaces, such as +4915112345678: `+`, then 8 to 15 digits."
)]
pub(crate) struct InvalidNumber;

/// Countries whose code has two digits; 1 and 7 have one, all others three (ITU-T E.164, list of
/// assigned codes).
const TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

impl PhoneNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// [`InvalidNumber`].
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidNumber> {
        let digits = text.strip_prefix('+').ok_or(InvalidNumber)?;
        let fits = (8..=15).contains(&digits.len());
        let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        match fits && are_digits && !digits.starts_with('0') {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidNumber),
        }
    }

    /// The number.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of its country, with `+`. Where several countries share one (`+1`, `+7`), it is
    /// theirs together.
    pub(crate) fn country(&self) -> &str {
        let two = self.0.get(1..3).unwrap_or_default();
        let digits = match two {
            two if two.starts_with(['1', '7']) => 1,
            two if TWO_DIGITS.contains(&two) => 2,
            _ => 3,
        };
        self.0.get(..=digits).unwrap_or(&self.0)
    }
}

/// A hint at a number, which is not enough to call it.
pub(crate) fn hint(number: &str) -> String {
    let (head, tail) = (
        number.get(..3),
        number.get(number.len().saturating_sub(2)..),
    );
    format!(
        "{}***{}",
        head.unwrap_or_default(),
        tail.unwrap_or_default()
    )
}

impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hint(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_standard() {
        for text in [
            "+4915112345678",
            "+14155552671",
            "+919876543210",
            "+6421123456",
            "+290123456",
        ] {
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "+",
            "4915112345678",
            "004915112345678",
            "+49 151 12345678",
            "+49-151-1234567",
            "+0151123456",
            "+1234567",
            "+1234567890123456",
            "+49151123456a",
            "+\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}\u{667}\u{668}",
            "+49151123456\n",
        ] {
            assert_eq!(PhoneNumber::parse(text), Err(InvalidNumber), "{text}");
        }
    }

    #[test]
    fn the_country_is_the_code_that_the_number_begins_with() {
        for (number, country) in [
            ("+14155552671", "+1"),
            ("+79161234567", "+7"),
            ("+4915112345678", "+49"),
            ("+447400123456", "+44"),
            ("+919876543210", "+91"),
            ("+989121234567", "+98"),
            ("+351912345678", "+351"),
            ("+99890123456", "+998"),
            ("+88213300000", "+882"),
        ] {
            assert_eq!(PhoneNumber::parse(number).unwrap().country(), country);
        }
    }

    #[test]
    fn a_hint_is_not_the_number() {
        let number = PhoneNumber::parse("+4915112345678").unwrap();
        assert_eq!(format!("{number:?}"), "+49***78");
    }
}
