//! How a user likes the console: theme, density, notifications, language and time zone. Pure: what
//! may be chosen, and how a change applies.

use icu_locale_core::Locale;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::invalid::Invalid;

/// The names of the IANA time zone database (2025), links included, in order; the database is in
/// the public domain.
static TIMEZONES: &str = include_str!("timezones.txt");

macro_rules! choice {
    ($(#[$doc:meta])* $name:ident: $($(#[$each:meta])* $variant:ident = $text:literal,)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$each])* $variant,)+ }

        impl $name {
            /// The name kept in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The choice behind a name of the database.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

choice! {
    /// Light or dark.
    Theme:
    /// As the device has it.
    System = "system",
    /// Light.
    Light = "light",
    /// Dark.
    Dark = "dark",
}

choice! {
    /// How much room things take.
    Density:
    /// Much.
    Comfortable = "comfortable",
    /// Little.
    Compact = "compact",
}

/// What a user likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// How much room things take.
    pub density: Density,
    /// Whether they want to be notified.
    pub notifications_enabled: bool,
    /// Their language and region (BCP 47), in canonical form.
    pub locale: String,
    /// Their time zone, by its name in the IANA database.
    pub timezone: String,
}

impl Default for Preferences {
    /// What holds for those who have chosen nothing.
    fn default() -> Self {
        Self {
            theme: Theme::System,
            density: Density::Comfortable,
            notifications_enabled: true,
            locale: "en".to_owned(),
            timezone: "UTC".to_owned(),
        }
    }
}

/// What a user wants to be otherwise; what is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreferencesChange {
    /// Light or dark.
    pub theme: Option<Theme>,
    /// How much room things take.
    pub density: Option<Density>,
    /// Whether they want to be notified.
    pub notifications_enabled: Option<bool>,
    /// Their language, as typed.
    pub locale: Option<String>,
    /// Their time zone, as typed.
    pub timezone: Option<String>,
}

impl Preferences {
    /// These with a change.
    ///
    /// # Errors
    /// [`Invalid::Locale`] or [`Invalid::Timezone`].
    pub fn with(self, change: PreferencesChange) -> Result<Self, Invalid> {
        let locale = change.locale.as_deref().map(check_locale).transpose()?;
        let timezone = change.timezone.map(check_timezone).transpose()?;
        Ok(Self {
            theme: change.theme.unwrap_or(self.theme),
            density: change.density.unwrap_or(self.density),
            notifications_enabled: change
                .notifications_enabled
                .unwrap_or(self.notifications_enabled),
            locale: locale.unwrap_or(self.locale),
            timezone: timezone.unwrap_or(self.timezone),
        })
    }
}

/// The most characters of a language tag; RFC 5646, section 4.4.1, counts 35 for what is in use.
const LOCALE_MAX_CHARS: usize = 35;

fn check_locale(text: &str) -> Result<String, Invalid> {
    if text.len() > LOCALE_MAX_CHARS || text.contains('_') {
        return Err(Invalid::Locale);
    }
    let locale: Locale = text.parse().map_err(|_| Invalid::Locale)?;
    Ok(locale.to_string())
}

fn check_timezone(name: String) -> Result<String, Invalid> {
    let known = TIMEZONES.lines().any(|known| known == name);
    known.then_some(name).ok_or(Invalid::Timezone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_locale(text: &str) -> Result<String, Invalid> {
        let locale = Some(text.to_owned());
        let change = PreferencesChange {
            locale,
            ..PreferencesChange::default()
        };
        Preferences::default().with(change).map(|made| made.locale)
    }

    fn with_timezone(text: &str) -> Result<String, Invalid> {
        let timezone = Some(text.to_owned());
        let change = PreferencesChange {
            timezone,
            ..PreferencesChange::default()
        };
        let made = Preferences::default().with(change);
        made.map(|made| made.timezone)
    }

    #[test]
    fn language_tags_are_kept_in_canonical_form() {
        for (text, kept) in [
            ("en", "en"),
            ("EN-gb", "en-GB"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("de-DE-1996", "de-DE-1996"),
            ("ar-EG-u-nu-latn", "ar-EG-u-nu-latn"),
        ] {
            assert_eq!(with_locale(text), Ok(kept.to_owned()));
        }
    }

    #[test]
    fn what_is_no_language_tag_is_refused() {
        for text in [
            "",
            "e",
            "english language",
            "en_GB",
            "en-",
            "-en",
            "12",
            "en-GB\n",
            &"en-x".repeat(20),
        ] {
            assert_eq!(with_locale(text), Err(Invalid::Locale), "{text:?}");
        }
    }

    #[test]
    fn time_zones_are_those_of_the_database_by_their_exact_names() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"] {
            assert_eq!(with_timezone(name), Ok(name.to_owned()));
        }
        for name in [
            "",
            "Europe",
            "europe/berlin",
            "Berlin",
            "UTC\n",
            "CET+1",
            "../etc",
        ] {
            assert_eq!(with_timezone(name), Err(Invalid::Timezone), "{name:?}");
        }
    }

    #[test]
    fn what_is_left_out_stays() {
        let dark = PreferencesChange {
            theme: Some(Theme::Dark),
            notifications_enabled: Some(false),
            ..PreferencesChange::default()
        };
        let made = Preferences::default().with(dark).unwrap();
        let same = made.clone().with(PreferencesChange::default()).unwrap();
        assert_eq!(same, made);
        assert_eq!(
            (made.theme, made.density),
            (Theme::Dark, Density::Comfortable)
        );
        assert!(!made.notifications_enabled);
    }

    #[test]
    fn choices_are_read_by_the_names_that_the_api_has() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(Theme::from_name(theme.as_str()), Some(theme));
            assert_eq!(serde_json::to_value(theme).unwrap(), theme.as_str());
        }
        for density in [Density::Comfortable, Density::Compact] {
            assert_eq!(Density::from_name(density.as_str()), Some(density));
            assert_eq!(serde_json::to_value(density).unwrap(), density.as_str());
        }
        assert_eq!(Theme::from_name("Dark"), None);
    }
}
