//! The settings of notifications: the section `[notifications]`.

use serde::{Deserialize, Serialize};

/// The settings of notifications.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {}

impl Default for Config {
    fn default() -> Self {
        platform::config::defaults("notifications")
    }
}
