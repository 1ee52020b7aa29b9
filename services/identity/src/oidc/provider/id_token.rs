//! What a provider signed: whether it is its signature, and whether it holds for this installation
//! and this sign-in (OpenID Connect Core 1.0, section 3.1.3.7; RFC 7515). It asks nobody and reads
//! no clock. Claims that it does not name may have any form: providers differ, and what nobody
//! reads keeps nobody out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use values::{SECOND, Timestamp};

/// How far in the future a token may have been issued: clocks differ.
const LEEWAY: i64 = 60 * SECOND;
/// The longest subject (section 2).
const SUBJECT_MAX_CHARS: usize = 255;

/// Signatures by keys that only the provider has. No MAC: its key would be the client's secret, and
/// no `none`.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// What the signed answer must be about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    /// Who else it may be for.
    pub(crate) additional_audiences: &'a [String],
    pub(crate) nonce: &'a str,
    pub(crate) now: Timestamp,
}

/// Why a signed answer does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("it is no signed token")]
    Form,
    #[error("it is signed in a way that is not taken")]
    Algorithm,
    #[error("it names a key that the provider does not publish")]
    UnknownKey,
    #[error("the signature is not right")]
    Signature,
    #[error("`iss` is another issuer")]
    Issuer,
    #[error("`sub` does not say who it is")]
    Subject,
    #[error(
        "`aud` has not this client, or one that is not in additional_audiences of the provider's settings"
    )]
    Audience,
    #[error("`azp` is not this client")]
    Party,
    #[error("`nonce` is that of another sign-in")]
    Nonce,
    #[error("it has expired (`exp`)")]
    Expired,
    #[error("it was issued in the future (`iat`)")]
    Issued,
}

/// The claims of an ID token that holds.
pub(crate) fn verify(
    token: &str,
    keys: &CoreJsonWebKeySet,
    expected: &Expected<'_>,
) -> Result<Map<String, Value>, Rejected> {
    let claims = signed(token, keys)?;
    check(&claims, expected)?;
    Ok(claims)
}

/// What stands before a signature.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// What is signed with one of these keys.
fn signed(token: &str, keys: &CoreJsonWebKeySet) -> Result<Map<String, Value>, Rejected> {
    let (message, signature) = token.rsplit_once('.').ok_or(Rejected::Form)?;
    let (header, claims) = message.split_once('.').ok_or(Rejected::Form)?;
    let header: Header = decoded(header)?;
    // Nothing is understood that would have to be.
    if header.crit.is_some() {
        return Err(Rejected::Algorithm);
    }
    let algorithm = serde_json::from_value(Value::String(header.alg))
        .ok()
        .filter(|algorithm| ALGORITHMS.contains(algorithm))
        .ok_or(Rejected::Algorithm)?;
    let signature = bytes(signature)?;
    let mut named = keys.keys().iter().filter(|key| match &header.kid {
        Some(kid) => key.key_id().is_some_and(|id| id.as_str() == kid),
        None => true,
    });
    let first = named.next().ok_or(Rejected::UnknownKey)?;
    // Whether a key is for signatures and for this algorithm, it looks itself.
    let fits = |key: &openidconnect::core::CoreJsonWebKey| {
        let verified = key.verify_signature(&algorithm, message.as_bytes(), &signature);
        verified.is_ok()
    };
    if !fits(first) && !named.any(fits) {
        return Err(Rejected::Signature);
    }
    decoded(claims)
}

fn bytes(part: &str) -> Result<Vec<u8>, Rejected> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Rejected::Form)
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, Rejected> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| Rejected::Form)
}

