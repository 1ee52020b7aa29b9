//! The settings of KYC: the section `[risk.kyc]`.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The settings of KYC.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct KycConfig {
    /// Who checks what users send in.
    pub provider: Provider,
    /// Of the HTTP one: where it is, such as `https://checks.example/v1`.
    pub url: String,
    /// Of the HTTP one: the key that it knows us by.
    #[serde(with = "platform::secret")]
    pub api_key: SecretString,
    /// Of the HTTP one: the key under which it signs notifications.
    #[serde(with = "platform::secret")]
    pub notification_key: SecretString,
    /// How long it may take to answer a request, in ms.
    pub timeout_ms: u64,
    /// Of the simulated one: after how long `Slow` has passed, in ms.
    pub slow_ms: u32,
    /// After how many hours without an outcome an operator decides.
    pub refer_after_hours: u32,
    /// The most bytes of a document, and documents of a submission.
    pub document_bytes: usize,
    /// The most documents of a submission, replaced ones included.
    pub documents: u32,
    /// How old a user has to be, in years.
    pub minimum_age: u32,
    /// How long a level is good, in days.
    pub valid_days: ValidDays,
    /// How long a user may appeal against a rejection, in days.
    pub appeal_days: u32,
    /// After how many days without a change a draft is deleted, and what was asked for again ends.
    pub draft_days: u32,
    /// How long details and documents are kept after they have served, in days.
    pub keep_days: u32,
    /// The same where the account was closed; 0: they are deleted with it.
    pub keep_closed_days: u32,
}

/// How long each level is good, in days.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ValidDays {
    /// Of `basic`.
    pub basic: u32,
    /// Of `full`.
    pub full: u32,
}

/// Who checks what users send in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The one in this process, for development and tests.
    Simulated,
    /// One that speaks the protocol of `docs/kyc.md`.
    Http,
}

/// The most bytes that the setting for documents takes: what one seal and one row are good for.
const MOST_BYTES: usize = 32 * 1024 * 1024;

impl KycConfig {
    pub(crate) fn check(&self) -> Result<(), String> {
        let positive = [
            ("timeout_ms", self.timeout_ms),
            ("refer_after_hours", self.refer_after_hours.into()),
            ("documents", self.documents.into()),
            ("valid_days.basic", self.valid_days.basic.into()),
            ("valid_days.full", self.valid_days.full.into()),
            ("draft_days", self.draft_days.into()),
            ("keep_days", self.keep_days.into()),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(format!("risk.kyc.{name} must be 1 or more"));
        }
        if !(1..=MOST_BYTES).contains(&self.document_bytes) {
            return Err(format!("risk.kyc.document_bytes must be 1 to {MOST_BYTES}"));
        }
        if self.minimum_age > 100 {
            return Err("risk.kyc.minimum_age must be at most 100".to_owned());
        }
        match self.provider {
            Provider::Simulated => Ok(()),
            Provider::Http => self.check_http(),
        }
    }

    fn check_http(&self) -> Result<(), String> {
        check_url(&self.url)?;
        // They travel in headers: visible ASCII only.
        let is_key = |key: &SecretString| {
            let key = key.expose_secret();
            key.len() >= 16 && key.bytes().all(|byte| byte.is_ascii_graphic())
        };
        match is_key(&self.api_key) && is_key(&self.notification_key) {
            true => Ok(()),
            false => Err(
                "risk.kyc.api_key and notification_key need at least 16 characters, all visible ASCII"
                    .to_owned(),
            ),
        }
    }
}

/// Documents are not sent in the clear, except to this machine itself.
fn check_url(text: &str) -> Result<(), String> {
    let url = reqwest::Url::parse(text)
        .map_err(|error| format!("risk.kyc.url cannot be read: {error}"))?;
    // An IPv6 address has brackets in a URL.
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    let is_loopback = address.is_ok_and(|address| address.is_loopback());
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback) {
        return Err("risk.kyc.url must be https (http on a loopback address only)".to_owned());
    }
    let plain = url.username().is_empty() && url.password().is_none();
    if !plain || url.query().is_some() || url.fragment().is_some() {
        return Err("risk.kyc.url is a plain address: no user, query or fragment".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_url(url: &str) -> Result<(), String> {
        KycConfig {
            provider: Provider::Http,
            url: url.to_owned(),
            api_key: "k".repeat(16).into(),
            notification_key: "n".repeat(16).into(),
            ..crate::Config::default().kyc
        }
        .check()
    }

    #[test]
    fn documents_travel_encrypted_or_not_at_all() {
        for url in [
            "https://checks.example/v1",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/v1",
        ] {
            assert_eq!(with_url(url), Ok(()), "{url}");
        }
        for url in [
            "http://checks.example",
            "http://localhost",
            "https://a:b@checks.example",
            "https://checks.example/?v=1",
            "",
        ] {
            assert!(with_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let documented = crate::Config::default().kyc;
        assert_eq!(documented.check(), Ok(()));
        let refused = |config: KycConfig| config.check().unwrap_err();
        let none = KycConfig {
            keep_days: 0,
            ..documented.clone()
        };
        assert!(refused(none).contains("risk.kyc.keep_days"));
        let huge = KycConfig {
            document_bytes: usize::MAX,
            ..documented.clone()
        };
        assert!(refused(huge).contains("risk.kyc.document_bytes"));
        let keyless = KycConfig {
            provider: Provider::Http,
            url: "https://checks.example".to_owned(),
            ..documented
        };
        assert!(refused(keyless).contains("notification_key"));
    }
}
