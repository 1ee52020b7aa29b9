//! SMS by Twilio's API (2010-04-01, resource Messages), or by a server that speaks as it does.
//!
//! A request that was sent and not answered may have been taken: neither another provider nor this
//! one gets the message then, until it is time to try again. Twilio tells us of every message under
//! its id (`callback`), so one that was taken is not sent again.

use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderMap, header};
use platform::clock::SharedClock;
use reqwest::{Client, Response, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use values::SECOND;

use crate::channels::sms::callback::callback_url;
use crate::channels::sms::config::TwilioConfig;
use crate::channels::sms::segments;
use crate::channels::{Address, Channel, ChannelKind, Rendered, Sent, Unsent};
use crate::error::SettingError;

/// The most bytes of an answer that are read.
const ANSWER_MAX: usize = 64 * 1_024;

/// An account at Twilio.
pub(super) struct Twilio {
    client: Client,
    url: String,
    account: String,
    token: SecretString,
    from: (&'static str, String),
    public_url: String,
    max_segments: usize,
    clock: SharedClock,
}

/// What Twilio answers: a message, or an error.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    sid: Option<String>,
    code: Option<i64>,
}

impl Twilio {
    pub(super) fn new(
        config: &TwilioConfig,
        max_segments: usize,
        public_url: &str,
        clock: SharedClock,
    ) -> Result<Self, SettingError> {
        let refused = |name: &str, problem: &str| {
            let setting = format!("notifications.sms.twilio.{name}");
            Err(SettingError::new(&setting, problem.to_owned()))
        };
        let base = reqwest::Url::parse(&config.base_url);
        let Ok(base) = base.map_err(drop).and_then(checked) else {
            let problem = "it must begin with https:// (http:// only for this machine)";
            return refused("base_url", problem);
        };
        let is_sid = |sid: &str| !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_sid(&config.account_sid) {
            return refused("account_sid", "it is missing, or no SID (AC…)");
        }
        if config.auth_token.expose_secret().is_empty() {
            return refused("auth_token", "it is missing");
        }
        let from = match (config.from.as_str(), config.messaging_service_sid.as_str()) {
            (from, "") if !from.is_empty() => ("From", from.to_owned()),
            ("", service) if is_sid(service) => ("MessagingServiceSid", service.to_owned()),
            _ => return refused("from", "set either this or messaging_service_sid (MG…)"),
        };
        if !(100..=60_000).contains(&config.timeout_ms) {
            return refused("timeout_ms", "it must be 100 to 60000");
        }
        let client = Client::builder()
            .user_agent(concat!("payflow/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_millis(config.timeout_ms));
        let Ok(client) = client.build() else {
            return refused(
                "base_url",
                "there is no HTTP client: are there root certificates?",
            );
        };
        let base = base.as_str().trim_end_matches('/');
        let account = config.account_sid.clone();
        Ok(Self {
            url: format!("{base}/2010-04-01/Accounts/{account}/Messages.json"),
            client,
            account,
            token: config.auth_token.clone(),
            from,
            public_url: public_url.to_owned(),
            max_segments,
            clock,
        })
    }

    fn form(&self, message: &Rendered, to: &Address) -> Result<String, Unsent> {
        let text = segments::cut(&message.words.body, self.max_segments);
        tracing::debug!(id = %message.id, segments = segments::count(&text), "an SMS is sent");
        let mut form = vec![
            ("To", to.0.clone()),
            (self.from.0, self.from.1.clone()),
            ("Body", text),
        ];
        // Twilio calls no plain HTTP in production, and cannot reach a machine that has no public
        // name.
        if self.public_url.starts_with("https://") || self.url.starts_with("http://") {
            form.push(("StatusCallback", callback_url(&self.public_url, message.id)));
        }
        let form = serde_urlencoded::to_string(form);
        form.map_err(|_| Unsent::Never("the message cannot be written as a form".to_owned()))
    }

    async fn taken(&self, mut response: Response) -> Result<Sent, Unsent> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_MAX {
                break;
            }
        }
        let answer: Answer = serde_json::from_slice(&body).unwrap_or_default();
        if status.is_success() {
            // Taken, whatever else it says.
            return Ok(Sent {
                provider_id: answer.sid.filter(|sid| sid.len() <= 64),
            });
        }
        let unsent = refusal(status.as_u16(), answer.code);
        match (unsent, retry_after(&headers)) {
            (Unsent::Later { reason, .. }, Some(seconds)) => Err(Unsent::Later {
                reason,
                retry_at: Some(self.clock.now().plus(seconds.saturating_mul(SECOND))),
            }),
            (unsent, _) => Err(unsent),
        }
    }
}

/// A URL with TLS, or to this machine.
fn checked(url: reqwest::Url) -> Result<reqwest::Url, ()> {
    let host = url.host_str().unwrap_or_default();
    let address = host.parse::<std::net::IpAddr>();
    let here = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme() == "https" || url.scheme() == "http" && here {
        true => Ok(url),
        false => Err(()),
    }
}

#[async_trait]
impl Channel for Twilio {
    fn kind(&self) -> ChannelKind {
        ChannelKind::Sms
    }

    fn name(&self) -> &'static str {
        "twilio"
    }

    async fn send(&self, message: &Rendered, to: &Address) -> Result<Sent, Unsent> {
        let form = self.form(message, to)?;
        let request = self
            .client
            .post(&self.url)
            .basic_auth(&self.account, Some(self.token.expose_secret()))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        match request.send().await {
            Ok(response) => self.taken(response).await,
            // Nothing was sent.
            Err(error) if error.is_connect() => Err(later("twilio cannot be connected to")),
            Err(error) => {
                let cause = error.source().map(ToString::to_string);
                tracing::debug!(id = %message.id, cause, "twilio did not answer");
                Err(Unsent::Unknown("twilio did not answer".to_owned()))
            }
        }
    }
}

