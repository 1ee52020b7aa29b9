//! The border to the outside: what PayFlow asks of a payment gateway (an acquirer), whichever it
//! is. Card numbers never come here; the acquirer's tokens do. It never decides what an answer does
//! to a transaction.

use std::sync::Arc;

use contracts::payments::TransactionId;
use money::Amount;
use payments_core::transaction::{Failure, Instrument};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use web::signature::NotificationKey;

pub mod http;
pub mod simulated;

use self::http::HttpAcquirer;
use self::simulated::Simulated;

/// Which way the money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the card or bank account to PayFlow: a deposit.
    Charge,
    /// From PayFlow to the card or bank account: a withdrawal.
    Payout,
}

/// One instruction. Its id was stored before it is sent and stays the same however often it is
/// sent: the acquirer carries it out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// The transaction that it belongs to.
    pub id: TransactionId,
    /// Which way.
    pub direction: Direction,
    /// How much.
    pub amount: Amount,
    /// From or to where.
    pub instrument: Instrument,
}

/// What the acquirer says of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The money moved.
    Approved,
    /// The money did not move, and will not.
    Declined(Failure),
    /// It is at work; a notification follows, or an enquiry tells.
    Pending,
    /// It has no such instruction: it never arrived.
    Unknown,
}

/// The acquirer gave no answer that could be understood; what became of the instruction is not
/// known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// No answer in time.
    #[error("the acquirer did not answer in time")]
    TimedOut,
    /// The connection could not be made or broke.
    #[error("the acquirer could not be reached: {0}")]
    Unreachable(String),
    /// The answer made no sense.
    #[error("the acquirer's answer could not be understood: {0}")]
    Garbled(String),
}

/// What the acquirer tells on its own accord, some time after the instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// The instruction.
    pub id: TransactionId,
    /// What became of it.
    pub verdict: Verdict,
}

/// Where notifications arrive.
pub type Notifications = mpsc::UnboundedSender<Notification>;

/// A payment gateway.
#[async_trait::async_trait]
pub trait Acquirer: Send + Sync + 'static {
    /// Sends an instruction; sent again with the same id, it is carried out once and answered as it
    /// stands by then.
    async fn instruct(&self, instruction: &Instruction) -> Result<Verdict, Unanswered>;

    /// Asks what became of an instruction that may have been sent.
    async fn enquire(&self, instruction: &Instruction) -> Result<Verdict, Unanswered>;
}

/// An acquirer as it was built, with the ways in which it answers on its own accord.
pub struct Connected {
    /// The acquirer.
    pub acquirer: Arc<dyn Acquirer>,
    /// What it tells within this process.
    pub notifications: mpsc::UnboundedReceiver<Notification>,
    /// What it tells over HTTP is signed with this key; without one nothing is taken over HTTP.
    pub notification_key: Option<NotificationKey>,
}

/// Builds the connector that the settings name.
///
/// # Errors
/// What stands against it.
pub fn build(config: &AcquirerConfig) -> Result<Connected, String> {
    config.validate()?;
    let (told, notifications) = mpsc::unbounded_channel();
    let (acquirer, notification_key): (Arc<dyn Acquirer>, _) = match config.connector {
        Connector::Simulated => (Arc::new(Simulated::new(config, told)), None),
        Connector::Http => {
            let key = NotificationKey::new(config.notification_key.expose_secret());
            (Arc::new(HttpAcquirer::new(config)?), Some(key))
        }
    };
    Ok(Connected {
        acquirer,
        notifications,
        notification_key,
    })
}

/// Which acquirer, and how to reach it: the section `[payments.acquirer]`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AcquirerConfig {
    /// `simulated` or `http`.
    pub connector: Connector,
    /// How long an instruction may take, in ms; beyond it the outcome is unknown until an enquiry
    /// tells.
    pub timeout_ms: u64,
    /// Of the simulated one: the share of instructions, in percent, that fail as if declined.
    pub failure_percent: u8,
    /// Of the simulated one: how long `tok_late` takes to answer, in ms.
    pub late_ms: u64,
    /// Of the HTTP one: where it is, such as `https://acquirer.example/v1`.
    pub url: String,
    /// Of the HTTP one: the key that it knows us by.
    #[serde(with = "platform::secret")]
    pub api_key: SecretString,
    /// Of the HTTP one: the key under which it signs notifications.
    #[serde(with = "platform::secret")]
    pub notification_key: SecretString,
}

