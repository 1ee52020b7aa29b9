//! The settings of webhooks: the section `[notifications.webhooks]`.

use ipnet::IpNet;
use platform::config::list_or_text;
use serde::{Deserialize, Deserializer, Serialize};
use web::rate_limit::Quota;

/// The settings of webhooks.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksConfig {
    /// Networks that webhooks may go to although they are not of the public internet, also without
    /// TLS. A list, or a text with commas.
    #[serde(deserialize_with = "networks")]
    pub allowed_networks: Vec<IpNet>,
    /// The most endpoints of one user.
    pub endpoints_per_user: i64,
    /// How many tests of endpoints a user may send.
    pub tests: Quota,
    /// How long an attempt may take, in ms.
    pub timeout_ms: u64,
    /// How many endpoints are sent to at the same time by one node. At most half of them are ones
    /// that fail.
    pub concurrency: usize,
    /// How many webhooks are on their way to one endpoint at the same time. To one that fails it is
    /// one.
    pub in_flight_per_endpoint: usize,
    /// How long what was sent is kept, with its attempts, in days.
    pub keep_days: u16,
}

impl Default for WebhooksConfig {
    fn default() -> Self {
        platform::config::defaults("notifications.webhooks")
    }
}

impl WebhooksConfig {
    /// Refuses what cannot work.
    ///
    /// # Errors
    /// Which setting, and why.
    pub fn validate(&self) -> Result<(), String> {
        let key = "notifications.webhooks.";
        if !(1..=10_000).contains(&self.endpoints_per_user) {
            return Err(format!("{key}endpoints_per_user must be 1 to 10000"));
        }
        if !(100..=60_000).contains(&self.timeout_ms) {
            return Err(format!("{key}timeout_ms must be 100 to 60000"));
        }
        if !(2..=10_000).contains(&self.concurrency) {
            return Err(format!("{key}concurrency must be 2 to 10000"));
        }
        if !(1..=32).contains(&self.in_flight_per_endpoint) {
            return Err(format!("{key}in_flight_per_endpoint must be 1 to 32"));
        }
        if self.keep_days == 0 {
            return Err(format!("{key}keep_days must be above 0"));
        }
        Ok(())
    }
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: String| {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
            .map_err(|_| {
                serde::de::Error::custom(format!(
                    "`{text}` is no address or network: write for instance `127.0.0.0/8` or `10.0.0.7`"
                ))
            })
    };
    let texts = list_or_text(deserializer)?;
    texts.into_iter().map(network).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(changes: serde_json::Value) -> Result<WebhooksConfig, serde_json::Error> {
        platform::config::defaults_with("notifications.webhooks", changes)
    }

    #[test]
    fn networks_are_a_text_with_commas_or_a_list() {
        assert!(WebhooksConfig::default().allowed_networks.is_empty());
        for written in [json!("127.0.0.0/8, ::1"), json!(["127.0.0.0/8", "::1"])] {
            let config = read(json!({"allowed_networks": written})).unwrap();
            let read: Vec<_> = config
                .allowed_networks
                .iter()
                .map(IpNet::to_string)
                .collect();
            assert_eq!(read, ["127.0.0.0/8", "::1/128"]);
        }
        assert!(read(json!({"allowed_networks": "localhost"})).is_err());
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        assert_eq!(WebhooksConfig::default().validate(), Ok(()));
        for (name, value) in [
            ("endpoints_per_user", 0),
            ("timeout_ms", 5),
            ("concurrency", 1),
            ("in_flight_per_endpoint", 0),
            ("keep_days", 0),
        ] {
            let refused = read(json!({name: value})).unwrap().validate().unwrap_err();
            assert!(
                refused.starts_with(&format!("notifications.webhooks.{name}")),
                "{refused}"
            );
        }
    }
}
