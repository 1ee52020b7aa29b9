//! The settings of push: the section `[notifications.push]`.

use ipnet::IpNet;
use platform::config::list_or_text;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::SettingError;

/// How devices are told (Web Push).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PushConfig {
    /// How the operators of push services reach you (RFC 8292): `mailto:…` or `https://…`; empty:
    /// the address of the installation.
    pub contact: String,
    /// How long a push service may take for one message, in ms.
    pub timeout_ms: u64,
    /// The most devices of one user: the oldest is forgotten for another one.
    pub devices_per_user: i64,
    /// Networks that push services may be in although they are not of the public internet, also
    /// without TLS: for tests. A list, or a text with commas.
    #[serde(deserialize_with = "networks")]
    pub allowed_networks: Vec<IpNet>,
}

impl PushConfig {
    pub(crate) fn check(&self) -> Result<(), SettingError> {
        let refused = |name: &str, problem: &str| {
            let setting = format!("notifications.push.{name}");
            Err(SettingError::new(&setting, problem.to_owned()))
        };
        let contact = &self.contact;
        let is_contact = contact.starts_with("mailto:") || contact.starts_with("https://");
        if !contact.is_empty() && !is_contact {
            return refused("contact", "it must begin with mailto: or https://");
        }
        if !(100..=60_000).contains(&self.timeout_ms) {
            return refused("timeout_ms", "it must be 100 to 60000");
        }
        if !(1..=100).contains(&self.devices_per_user) {
            return refused("devices_per_user", "it must be 1 to 100");
        }
        Ok(())
    }
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: String| {
        let network = text.parse::<IpNet>();
        network.map_err(|_| {
            let said = format!("`{text}` is no network: write for instance 127.0.0.0/8");
            serde::de::Error::custom(said)
        })
    };
    let texts = list_or_text(deserializer)?;
    texts.into_iter().map(network).collect()
}
