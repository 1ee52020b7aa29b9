//! The gateway's settings. It never reads them from anywhere; `platform::config` does.

mod rate_limits;

use std::time::Duration;

use http::Uri;
use ipnet::IpNet;
use platform::config::list_or_text;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};

use web::rate_limit::Quota;

pub use rate_limits::RateLimits;

/// Settings under `gateway`. Times in milliseconds, sizes in bytes.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The longest that a request may take, from its last header to the first byte of the answer:
    /// 10 s.
    pub request_timeout_ms: u64,
    /// The longest that a request's head may take to arrive, and a new connection to send one: 10
    /// s.
    pub header_timeout_ms: u64,
    /// How long a connection may stand still between requests or in the middle of an answer: 75 s.
    pub idle_timeout_ms: u64,
    /// How long the server goes on as before once it is told to stop, with `/ready` at 503, so that
    /// load balancers turn away first: 0, not at all.
    pub shutdown_drain_ms: u64,
    /// How long requests at hand may take to end after that: 10 s.
    pub shutdown_grace_ms: u64,
    /// The largest body: 1 MiB.
    pub body_limit_bytes: usize,
    /// The largest body under `/api/v1/ledger/`, whose batches are large: 16 MiB.
    pub ledger_body_limit_bytes: usize,
    /// The largest document of a user: 8 MiB.
    pub document_body_limit_bytes: usize,
    /// How many connections are open at once; more wait to be accepted: 10,000.
    pub max_connections: u32,
    /// Whether browsers reach this server by HTTPS only: adds `Strict-Transport-Security`.
    pub https: bool,
    /// The origins whose pages may call the API, as browsers send them (`https://app.example`), or
    /// `*` alone. A list, or a text with commas (from the environment). None by default.
    #[serde(deserialize_with = "list_or_text")]
    pub cors_allowed_origins: Vec<String>,
    /// Whether those pages may send cookies; never together with `*`.
    pub cors_allow_credentials: bool,
    /// The proxies in front of this server, as addresses or networks (`10.0.0.0/8`): only they are
    /// believed when they say whom they speak for. A list, or a text with commas (from the
    /// environment). None by default.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which they say it. Name the one that they set: the other one is the client's
    /// own word.
    pub forwarded_header: ForwardedHeader,
    /// The Bearer token that `/metrics` asks for; open to everybody without one.
    #[serde(with = "platform::secret::optional")]
    pub metrics_token: Option<SecretString>,
    /// How often somebody may have all their data exported: `5/h`.
    pub exports: Quota,
    /// How often callers may call.
    pub rate_limits: RateLimits,
}

impl Default for Config {
    fn default() -> Self {
        platform::config::defaults("gateway")
    }
}

/// The headers in which proxies say whom they speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`: what most proxies set.
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("gateway.{key}: {problem}")]
pub struct InvalidConfig {
    /// The key under `gateway`.
    pub key: &'static str,
    /// What is wrong with its value and what would do.
    pub problem: String,
}

impl InvalidConfig {
    fn new(key: &'static str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { key, problem }
    }
}

impl Config {
    /// Checks what the types leave open.
    ///
    /// # Errors
    /// [`InvalidConfig`] that names the first key at fault.
    pub fn validate(&self) -> Result<(), InvalidConfig> {
        let at_least_one = [
            ("request_timeout_ms", self.request_timeout_ms == 0),
            ("header_timeout_ms", self.header_timeout_ms == 0),
            ("idle_timeout_ms", self.idle_timeout_ms == 0),
            ("body_limit_bytes", self.body_limit_bytes == 0),
            ("ledger_body_limit_bytes", self.ledger_body_limit_bytes == 0),
            (
                "document_body_limit_bytes",
                self.document_body_limit_bytes == 0,
            ),
            ("max_connections", self.max_connections == 0),
        ];
        if let Some((key, _)) = at_least_one.into_iter().find(|(_, zero)| *zero) {
            return Err(InvalidConfig::new(key, "must be at least 1"));
        }
        self.validate_origins()?;
        if let Some(token) = &self.metrics_token
            && (token.expose_secret().len() < 16
                || !token.expose_secret().bytes().all(|b| b.is_ascii_graphic()))
        {
            let problem = "must be at least 16 printable ASCII characters without spaces";
            return Err(InvalidConfig::new("metrics_token", problem));
        }
        Ok(())
    }

