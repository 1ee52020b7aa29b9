//! What Twilio tells us: what became of an SMS, and that somebody wants no more of them. It is
//! believed by its signature only (<https://www.twilio.com/docs/usage/webhooks/webhooks-security>).

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::notifications::MessageId;
use secrecy::{ExposeSecret, SecretString};

use crate::channels::sms::store;
use crate::error::Error;
use crate::messages::state::State;
use crate::phones::number::PhoneNumber;
use crate::phones::sealed::fingerprints;
use crate::phones::store as phones;
use crate::service::Service;

/// Where it is told, below the address of the installation.
pub(crate) const PATH: &str = "/api/v1/notifications/callbacks/twilio";
/// What somebody writes who wants no SMS any more, and who wants them again. Carriers and Twilio
/// understand the same words.
const STOP: [&str; 8] = [
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
];
const START: [&str; 3] = ["START", "YES", "UNSTOP"];
/// Nobody is at the number, or takes messages there.
const UNREACHABLE: [i64; 5] = [21_610, 30_003, 30_004, 30_005, 30_006];

/// The parameters of a request, as they were sent.
pub(crate) type Parameters = Vec<(String, String)>;

/// Where Twilio tells what became of a message.
pub(crate) fn callback_url(public_url: &str, message: MessageId) -> String {
    format!("{public_url}{PATH}?message={message}")
}

/// Whether a request is Twilio's.
pub(crate) fn is_signed(
    token: &SecretString,
    url: &str,
    parameters: &Parameters,
    signature: &str,
) -> bool {
    let Ok(signature) = STANDARD.decode(signature) else {
        return false;
    };
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort();
    let mut signed = url.to_owned();
    for (name, value) in sorted {
        signed.push_str(name);
        signed.push_str(value);
    }
    let token = token.expose_secret().as_bytes();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token);
    hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
}

fn get<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    let found = parameters.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// What a status means for a message; nothing where it says nothing new.
fn state(status: &str, error: Option<i64>) -> Option<(State, Option<String>)> {
    let reason = || error.map(|code| format!("twilio says {status} ({code})"));
    match status {
        "accepted" | "scheduled" | "queued" | "sending" | "sent" => Some((State::Sent, None)),
        "delivered" | "read" => Some((State::Delivered, None)),
        "undelivered" | "failed" if error.is_some_and(|code| UNREACHABLE.contains(&code)) => {
            Some((State::Bounced, reason()))
        }
        "undelivered" | "failed" | "canceled" => Some((
            State::Failed,
            reason().or_else(|| Some(format!("twilio says {status}"))),
        )),
        _ => None,
    }
}

impl Service {
    /// Takes what Twilio tells: of a message that we sent, or one that came in. What is not
    /// understood changes nothing.
    ///
    /// # Errors
    /// A fault: Twilio tells it again then.
    pub(crate) async fn called_back_by_twilio(
        &self,
        message: Option<MessageId>,
        parameters: &Parameters,
    ) -> Result<(), Error> {
        let error = get(parameters, "ErrorCode").and_then(|code| code.parse().ok());
        let status = get(parameters, "MessageStatus");
        if let (Some(message), Some(status), Some(sid)) =
            (message, status, get(parameters, "MessageSid"))
            && let Some(became) = state(status, error)
        {
            let now = self.clock.now();
            return Ok(store::called_back(&self.db, message.uuid(), became, sid, now).await?);
        }
        let said = get(parameters, "OptOutType").or_else(|| get(parameters, "Body"));
        let from = get(parameters, "From").map(PhoneNumber::parse);
        let (Some(said), Some(Ok(from))) = (said, from) else {
            return Ok(());
        };
        let said = said.trim().to_uppercase();
        let now = self.clock.now();
        for fingerprint in fingerprints(&self.vault, &from) {
            if STOP.contains(&said.as_str()) {
                phones::stop(&self.db, fingerprint, now).await?;
            } else if START.contains(&said.as_str()) {
                phones::start(&self.db, fingerprint).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's documentation of signatures.
    #[test]
    fn a_signature_covers_the_url_and_the_sorted_parameters() {
        let url = "https://example.com/myapp.php?foo=1&bar=2";
        let parameters: Parameters = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675310"),
            ("Digits", "1234"),
            ("From", "+14158675310"),
            ("To", "+18005551212"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let token = SecretString::from("12345");
        let signature = "L/OH5YylLD5NRKLltdqwSvS0BnU=";
        assert!(is_signed(&token, url, &parameters, signature));
        let mut shuffled = parameters.clone();
        shuffled.reverse();
        assert!(is_signed(&token, url, &shuffled, signature));
        for (token, url, signature) in [
            (&SecretString::from("12346"), url, signature),
            (&token, "https://example.com/myapp.php", signature),
            (&token, url, ""),
            (&token, url, "no base64"),
            (&token, url, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ] {
            assert!(!is_signed(token, url, &parameters, signature));
        }
        assert!(!is_signed(&token, url, &Parameters::new(), signature));
    }

    #[test]
    fn a_status_says_what_became_of_an_sms() {
        let of = |status, error| state(status, error).map(|(state, _)| state);
        assert_eq!(of("queued", None), Some(State::Sent));
        assert_eq!(of("delivered", None), Some(State::Delivered));
        assert_eq!(of("undelivered", Some(30_003)), Some(State::Bounced));
        assert_eq!(of("undelivered", Some(30_007)), Some(State::Failed));
        assert_eq!(of("failed", None), Some(State::Failed));
        assert_eq!(of("received", None), None);
    }
}
