//! Who a user says they are: name, date of birth, address and country, as they are checked and
//! sealed. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;

/// What a user says of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KycDetails)]
pub(crate) struct Details {
    /// As it stands in the document.
    #[serde(default)]
    #[schema(max_length = 100, example = "Ann Example")]
    pub(crate) name: Option<String>,
    /// Year, month and day.
    #[serde(default)]
    #[schema(format = Date, example = "1990-04-23")]
    pub(crate) date_of_birth: Option<String>,
    /// Where they live.
    #[serde(default)]
    pub(crate) address: Option<Address>,
    /// The country that they live in: ISO 3166-1, two letters.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 2, example = "DE")]
    pub(crate) country: Option<String>,
}

/// An address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KycAddress)]
pub(crate) struct Address {
    /// Street and number.
    #[schema(min_length = 1, max_length = 200, example = "Hauptstraße 7")]
    pub(crate) line1: String,
    /// What else there is: flat, building.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub(crate) line2: Option<String>,
    /// Town.
    #[schema(min_length = 1, max_length = 200, example = "Berlin")]
    pub(crate) city: String,
    /// Not every country has them.
    #[serde(default)]
    #[schema(max_length = 20, example = "10115")]
    pub(crate) postal_code: Option<String>,
    /// State or province.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub(crate) region: Option<String>,
}

/// What is wrong with a detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidDetail {
    /// The name.
    #[error("A name has 1 to 100 characters, none of them a control or invisible.")]
    Name,
    /// The date of birth is no date, or not one of somebody alive.
    #[error("Write the date of birth as year, month and day, such as 1990-04-23.")]
    DateOfBirth,
    /// They are too young.
    #[error("You have to be {0} years old.")]
    TooYoung(u32),
    /// A line of the address.
    #[error("An address has a street and a town: 1 to 200 characters in one line each.")]
    Address,
    /// The country.
    #[error("Write the country as two letters, such as DE.")]
    Country,
}

impl InvalidDetail {
    /// The field.
    pub(crate) const fn param(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::DateOfBirth | Self::TooYoung(_) => "date_of_birth",
            Self::Address => "address",
            Self::Country => "country",
        }
    }
}

/// Nobody is older, in years.
const OLDEST: i64 = 130;

impl Details {
    /// What was there, with what is sent now instead, as it is kept.
    ///
    /// # Errors
    /// [`InvalidDetail`].
    pub(crate) fn with(
        self,
        sent: Self,
        (now, minimum_age): (Timestamp, u32),
    ) -> Result<Self, InvalidDetail> {
        let name = sent.name.map(|name| checked_name(&name)).transpose()?;
        let birth = sent.date_of_birth;
        if let Some(birth) = &birth {
            check_birth(birth, now, minimum_age)?;
        }
        let address = sent.address.map(Address::checked).transpose()?;
        let country = sent.country.map(|country| checked_country(&country));
        Ok(Self {
            name: name.or(self.name),
            date_of_birth: birth.or(self.date_of_birth),
            address: address.or(self.address),
            country: country.transpose()?.or(self.country),
        })
    }

    /// The fields that are not given yet.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        [
            ("name", self.name.is_none()),
            ("date_of_birth", self.date_of_birth.is_none()),
            ("address", self.address.is_none()),
            ("country", self.country.is_none()),
        ]
        .into_iter()
        .filter_map(|(name, missing)| missing.then_some(name))
        .collect()
    }
}

impl Address {
    fn checked(self) -> Result<Self, InvalidDetail> {
        let line = |text: String, longest: usize| {
            let text = text.trim().to_owned();
            let is_line = (1..=longest).contains(&text.chars().count())
                && !text.contains('\n')
                && platform::text::free_text(&text);
            is_line.then_some(text).ok_or(InvalidDetail::Address)
        };
        // What may be left out may be empty.
        let or_none = |text: Option<String>, longest| {
            let text = text.filter(|text| !text.trim().is_empty());
            text.map(|text| line(text, longest)).transpose()
        };
        Ok(Self {
            line1: line(self.line1, 200)?,
            line2: or_none(self.line2, 200)?,
            city: line(self.city, 200)?,
            postal_code: or_none(self.postal_code, 20)?,
            region: or_none(self.region, 200)?,
        })
    }
}

fn checked_name(name: &str) -> Result<String, InvalidDetail> {
    let name = platform::text::display_name(name).ok_or(InvalidDetail::Name)?;
    Ok(name.to_owned())
}

fn checked_country(country: &str) -> Result<String, InvalidDetail> {
    let letters = country.trim().to_uppercase();
    let is_code = letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    is_code.then_some(letters).ok_or(InvalidDetail::Country)
}

