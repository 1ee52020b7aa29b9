//! The settings of the whole program: the sections of its services, and what belongs to none of them.

use std::path::{Path, PathBuf};

use platform::config::Settings as Layers;
use platform::telemetry::LogFormat;
use serde::{Deserialize, Serialize};
use values::SECOND;

/// The documented defaults, embedded in the binary.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");

/// The settings in force.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port.
    pub listen: String,
    /// The folder of the embedded store.
    pub data: PathBuf,
    /// A PostgreSQL database instead; empty: none.
    pub database_url: String,
    /// A Redis server that nodes share; empty: none.
    pub redis_url: String,
    /// Connections to PostgreSQL, per service.
    pub database_connections: u32,
    /// How log lines are written.
    pub log: Log,
    /// What is expected of the machine's clock.
    pub clock: Clock,
    /// The gateway's section.
    pub gateway: gateway::Config,
    /// Identity's section.
    pub identity: identity::Config,
    /// Payments' section.
    pub payments: payments::Config,
}

/// How log lines are written.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Which lines.
    pub filter: String,
    /// In which form.
    pub format: LogFormat,
}

/// What is expected of the machine's clock.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// The furthest that it may be set while PayFlow runs, and be behind the last commit, in seconds. Beyond it commits stop.
    pub max_step_seconds: u32,
}

impl Settings {
    /// The section of payments, with what it needs of others.
    pub fn payments_config(&self) -> payments::Config {
        let mut config = self.payments.clone();
        config.journal.max_clock_step = i64::from(self.clock.max_step_seconds) * SECOND;
        config
    }

    /// The documented defaults alone.
    ///
    /// # Errors
    /// Where [`DEFAULTS`] are none.
    pub fn documented() -> anyhow::Result<Self> {
        Ok(toml::from_str(DEFAULTS)?)
    }

    /// Defaults, file, environment and flags, checked.
    ///
    /// # Errors
    /// [`crate::Usage`] that names the key.
    pub fn load(file: Option<&Path>, flags: &[(&str, String)]) -> anyhow::Result<Self> {
        let load = || -> anyhow::Result<Self> {
            let layers = Layers::load(DEFAULTS, file, flags)?;
            let settings: Self = layers.parse()?;
            settings
                .validate()
                .map_err(|error| placed(&layers, error))?;
            Ok(settings)
        };
        load().map_err(|error| crate::Usage(format!("{error:#}")).into())
    }

    fn validate(&self) -> anyhow::Result<()> {
        self.gateway.validate()?;
        self.identity.check()?;
        self.payments.validate().map_err(anyhow::Error::msg)?;
        let url = &self.database_url;
        if !url.is_empty() && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            anyhow::bail!("database_url must begin with postgres://");
        }
        if self.clock.max_step_seconds == 0 {
            anyhow::bail!("clock.max_step_seconds must be above 0");
        }
        if self.database_connections == 0 {
            anyhow::bail!("database_connections must be above 0");
        }
        Ok(())
    }

    /// As TOML, without what must not be seen.
    ///
    /// # Errors
    /// Where a value has no TOML form.
    pub fn print(&self) -> anyhow::Result<String> {
        let mut shown = self.clone();
        let hide = |text: &mut String| {
            if !text.is_empty() {
                *text = "(hidden)".to_owned();
            }
        };
        hide(&mut shown.database_url);
        hide(&mut shown.redis_url);
        hide(&mut shown.payments.acquirer.api_key);
        hide(&mut shown.payments.acquirer.notification_key);
        Ok(toml::to_string(&shown)?)
    }
}

/// A refusal of a value with the place of its key, which the services' refusals begin with.
fn placed(layers: &Layers, error: anyhow::Error) -> anyhow::Error {
    let said = format!("{error:#}");
    let first = said.split([' ', ':']).next().unwrap_or_default();
    match layers.place(first.trim_matches('`')) {
        Some(place) => anyhow::anyhow!("{place}: {said}"),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_defaults_are_the_defaults_of_the_services() {
        let documented: Settings = Layers::load(DEFAULTS, None, &[]).unwrap().parse().unwrap();
        assert_eq!(
            json(&documented.identity),
            json(&identity::Config::default())
        );
        assert_eq!(
            json(&documented.payments),
            json(&payments::Config::default())
        );
        assert_eq!(json(&documented.gateway), json(&gateway::Config::default()));
        assert_eq!(
            documented.payments_config().journal.max_clock_step,
            payments::Config::default().journal.max_clock_step
        );
    }

    fn json<T: Serialize>(value: &T) -> String {
        serde_json::to_string_pretty(value).unwrap()
    }

    #[test]
    fn what_is_secret_is_not_printed() {
        let flags = [("database_url", "postgres://u:s3cret@127.0.0.1/x".to_owned())];
        let printed = Settings::load(None, &flags).unwrap().print().unwrap();
        assert!(!printed.contains("s3cret"), "{printed}");
        assert!(printed.contains("database_url = \"(hidden)\""), "{printed}");
    }

    #[test]
    fn a_wrong_setting_is_a_usage_error_that_names_it() {
        let error =
            Settings::load(None, &[("payments.journal.queue", "x".to_owned())]).unwrap_err();
        assert!(error.is::<crate::Usage>());
        assert!(
            format!("{error:#}").contains("payments.journal.queue"),
            "{error:#}"
        );
    }
}