/// Which acquirer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Connector {
    /// The one in this process, for development and tests.
    Simulated,
    /// One that speaks the protocol of `docs/acquirer.md`.
    Http,
}

impl Default for AcquirerConfig {
    fn default() -> Self {
        platform::config::defaults("payments.acquirer")
    }
}

impl AcquirerConfig {
    /// Checks everything that a type cannot.
    ///
    /// # Errors
    /// The key and what is wrong with it.
    pub fn validate(&self) -> Result<(), String> {
        if self.failure_percent > 100 {
            return Err("payments.acquirer.failure_percent must be 0 to 100".to_owned());
        }
        if self.timeout_ms == 0 {
            return Err("payments.acquirer.timeout_ms must be above 0".to_owned());
        }
        if self.connector == Connector::Http {
            check_url(&self.url)?;
            // They travel in headers: visible ASCII only.
            let is_key = |key: &SecretString| {
                let key = key.expose_secret();
                key.len() >= 16 && key.bytes().all(|byte| byte.is_ascii_graphic())
            };
            if !is_key(&self.api_key) || !is_key(&self.notification_key) {
                return Err(
                    "payments.acquirer.api_key and notification_key need at least 16 characters, \
                            all visible ASCII"
                        .to_owned(),
                );
            }
        }
        Ok(())
    }
}

/// Keys and tokens are not sent in the clear, except to this machine itself.
fn check_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text)
        .map_err(|error| format!("payments.acquirer.url cannot be read: {error}"))?;
    // An IPv6 address has brackets in a URL.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_loopback = host
        .parse::<std::net::IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
        return Err(
            "payments.acquirer.url must be https (http on a loopback address only)".to_owned(),
        );
    }
    let plain = url.username().is_empty() && url.password().is_none();
    if !plain || url.query().is_some() || url.fragment().is_some() {
        return Err(
            "payments.acquirer.url is a plain address: no user, query or fragment".to_owned(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_url(url: &str) -> Result<(), String> {
        AcquirerConfig {
            connector: Connector::Http,
            url: url.to_owned(),
            api_key: "k".repeat(16).into(),
            notification_key: "n".repeat(16).into(),
            ..AcquirerConfig::default()
        }
        .validate()
    }

    #[test]
    fn keys_travel_encrypted_or_not_at_all() {
        for url in [
            "https://acquirer.example/v1",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/v1",
        ] {
            assert_eq!(with_url(url), Ok(()), "{url}");
        }
        for url in [
            "http://acquirer.example",
            "http://127.0.0.1.evil.example",
            "http://localhost",
            "ftp://127.0.0.1",
            "acquirer.example",
            "https://user:secret@acquirer.example",
            "https://acquirer.example/?v=1",
            "",
        ] {
            assert!(
                with_url(url).is_err_and(|error| error.contains("payments.acquirer.url")),
                "{url}"
            );
        }
    }

    #[test]
    fn a_key_is_long_and_fits_in_a_header() {
        let config = AcquirerConfig {
            connector: Connector::Http,
            url: "https://acquirer.example".to_owned(),
            api_key: "short".into(),
            notification_key: "n".repeat(16).into(),
            ..AcquirerConfig::default()
        };
        assert!(
            config
                .validate()
                .is_err_and(|error| error.contains("api_key"))
        );
        let config = AcquirerConfig {
            api_key: format!("{}\n", "k".repeat(16)).into(),
            ..config
        };
        assert!(
            config
                .validate()
                .is_err_and(|error| error.contains("visible"))
        );
    }

    #[test]
    fn the_keys_are_not_printed() {
        let config = AcquirerConfig {
            api_key: "s3cret-of-the-caller".into(),
            notification_key: "s3cret-of-the-signer".into(),
            ..AcquirerConfig::default()
        };
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
