//! The settings of notifications: the section `[notifications]`.

use serde::{Deserialize, Serialize};
use values::SECOND;

use crate::channels::email::{self, EmailConfig};
use crate::error::{SettingError, StartError};
use crate::texts::Texts;

/// The settings of notifications.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The language of those who have no account, or one whose language has no texts.
    pub language: String,
    /// A folder with texts that replace the built-in ones; empty: none.
    pub templates_folder: String,
    /// Mail.
    pub email: EmailConfig,
    /// Where people reach this installation: links begin with it. It is the setting `identity.public_url`.
    #[serde(skip)]
    pub public_url: String,
    /// The furthest, in µs, that clocks may differ. It is the setting `clock.max_step_seconds` of the whole program.
    #[serde(skip, default = "max_clock_step")]
    pub max_clock_step: i64,
}

/// Ten minutes.
const fn max_clock_step() -> i64 {
    600 * SECOND
}

impl Default for Config {
    fn default() -> Self {
        platform::config::defaults("notifications")
    }
}

impl Config {
    /// The texts that the settings name.
    ///
    /// # Errors
    /// The first that cannot be used, or a language without any.
    pub fn texts(&self) -> Result<Texts, StartError> {
        let texts = Texts::load(&self.templates_folder)?;
        let known = texts.languages();
        if !known.contains(&self.language) {
            let problem = format!(
                "there are no texts in `{}`, but in {}",
                self.language,
                known.join(", ")
            );
            return Err(SettingError::new("notifications.language", problem).into());
        }
        Ok(texts)
    }

    /// Whether notifications can start with these settings.
    ///
    /// # Errors
    /// What stands against it.
    pub fn check(&self) -> Result<(), StartError> {
        self.texts()?;
        email::providers(&self.email)?;
        Ok(())
    }
}