/// Issuer, subject, audiences, authorized party, nonce and times.
fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Rejected> {
    let ensure = |holds: bool, rejected: Rejected| if holds { Ok(()) } else { Err(rejected) };
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    ensure(text("iss") == Some(expected.issuer), Rejected::Issuer)?;
    ensure(text("sub").is_some_and(is_subject), Rejected::Subject)?;

    let ours = |audience: &str| audience == expected.client_id;
    let listed = |audience: &str| {
        let others = expected.additional_audiences;
        others.iter().any(|other| other == audience)
    };
    let audiences = audiences(claims.get("aud")).ok_or(Rejected::Audience)?;
    let all = |taken: &dyn Fn(&str) -> bool| audiences.iter().all(|&audience| taken(audience));
    let for_us = audiences.iter().any(|&audience| ours(audience));
    let trusted = all(&|audience| ours(audience) || listed(audience));
    ensure(for_us && trusted, Rejected::Audience)?;
    // Where it is for several, it says for whom it was issued.
    let party = match claims.get("azp") {
        None => all(&ours),
        Some(party) => party.as_str().is_some_and(ours),
    };
    ensure(party, Rejected::Party)?;

    ensure(text("nonce") == Some(expected.nonce), Rejected::Nonce)?;
    let now = expected.now;
    let time = |name: &str| claims.get(name).and_then(numeric_date);
    let lives = time("exp").is_some_and(|end| now < end);
    ensure(lives, Rejected::Expired)?;
    let issued = time("iat").is_some_and(|begun| begun <= now.plus(LEEWAY));
    ensure(issued, Rejected::Issued)
}

/// Whether a subject can tell people apart (section 2): some ASCII characters, and not too many.
fn is_subject(text: &str) -> bool {
    !text.trim().is_empty() && text.is_ascii() && text.len() <= SUBJECT_MAX_CHARS
}

