//! The settings of SMS: the section `[notifications.sms]`.

use platform::config::list_or_text;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// What carries SMS.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConfig {
    /// `twilio`, `folder` or `log`; several are tried in this order; none: nothing is sent by SMS.
    /// A list, or a text with commas.
    #[serde(deserialize_with = "list_or_text")]
    pub provider: Vec<String>,
    /// Where the provider `folder` writes them; empty: `sms` in the data folder, or for a store on
    /// PostgreSQL the log.
    pub folder: String,
    /// The most messages of the network that one SMS may be: what is longer is cut.
    pub max_segments: usize,
    /// The account of the provider `twilio`.
    pub twilio: TwilioConfig,
}

impl SmsConfig {
    /// What signs the calls of Twilio; nothing where it carries no SMS.
    pub(crate) fn callback_token(&self) -> Option<SecretString> {
        let by_twilio = self.provider.iter().any(|name| name == "twilio");
        by_twilio.then(|| self.twilio.auth_token.clone())
    }
}

/// An account at Twilio, or at a server that speaks as it does.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioConfig {
    /// Where its API is.
    pub base_url: String,
    /// The account.
    pub account_sid: String,
    /// Its secret, which also signs what Twilio tells us.
    #[serde(with = "platform::secret")]
    pub auth_token: SecretString,
    /// The number or name that SMS come from; or else:
    pub from: String,
    /// the service that chooses one.
    pub messaging_service_sid: String,
    /// How long it may take for one message, in ms.
    pub timeout_ms: u64,
}
