//! The settings of the whole program: the sections of its services, and what belongs to none of
//! them.

mod in_force;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use platform::config::{DEFAULTS, Origin, Settings as Layers};
use platform::telemetry::LogFormat;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use values::SECOND;

/// The settings in force.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port.
    pub listen: String,
    /// The folder of the embedded store.
    pub data: PathBuf,
    /// A PostgreSQL database instead; empty: none.
    #[serde(with = "platform::secret")]
    pub database_url: SecretString,
    /// A Redis server that nodes share; empty: none.
    #[serde(with = "platform::secret")]
    pub redis_url: SecretString,
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
    /// Risk's section.
    pub risk: risk::Config,
    /// Notifications' section.
    pub notifications: notifications::Config,
    /// Whether a demo is served, by its flag.
    #[serde(skip)]
    pub is_demo: bool,
    /// Where the values of settings come from that are not defaults, by their keys.
    #[serde(skip)]
    origins: BTreeMap<String, Origin>,
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
    /// The furthest that it may be set while PayFlow runs, and be behind the last commit, in
    /// seconds. Beyond it commits stop.
    pub max_step_seconds: u32,
}

impl Settings {
    /// The PostgreSQL database; none where the store is embedded.
    pub fn database_url(&self) -> Option<&str> {
        let url = self.database_url.expose_secret();
        (!url.is_empty()).then_some(url)
    }

    /// The section of identity, with what it needs of others.
    pub fn identity_config(&self) -> identity::Config {
        let mut config = self.identity.clone();
        config.max_clock_step = i64::from(self.clock.max_step_seconds) * SECOND;
        config
    }

    /// The section of payments, with what it needs of others.
    pub fn payments_config(&self) -> payments::Config {
        let mut config = self.payments.clone();
        config.journal.max_clock_step = i64::from(self.clock.max_step_seconds) * SECOND;
        config
    }

    /// The section of notifications, with what it needs of others; an embedded store has its mails
    /// in its folder.
    pub fn notifications_config(&self, folder: Option<&Path>) -> notifications::Config {
        let mut config = self.notifications.clone();
        config.public_url.clone_from(&self.identity.public_url);
        config.max_clock_step = i64::from(self.clock.max_step_seconds) * SECOND;
        if let Some(folder) = folder
            && config.email.folder.is_empty()
        {
            config.email.folder = folder.join("mail").display().to_string();
        }
        if let Some(folder) = folder
            && config.sms.folder.is_empty()
        {
            config.sms.folder = folder.join("sms").display().to_string();
        }
        config
    }

    /// The folder in which mails are files, where nobody gets them: so it is for an embedded store
    /// without further settings.
    pub fn mail_folder(&self) -> Option<String> {
        let embedded = self.database_url().is_none();
        let folder = embedded.then_some(self.data.as_path());
        let email = self.notifications_config(folder).email;
        let is_first = email
            .provider
            .first()
            .is_some_and(|provider| provider == "folder");
        Some(email.folder).filter(|folder| is_first && !folder.is_empty())
    }

    /// The server listens there. Where nobody has said where people reach it, and only those on
    /// this machine can, links lead there.
    pub fn listens_on(&mut self, address: SocketAddr) {
        if address.ip().is_loopback() && !self.origins.contains_key("identity.public_url") {
            self.identity.public_url = format!("http://{address}");
        }
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
            let mut settings: Self = layers.parse()?;
            settings
                .validate()
                .map_err(|error| placed(&layers, error))?;
            settings.origins = in_force::origins(&settings, &layers)?;
            Ok(settings)
        };
        load().map_err(|error| crate::Usage(format!("{error:#}")).into())
    }

    fn validate(&self) -> anyhow::Result<()> {
        self.gateway.validate()?;
        self.identity.check()?;
        self.payments.validate().map_err(anyhow::Error::msg)?;
        self.risk.validate().map_err(anyhow::Error::msg)?;
        if self.risk.kyc.document_bytes > self.gateway.document_body_limit_bytes {
            anyhow::bail!(
                "risk.kyc.document_bytes must be at most gateway.document_body_limit_bytes: a larger one would never come in"
            );
        }
        self.notifications.validate().map_err(anyhow::Error::msg)?;
        let schemes = ["postgres://", "postgresql://"];
        if let Some(url) = self.database_url()
            && !schemes.iter().any(|scheme| url.starts_with(scheme))
        {
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

    /// As TOML, with secrets hidden.
    ///
    /// # Errors
    /// Where a value has no TOML form.
    pub fn print(&self) -> anyhow::Result<String> {
        Ok(toml::to_string(self)?)
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
    fn links_lead_to_a_server_of_this_machine_unless_somebody_has_said_where() {
        let loaded = |flags: &[(&str, String)], address: &str| {
            let mut settings = Settings::load(None, flags).unwrap();
            settings.listens_on(address.parse().unwrap());
            settings.identity.public_url
        };
        let default = "http://127.0.0.1:8080".to_owned();
        assert_eq!(loaded(&[], "127.0.0.1:8090"), "http://127.0.0.1:8090");
        assert_eq!(loaded(&[], "[::1]:8090"), "http://[::1]:8090");
        assert_eq!(loaded(&[], "0.0.0.0:8090"), default);
        let said = [("identity.public_url", default.clone())];
        assert_eq!(loaded(&said, "127.0.0.1:8090"), default);
    }

    #[test]
    fn the_documented_defaults_are_the_defaults_of_the_services() {
        let documented: Settings = Layers::load(DEFAULTS, None, &[]).unwrap().parse().unwrap();
        assert!(documented.validate().is_ok());
        assert_eq!(
            documented.identity_config().max_clock_step,
            identity::Config::default().max_clock_step
        );
        assert_eq!(
            documented.payments_config().journal.max_clock_step,
            payments::Config::default().journal.max_clock_step
        );
    }

    #[test]
    fn what_is_secret_is_not_printed() {
        let flags = [
            ("database_url", "postgres://u:s3cret@127.0.0.1/x"),
            ("redis_url", "redis://:s3cret@127.0.0.1"),
            ("gateway.metrics_token", "s3cret-of-the-metrics"),
            ("identity.oidc.corp.issuer", "https://login.corp.example"),
            ("identity.oidc.corp.client_id", "payflow"),
            ("identity.oidc.corp.client_secret", "s3cret-of-the-provider"),
            ("notifications.email.smtp.password", "s3cret-of-the-mails"),
            (
                "notifications.sms.twilio.auth_token",
                "s3cret-of-the-phones",
            ),
            ("payments.acquirer.api_key", "s3cret-of-the-caller"),
            ("payments.acquirer.notification_key", "s3cret-of-the-signer"),
        ]
        .map(|(key, value)| (key, value.to_owned()));
        let settings = Settings::load(None, &flags).unwrap();
        let printed = settings.print().unwrap();
        assert!(!format!("{printed} {settings:?}").contains("s3cret"));
        assert_eq!(printed.matches(" = \"(hidden)\"").count(), 8, "{printed}");
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
