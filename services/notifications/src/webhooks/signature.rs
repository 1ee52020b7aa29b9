//! The secret of an endpoint and what is signed with it (Standard Webhooks 1.0, "signature
//! scheme"): HMAC-SHA256 over the id, the time of the attempt and the body, to the byte.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use platform::ids::Ids;

/// What a secret begins with where it is shown.
const PREFIX: &str = "whsec_";
/// The bytes of a secret; the standard takes 24 to 64.
const LEN: usize = 32;
/// The fewest bytes of one.
const SHORTEST: usize = 24;

/// The secret that an endpoint checks signatures with. It is never printed.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A new one.
    pub(crate) fn random(ids: &Ids) -> Self {
        Self(ids.secret::<LEN>().to_vec())
    }

    /// One that was kept.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// One as its owner has it; none where it is of another form or too short to be one.
    #[must_use]
    pub fn parse(shown: &str) -> Option<Self> {
        let bytes = STANDARD.decode(shown.strip_prefix(PREFIX)?).ok()?;
        (bytes.len() >= SHORTEST).then_some(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As its owner gets it: `whsec_…`.
    #[must_use]
    pub fn shown(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }
}

/// The header `webhook-signature`: a signature with each secret, with spaces between.
#[must_use]
pub fn signatures(secrets: &[Secret], id: &str, seconds: i64, body: &str) -> String {
    let signed = format!("{id}.{seconds}.{body}");
    let signature = |secret: &Secret| {
        let key = Key::new(HMAC_SHA256, secret.bytes());
        format!("v1,{}", STANDARD.encode(sign(&key, signed.as_bytes())))
    };
    secrets.iter().map(signature).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_the_standard() {
        // The example of the specification's reference libraries.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let secret = Secret::of(secret);
        let shown = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(secret.shown(), shown);
        assert_eq!(Secret::parse(shown).unwrap().bytes(), secret.bytes());
        for other in [
            "",
            "whsec_",
            "whsec_MfKQ",
            &shown["whsec_".len()..],
            "whsec_!",
        ] {
            assert!(Secret::parse(other).is_none(), "{other}");
        }
        let signed = signatures(
            std::slice::from_ref(&secret),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both = signatures(&[secret.clone(), secret], "a", 1, "b");
        let (one, two) = both.split_once(' ').unwrap();
        assert_eq!(one, two);
    }
}
