//! The settings of one-time codes: the section `[notifications.codes]`.

use platform::config::list_or_text;
use serde::{Deserialize, Serialize};

use crate::error::SettingError;

/// How many codes are sent. An SMS is paid for, and there are those who are paid for having them
/// sent (SMS pumping).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CodesConfig {
    /// The most codes by SMS to one user in an hour; more go another way, where there is one.
    pub per_user_and_hour: i64,
    /// The most codes by mail or to devices to one user in an hour.
    pub mails_per_user_and_hour: i64,
    /// The most codes by SMS to one number in a day, for all users together.
    pub per_number_and_day: i64,
    /// The most codes by SMS to numbers of one country in an hour.
    pub per_country_and_hour: i64,
    /// The codes of the countries to which codes go by SMS, such as `+49,+43`; none: all. A list,
    /// or a text with commas.
    #[serde(deserialize_with = "list_or_text")]
    pub countries: Vec<String>,
}

impl CodesConfig {
    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let limits = [
            ("per_user_and_hour", self.per_user_and_hour),
            ("mails_per_user_and_hour", self.mails_per_user_and_hour),
            ("per_number_and_day", self.per_number_and_day),
            ("per_country_and_hour", self.per_country_and_hour),
        ];
        for (name, limit) in limits {
            if limit < 1 {
                let setting = format!("notifications.codes.{name}");
                return Err(SettingError::new(
                    &setting,
                    "it must be 1 or more".to_owned(),
                ));
            }
        }
        for country in &self.countries {
            let digits = country.strip_prefix('+').unwrap_or_default();
            let is_code =
                (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            if !is_code {
                let problem =
                    format!("`{country}` is no code of a country: write for instance +49");
                return Err(SettingError::new("notifications.codes.countries", problem));
            }
        }
        Ok(())
    }
}
