//! The settings of mail: the section `[notifications.email]`.

use platform::config::list_or_text;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Who sends mail, and through what.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    /// The sender, such as `PayFlow <payflow@example.com>`.
    pub from: String,
    /// `smtp`, `folder` or `log`; several are tried in this order. A list, or a text with commas.
    #[serde(deserialize_with = "list_or_text")]
    pub provider: Vec<String>,
    /// Where the provider `folder` writes mails; empty: `mail` in the data folder, or for a store
    /// on PostgreSQL the log.
    pub folder: String,
    /// The server of the provider `smtp`.
    pub smtp: SmtpConfig,
    /// The server that takes what that one does not; without a host there is none.
    pub fallback: SmtpConfig,
}

/// A mail server.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Its name.
    pub host: String,
    /// Its port; 0: 587, or 465 for `tls`.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Who logs in; empty: nobody.
    pub user: String,
    /// With what.
    #[serde(with = "platform::secret")]
    pub password: SecretString,
    /// A file of certificates (PEM) that are trusted beside those of the system; empty: none.
    pub ca_file: String,
    /// How long the server may take for one message, in ms.
    pub timeout_ms: u64,
    /// Connections that are open at once.
    pub connections: usize,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// TLS by STARTTLS, and nothing without it.
    Starttls,
    /// Not at all: for a server on the same machine.
    None,
}