/// One audience, or a list of them.
fn audiences(claim: Option<&Value>) -> Option<Vec<&str>> {
    match claim? {
        Value::String(one) => Some(vec![one]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// Seconds since 1970, perhaps with a fraction (RFC 7519, section 2).
fn numeric_date(value: &Value) -> Option<Timestamp> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast from a float ends at the bounds of the integer"
    )]
    let whole = |seconds: f64| seconds.floor() as i64;
    let seconds = value.as_i64().or_else(|| value.as_f64().map(whole))?;
    Some(Timestamp(seconds.saturating_mul(SECOND)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_700_000_000 * SECOND);

    /// What comes of the claims of a token that would hold, with these instead.
    fn checked(changed: Value, additional_audiences: &[&str]) -> Result<(), Rejected> {
        let base = json!({
            "iss": "https://id.example", "sub": "ann", "aud": "payflow", "nonce": "n",
            "iat": 1_700_000_000, "exp": 1_700_000_300,
        });
        let Value::Object(mut claims) = base else {
            panic!("no object")
        };
        for (name, value) in changed.as_object().unwrap() {
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        let others: Vec<String> = additional_audiences
            .iter()
            .map(|&text| text.to_owned())
            .collect();
        let expected = Expected {
            issuer: "https://id.example",
            client_id: "payflow",
            additional_audiences: &others,
            nonce: "n",
            now: NOW,
        };
        check(&claims, &expected)
    }

    #[test]
    fn what_is_said_to_this_client_about_this_sign_in_holds() {
        for changed in [
            json!({}),
            json!({"aud": ["payflow"]}),
            json!({"azp": "payflow"}),
            json!({"iat": 1_700_000_060}),
            json!({"iat": 1_700_000_000.5, "exp": 1_700_000_001.5}),
            json!({"sub": "x".repeat(255)}),
            json!({"phone_number_verified": "true", "updated_at": "2026-01-01", "address": []}),
        ] {
            assert_eq!(checked(changed.clone(), &[]), Ok(()), "{changed}");
        }
    }

    #[test]
    fn what_does_not_hold_is_rejected_with_the_claim_at_fault() {
        for (changed, rejected) in [
            (json!({"iss": null}), Rejected::Issuer),
            (json!({"iss": "https://id.example/"}), Rejected::Issuer),
            (json!({"sub": null}), Rejected::Subject),
            (json!({"sub": ""}), Rejected::Subject),
            (json!({"sub": "  "}), Rejected::Subject),
            (json!({"sub": 7}), Rejected::Subject),
            (json!({"sub": "änn"}), Rejected::Subject),
            (json!({"sub": "x".repeat(256)}), Rejected::Subject),
            (json!({"aud": null}), Rejected::Audience),
            (json!({"aud": []}), Rejected::Audience),
            (json!({"aud": "other"}), Rejected::Audience),
            (json!({"aud": ["payflow", 7]}), Rejected::Audience),
            (
                json!({"aud": ["payflow", "other"], "azp": "payflow"}),
                Rejected::Audience,
            ),
            (json!({"azp": "other"}), Rejected::Party),
            (json!({"azp": ["payflow"]}), Rejected::Party),
            (json!({"nonce": null}), Rejected::Nonce),
            (json!({"nonce": "m"}), Rejected::Nonce),
            (json!({"exp": null}), Rejected::Expired),
            (json!({"exp": 1_700_000_000}), Rejected::Expired),
            (json!({"exp": "1700000300"}), Rejected::Expired),
            (json!({"exp": -1e300}), Rejected::Expired),
            (json!({"iat": null}), Rejected::Issued),
            (json!({"iat": 1_700_000_061}), Rejected::Issued),
            (json!({"iat": 1e300}), Rejected::Issued),
        ] {
            assert_eq!(checked(changed.clone(), &[]), Err(rejected), "{changed}");
        }
    }

    #[test]
    fn other_audiences_are_taken_where_they_are_listed_and_the_party_is_named() {
        let several = json!({"aud": ["account", "payflow"], "azp": "payflow"});
        assert_eq!(checked(several.clone(), &["account"]), Ok(()));
        assert_eq!(
            checked(several.clone(), &["reports"]),
            Err(Rejected::Audience)
        );
        for azp in [json!(null), json!("account")] {
            let mut unnamed = several.clone();
            unnamed["azp"] = azp.clone();
            assert_eq!(
                checked(unnamed, &["account"]),
                Err(Rejected::Party),
                "{azp}"
            );
        }
        let without_us = json!({"aud": ["account"], "azp": "payflow"});
        assert_eq!(checked(without_us, &["account"]), Err(Rejected::Audience));
    }

    #[test]
    fn what_is_not_signed_with_a_published_key_is_rejected() {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let keys: CoreJsonWebKeySet = serde_json::from_value(json!({"keys": [{
            "kty": "OKP", "crv": "Ed25519", "kid": "one",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }]}))
        .unwrap();
        // The example of RFC 8037, appendix A.4: its key, and a payload that is no JSON.
        let example = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(
            signed(example, &keys),
            Err(Rejected::Form),
            "right but no JSON"
        );
        let claims = part(json!({"sub": "ann"}));
        let with = |header: Value| format!("{}.{claims}.AAAA", part(header));
        for (token, rejected) in [
            (String::new(), Rejected::Form),
            ("a.b".to_owned(), Rejected::Form),
            ("a.b.c.d".to_owned(), Rejected::Form),
            (with(json!({"alg": "none"})), Rejected::Algorithm),
            (
                with(json!({"alg": "HS256", "kid": "one"})),
                Rejected::Algorithm,
            ),
            (with(json!({"alg": "odd"})), Rejected::Algorithm),
            (
                with(json!({"alg": "EdDSA", "crit": ["b64"]})),
                Rejected::Algorithm,
            ),
            (
                with(json!({"alg": "EdDSA", "kid": "two"})),
                Rejected::UnknownKey,
            ),
            (
                with(json!({"alg": "EdDSA", "kid": "one"})),
                Rejected::Signature,
            ),
            (
                with(json!({"alg": "RS256", "kid": "one"})),
                Rejected::Signature,
            ),
            (with(json!({"alg": "EdDSA"})), Rejected::Signature),
        ] {
            assert_eq!(signed(&token, &keys), Err(rejected), "{token}");
        }
    }
}