/// Year, month and day of a date that there is.
fn date(text: &str) -> Option<(i64, i64, i64)> {
    let at = format!("{text}T00:00:00Z").parse::<Timestamp>().ok()?;
    // Only a whole date comes back as it was written.
    at.to_string()
        .starts_with(&format!("{text}T"))
        .then_some(())?;
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

fn check_birth(text: &str, now: Timestamp, minimum_age: u32) -> Result<(), InvalidDetail> {
    let today = now.to_string();
    let today = today.get(..10).and_then(date);
    let (born, today) = date(text).zip(today).ok_or(InvalidDetail::DateOfBirth)?;
    let had_birthday = (today.1, today.2) >= (born.1, born.2);
    let years = today.0 - born.0 - i64::from(!had_birthday);
    if !(0..=OLDEST).contains(&years) {
        return Err(InvalidDetail::DateOfBirth);
    }
    match years >= i64::from(minimum_age) {
        true => Ok(()),
        false => Err(InvalidDetail::TooYoung(minimum_age)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-30T12:00:00Z.
    fn now() -> Timestamp {
        "2026-11-30T12:00:00Z".parse().unwrap()
    }

    fn with(sent: Details) -> Result<Details, InvalidDetail> {
        Details::default().with(sent, (now(), 18))
    }

    fn born(text: &str) -> Result<Details, InvalidDetail> {
        with(Details {
            date_of_birth: Some(text.to_owned()),
            ..Details::default()
        })
    }

    #[test]
    fn somebody_is_as_old_as_their_last_birthday() {
        assert!(born("2008-11-30").is_ok());
        assert_eq!(born("2008-12-01"), Err(InvalidDetail::TooYoung(18)));
        assert!(born("1896-11-30").is_ok());
        for text in [
            "",
            "1990",
            "1990-13-01",
            "2001-02-29",
            "1990-4-23",
            "23.04.1990",
            "2026-12-01",
            "1790-01-01",
            "1990-04-23T00:00:00Z",
            "1990-04-23 ",
            "-990-04-23",
            "١٩٩٠-٠٤-٢٣",
        ] {
            assert_eq!(born(text), Err(InvalidDetail::DateOfBirth), "{text:?}");
        }
        assert!(born("2004-02-29").is_ok());
    }

    #[test]
    fn names_of_any_script_are_taken_and_what_is_none_is_not() {
        let named = |name: &str| {
            with(Details {
                name: Some(name.to_owned()),
                ..Details::default()
            })
            .map(|it| it.name)
        };
        for name in ["Ann", "Ånn Ö", "Нина Иванова", "王小明", "محمد", "यश"]
        {
            assert_eq!(named(name), Ok(Some(name.to_owned())));
        }
        for name in [
            "",
            " ",
            "a\u{0}b",
            "a\u{202e}b",
            "\u{200b}",
            &"x".repeat(10_000),
        ] {
            assert_eq!(named(name), Err(InvalidDetail::Name), "{name:?}");
        }
    }

    #[test]
    fn what_is_sent_later_goes_before_what_was_there_and_the_rest_is_missing() {
        let first = born("1990-04-23").unwrap();
        assert_eq!(first.missing(), ["name", "address", "country"]);
        let sent = Details {
            country: Some(" de".to_owned()),
            address: Some(Address {
                line1: " Hauptstraße 7 ".to_owned(),
                line2: Some(String::new()),
                city: "Berlin".to_owned(),
                postal_code: None,
                region: None,
            }),
            ..Details::default()
        };
        let then = first.with(sent, (now(), 18)).unwrap();
        assert_eq!(then.missing(), ["name"]);
        assert_eq!(then.country.as_deref(), Some("DE"));
        let address = then.address.unwrap();
        assert_eq!(
            (address.line1.as_str(), address.line2),
            ("Hauptstraße 7", None)
        );
    }

    #[test]
    fn an_address_or_a_country_that_is_none_is_refused() {
        for country in ["", "DEU", "D1", "d"] {
            let sent = Details {
                country: Some(country.to_owned()),
                ..Details::default()
            };
            assert_eq!(with(sent), Err(InvalidDetail::Country), "{country:?}");
        }
        for (line1, city) in [
            ("", "Berlin"),
            ("a\nb", "Berlin"),
            ("Hauptstraße 7", " "),
            ("\u{200b}", "Berlin"),
        ] {
            let address = Address {
                line1: line1.to_owned(),
                line2: None,
                city: city.to_owned(),
                postal_code: None,
                region: None,
            };
            let sent = Details {
                address: Some(address),
                ..Details::default()
            };
            assert_eq!(
                with(sent),
                Err(InvalidDetail::Address),
                "{line1:?} {city:?}"
            );
        }
    }
}