    fn validate_origins(&self) -> Result<(), InvalidConfig> {
        let key = "cors_allowed_origins";
        if self.any_origin() {
            if self.cors_allow_credentials {
                let problem =
                    "`*` cannot be used with gateway.cors_allow_credentials: list the origins";
                return Err(InvalidConfig::new(key, problem));
            }
            if self.cors_allowed_origins.len() > 1 {
                return Err(InvalidConfig::new(key, "`*` must stand alone"));
            }
            return Ok(());
        }
        match self
            .cors_allowed_origins
            .iter()
            .find(|text| !is_origin(text))
        {
            Some(text) => {
                let problem = format!(
                    "`{text}` is no origin: write scheme, host and port as browsers send them, \
                     for instance `https://app.example` or `http://localhost:5173`"
                );
                Err(InvalidConfig::new(key, problem))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn any_origin(&self) -> bool {
        self.cors_allowed_origins.iter().any(|origin| origin == "*")
    }

    pub(crate) const fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }
}

/// Scheme, host and perhaps port, in lower case and with nothing after (RFC 6454, section 6.2).
fn is_origin(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return false;
    };
    matches!(scheme, "http" | "https")
        && !authority.as_str().contains('@')
        && text == format!("{scheme}://{authority}").to_ascii_lowercase()
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let network = |text: String| {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
            .map_err(|_| {
                serde::de::Error::custom(format!(
                    "`{text}` is no address or network: write for instance `10.0.0.7` or `10.0.0.0/8`"
                ))
            })
    };
    let texts = list_or_text(deserializer)?;
    texts.into_iter().map(network).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The defaults with these settings instead.
    fn read(text: &str) -> Result<Config, serde_json::Error> {
        platform::config::defaults_with("gateway", serde_json::from_str(text)?)
    }

    fn refusal(config: &Config) -> String {
        config.validate().unwrap_err().to_string()
    }

    fn with_origins(origins: &[&str]) -> Config {
        Config {
            cors_allowed_origins: origins.iter().map(|&origin| origin.to_owned()).collect(),
            ..Config::default()
        }
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Config::default().validate(), Ok(()));
    }

    #[test]
    fn a_zero_is_refused_by_the_name_of_its_key() {
        let config = Config {
            request_timeout_ms: 0,
            ..Config::default()
        };
        assert_eq!(
            refusal(&config),
            "gateway.request_timeout_ms: must be at least 1"
        );
    }

    #[test]
    fn only_exact_origins_are_taken() {
        let good = [
            "https://app.example",
            "http://localhost:5173",
            "http://[::1]:3000",
        ];
        assert_eq!(with_origins(&good).validate(), Ok(()));
        for bad in [
            "app.example",
            "https://app.example/",
            "https://App.example",
            "https://user@app.example",
            "ftp://app.example",
            "https://*.example/x",
            "null",
            "",
        ] {
            let said = refusal(&with_origins(&[bad]));
            assert!(
                said.starts_with("gateway.cors_allowed_origins: "),
                "{bad}: {said}"
            );
        }
    }

    #[test]
    fn a_star_stands_alone_and_never_with_credentials() {
        assert_eq!(with_origins(&["*"]).validate(), Ok(()));
        assert!(refusal(&with_origins(&["*", "https://a.example"])).contains("alone"));
        let mut open = with_origins(&["*"]);
        open.cors_allow_credentials = true;
        assert!(refusal(&open).contains("cors_allow_credentials"));
    }

    #[test]
    fn origins_are_a_list_or_a_text_with_commas() {
        let list: Config = read(r#"{"cors_allowed_origins": ["https://a.example"]}"#).unwrap();
        assert_eq!(list.cors_allowed_origins, ["https://a.example"]);
        let text: Config =
            read(r#"{"cors_allowed_origins": "https://a.example, https://b.example"}"#).unwrap();
        assert_eq!(
            text.cors_allowed_origins,
            ["https://a.example", "https://b.example"]
        );
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let config = read(r#"{"trusted_proxies": "10.0.0.7, 2001:db8::/32"}"#).unwrap();
        let shown: Vec<_> = config
            .trusted_proxies
            .iter()
            .map(IpNet::to_string)
            .collect();
        assert_eq!(shown, ["10.0.0.7/32", "2001:db8::/32"]);
        for bad in ["proxy.example", "10.0.0.0/33", "10.0.0", "*"] {
            let error = read(&format!(r#"{{"trusted_proxies": ["{bad}"]}}"#)).unwrap_err();
            assert!(error.to_string().contains(bad), "{error}");
        }
        assert!(read(r#"{"forwarded_header": "x-real-ip"}"#).is_err());
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        let error = read(r#"{"request_timeout": 1}"#).unwrap_err();
        assert!(error.to_string().contains("`request_timeout`"), "{error}");
    }

    #[test]
    fn the_metrics_token_is_never_printed() {
        let config: Config = read(r#"{"metrics_token": "a-token-of-some-length"}"#).unwrap();
        assert_eq!(config.validate(), Ok(()));
        let printed = format!("{config:?} {}", serde_json::to_string(&config).unwrap());
        assert!(!printed.contains("a-token"), "{printed}");
    }

    #[test]
    fn a_short_metrics_token_is_refused() {
        let config: Config = read(r#"{"metrics_token": "short"}"#).unwrap();
        assert!(refusal(&config).starts_with("gateway.metrics_token: "));
    }
}
