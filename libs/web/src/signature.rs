//! The signature of notifications that others send us over HTTP: HMAC-SHA256 in the headers of the
//! Standard Webhooks specification (standardwebhooks.com). It says who wrote a body and when, never
//! what it means.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use values::{SECOND, Timestamp};

/// How far the time of a signature may be from ours, in µs: what was recorded on the way cannot be
/// sent for ever.
pub const TOLERANCE: i64 = 5 * 60 * SECOND;

/// The key that the sender of notifications signs with.
#[derive(Debug, Clone)]
pub struct NotificationKey(hmac::Key);

/// The headers do not sign this body with this key at this time. Which of them is wrong is not for
/// the sender to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is missing, wrong or too old")]
pub struct BadSignature;

impl NotificationKey {
    /// The key behind a text: its bytes as they are.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()))
    }

    /// Checks that `body` was signed with this key, close to `now`: one of the signatures in
    /// `webhook-signature` (`v1,<base64>`, separated by spaces) is that of
    /// `<webhook-id>.<webhook-timestamp>.<body>`.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), BadSignature> {
        let id = header(headers, "webhook-id")?;
        let timestamp = header(headers, "webhook-timestamp")?;
        let signatures = header(headers, "webhook-signature")?;
        let seconds: i64 = timestamp.parse().map_err(|_| BadSignature)?;
        let signed_at = seconds.checked_mul(SECOND).ok_or(BadSignature)?;
        if now.micros().abs_diff(signed_at) > TOLERANCE.unsigned_abs() {
            return Err(BadSignature);
        }
        let mut signed = format!("{id}.{timestamp}.").into_bytes();
        signed.extend_from_slice(body);
        let is_good = |signature: &str| {
            let tag = signature
                .strip_prefix("v1,")
                .and_then(|text| STANDARD.decode(text).ok());
            // `hmac::verify` compares in constant time.
            tag.is_some_and(|tag| hmac::verify(&self.0, &signed, &tag).is_ok())
        };
        // Several, while the sender changes its key; not as many as fit, so that a check has its
        // bounds.
        if signatures.split(' ').take(8).any(is_good) {
            Ok(())
        } else {
            Err(BadSignature)
        }
    }
}

/// The one value of a header.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, BadSignature> {
    let mut values = headers.get_all(name).iter();
    let value = values
        .next()
        .filter(|value| !value.is_empty())
        .ok_or(BadSignature)?;
    if values.next().is_some() {
        return Err(BadSignature);
    }
    value.to_str().map_err(|_| BadSignature)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const KEY: &str = "key-of-the-signer-0001";
    const BODY: &[u8] = br#"{"id":"txn_00000000000000000000000007","status":"approved"}"#;
    /// Made with another implementation (Python's `hmac`): of message `msg_1` at
    /// 2026-01-01T00:00:00Z.
    const SIGNATURE: &str = "v1,1eK5lc751F8CaWXCXsXr2MsvRK2E5VvS0Er58HvKrYg=";
    const NOW: Timestamp = Timestamp(1_767_225_600 * SECOND);

    fn headers(changed: &[(&'static str, &'static str)]) -> HeaderMap {
        let given = [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1767225600"),
            ("webhook-signature", SIGNATURE),
        ];
        let mut headers = HeaderMap::new();
        for (name, value) in given.into_iter().chain(changed.iter().copied()) {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        headers
    }

    fn is_good(headers: &HeaderMap, body: &[u8], now: Timestamp) -> bool {
        NotificationKey::new(KEY).verify(headers, body, now).is_ok()
    }

    #[test]
    fn what_was_signed_is_good_for_five_minutes_either_way() {
        for (seconds, good) in [
            (0, true),
            (300, true),
            (-300, true),
            (301, false),
            (-301, false),
        ] {
            assert_eq!(
                is_good(&headers(&[]), BODY, NOW.plus(seconds * SECOND)),
                good,
                "{seconds} s"
            );
        }
    }

    #[test]
    fn one_good_signature_among_several_is_enough() {
        let several = headers(&[(
            "webhook-signature",
            concat!(
                "v1,AAAA v2,x v1a,y ",
                "v1,1eK5lc751F8CaWXCXsXr2MsvRK2E5VvS0Er58HvKrYg="
            ),
        )]);
        assert!(is_good(&several, BODY, NOW));
    }

    #[test]
    fn nothing_that_was_signed_can_be_exchanged() {
        assert!(!is_good(&headers(&[]), b"{}", NOW));
        assert!(
            NotificationKey::new("key-of-the-signer-0002")
                .verify(&headers(&[]), BODY, NOW)
                .is_err()
        );
        for changed in [
            ("webhook-id", "msg_2"),
            ("webhook-id", ""),
            ("webhook-timestamp", "1767225601"),
            ("webhook-timestamp", "+1767225600"),
            ("webhook-timestamp", "9223372036854775807"),
            ("webhook-timestamp", "now"),
            ("webhook-signature", ""),
            ("webhook-signature", "v1,"),
            ("webhook-signature", "v1,AAAA"),
            (
                "webhook-signature",
                "1eK5lc751F8CaWXCXsXr2MsvRK2E5VvS0Er58HvKrYg=",
            ),
        ] {
            assert!(!is_good(&headers(&[changed]), BODY, NOW), "{changed:?}");
        }
    }

    #[test]
    fn each_header_is_there_once() {
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut missing = headers(&[]);
            let value = missing.remove(name).unwrap();
            assert!(!is_good(&missing, BODY, NOW), "{name}");
            let mut twice = headers(&[]);
            twice.append(name, value);
            assert!(!is_good(&twice, BODY, NOW), "{name}");
        }
    }

    #[test]
    fn the_key_is_not_printed() {
        assert!(!format!("{:?}", NotificationKey::new(KEY)).contains("signer"));
    }
}
