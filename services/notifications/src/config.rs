//! The settings of notifications: the section `[notifications]`.

use serde::{Deserialize, Serialize};

use crate::webhooks::config::WebhooksConfig;

/// The settings of notifications.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Webhooks.
    pub webhooks: WebhooksConfig,
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
}
