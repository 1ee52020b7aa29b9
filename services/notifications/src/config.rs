//! The settings of notifications: the section `[notifications]`.

use serde::{Deserialize, Serialize};

use crate::webhooks::config::WebhooksConfig;

/// The settings of notifications.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Webhooks.
    pub webhooks: WebhooksConfig,
    /// Live events.
    pub stream: StreamConfig,
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
