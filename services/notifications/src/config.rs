//! The settings of notifications: the section `[notifications]`.

use std::sync::Arc;

use platform::clock::{SharedClock, SystemClock};
use serde::{Deserialize, Serialize};
use values::SECOND;

use crate::channels::email::{self, EmailConfig};
use crate::channels::push::PushConfig;
use crate::channels::sms::{self, SmsConfig};
use crate::codes::config::CodesConfig;
use crate::error::{SettingError, StartError};
use crate::texts::Texts;
use crate::webhooks::config::WebhooksConfig;

/// The settings of notifications.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Webhooks.
    pub webhooks: WebhooksConfig,
    /// Live events.
    pub stream: StreamConfig,
    /// The language of those who have no account, or one whose language has no texts.
    pub language: String,
    /// A folder with texts that replace the built-in ones; empty: none.
    pub templates_folder: String,
    /// Mail.
    pub email: EmailConfig,
    /// SMS.
    pub sms: SmsConfig,
    /// Push.
    pub push: PushConfig,
    /// One-time codes.
    pub codes: CodesConfig,
    /// Where people reach this installation: links begin with it. It is the setting
    /// `identity.public_url`.
    #[serde(skip)]
    pub public_url: String,
    /// The furthest, in µs, that clocks may differ. It is the setting `clock.max_step_seconds` of
    /// the whole program.
    #[serde(skip, default = "max_clock_step")]
    pub max_clock_step: i64,
}

/// Live events: `[notifications.stream]`.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StreamConfig {
    /// How many streams a user may have open on a node.
    pub per_user: usize,
    /// How many streams a node serves.
    pub per_node: usize,
    /// How many entries of a feed are read again at most for anyone who comes back.
    pub back: i64,
    /// After how much silence a stream shows that it lives, in milliseconds.
    pub heartbeat_ms: u64,
    /// How often it is looked whether the session of a stream has ended, in milliseconds.
    pub check_every_ms: u64,
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
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Which setting, and why.
    pub fn validate(&self) -> Result<(), String> {
        self.webhooks.validate()
    }

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
        let clock: SharedClock = Arc::new(SystemClock);
        sms::providers(&self.sms, &self.public_url, &clock)?;
        self.push.check()?;
        self.codes.check()?;
        Ok(())
    }
}