fn later(reason: &str) -> Unsent {
    Unsent::Later {
        reason: reason.to_owned(),
        retry_at: None,
    }
}

/// What a refusal means. Codes: <https://www.twilio.com/docs/api/errors>
fn refusal(status: u16, code: Option<i64>) -> Unsent {
    let said = code.map_or(String::new(), |code| format!(" ({code})"));
    let reason = format!("twilio answered {status}{said}");
    match (status, code) {
        // No number, no mobile, not reachable, or its holder has sent STOP.
        (_, Some(21_211 | 21_214 | 21_217 | 21_610 | 21_614)) => Unsent::Bounced(reason),
        // Too many at once: for the account, or in the queue of the number.
        (429, _) | (_, Some(14_107 | 20_429 | 21_611 | 30_001)) => later(&reason),
        // The account, which an operator mends.
        (401 | 403, _) | (_, Some(20_003 | 20_005 | 21_606 | 21_703)) => later(&reason),
        // It says that it did not take it.
        (503, _) => later(&reason),
        // It may have taken it before it failed.
        (500..=599, _) => Unsent::Unknown(reason),
        _ => Unsent::Never(reason),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<i64> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    let seconds: i64 = seconds.trim().parse().ok()?;
    (seconds > 0).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_for_ever_for_now_or_unknown() {
        let of = refusal;
        let is_later = |unsent: &Unsent| matches!(unsent, Unsent::Later { .. });
        for code in [21_211, 21_614, 21_610] {
            assert!(matches!(of(400, Some(code)), Unsent::Bounced(_)), "{code}");
        }
        for code in [21_408, 21_612, 21_617, 1] {
            assert!(matches!(of(400, Some(code)), Unsent::Never(_)), "{code}");
        }
        assert!(is_later(&of(429, Some(20_429))) && is_later(&of(429, None)));
        assert!(is_later(&of(400, Some(21_611))) && is_later(&of(503, None)));
        assert!(is_later(&of(401, Some(20_003))));
        assert!(matches!(of(500, None), Unsent::Unknown(_)));
        assert!(matches!(of(502, Some(20_500)), Unsent::Unknown(_)));
        assert!(matches!(of(404, None), Unsent::Never(_)));
    }
}
