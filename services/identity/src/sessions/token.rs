//! Tokens: access tokens are signed (JWT, RFC 7519, with EdDSA, RFC 8037) and need no look-up;
//! refresh tokens are random and known only by their hash. It keeps the keys and never decides who
//! gets a token.

use std::fmt;

use access::Principal;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contracts::identity::{Factor, OrgId, Role, SessionId, UserId};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use platform::ids::Ids;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::{SECOND, Timestamp};

use crate::accounts::user::User;
use crate::fault::Fault;
use crate::sessions::session::{Method, Session};

/// Who issues access tokens and whom they are for (`iss`, `aud`).
pub const ISSUER: &str = "payflow";
/// The name of the only algorithm, in tokens and in the database.
pub(crate) const ALGORITHM: &str = "EdDSA";
/// What separates this use of a session's secret from any other.
const CSRF_CONTEXT: &str = "PayFlow identity browser session 1: CSRF token";
/// How far in the future a token may have been issued: clocks of several nodes differ a little.
const LEEWAY_S: i64 = 5;
/// No token of ours is longer; what is, is not looked at.
const MAX_TOKEN_BYTES: usize = 2_048;
/// What refresh tokens begin with, so that they are recognised where they do not belong.
const REFRESH_PREFIX: &str = "pfr_";

/// What a client gets when it logs in or refreshes.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenPair {
    /// For `Authorization: Bearer …`.
    pub access_token: String,
    /// For the next refresh, once.
    pub refresh_token: String,
    /// Seconds that the access token lives.
    pub expires_in: i64,
}

impl fmt::Debug for TokenPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenPair")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// An access token that takes the place of another of the same session.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// For `Authorization: Bearer …`.
    pub access_token: String,
    /// Seconds that it lives.
    pub expires_in: i64,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// The claims of an access token. Times are seconds since 1970 UTC.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    org: OrgId,
    role: Role,
    /// How the session was proved (RFC 8176). For others who read the token: here nothing depends
    /// on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty", skip_deserializing)]
    amr: Vec<Method>,
    /// When the password, or more, was last shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    /// What the user has set up beside the password.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    factors: Vec<Factor>,
    /// When a second factor was last shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mfa: Option<i64>,
    iat: i64,
    exp: i64,
}

/// What an access token says, once its signature was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) principal: Principal,
    pub(crate) expires_at: Timestamp,
}

/// A public key as others need it to verify access tokens (RFC 7517, RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublicKey {
    /// The key's type.
    #[schema(example = "OKP")]
    kty: &'static str,
    /// The curve.
    #[schema(example = "Ed25519")]
    crv: &'static str,
    /// The algorithm.
    #[schema(example = "EdDSA")]
    alg: &'static str,
    /// What it is for: signatures.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: &'static str,
    /// The id that tokens name in their header: the key's SHA-256 thumbprint (RFC 7638).
    kid: String,
    /// The key, base64url.
    x: String,
}

/// A new private key.
pub(crate) struct NewKey {
    pub(crate) kid: String,
    /// PKCS#8, DER.
    pub(crate) private_key: Vec<u8>,
}

impl NewKey {
    /// A new key from the random source that ids come from.
    pub(crate) fn generate(ids: &Ids) -> Result<Self, Fault> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(&ids.secret::<32>()).map_err(|_| Fault::Key)?;
        // Version 1, without the public key: the only form that the library makes a JWK from.
        let private_key = pair.to_pkcs8v1().map_err(|_| Fault::Key)?.as_ref().to_vec();
        let encoding = EncodingKey::from_ed_der(&private_key);
        let kid = Jwk::from_encoding_key(&encoding, Algorithm::EdDSA)
            .and_then(|jwk| jwk.thumbprint(ThumbprintHash::SHA256))
            .map_err(|_| Fault::Key)?;
        Ok(Self { kid, private_key })
    }
}

/// A key that is stored.
pub(crate) struct StoredKey {
    pub(crate) kid: String,
    /// PKCS#8, DER.
    pub(crate) private_key: Vec<u8>,
    pub(crate) created_at: Timestamp,
    pub(crate) signs_from: Timestamp,
}

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It is published and does not sign yet.
    Next,
    /// It signs.
    Signing,
    /// It verifies what it has signed.
    Retired,
    /// All that it has signed has ended; it will be deleted.
    Ended,
}

/// A signing key, as the operator of the installation sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyInfo {
    /// The id that tokens name.
    pub kid: String,
    /// What it is good for.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it begins, or began, to sign.
    pub signs_from: Timestamp,
    /// When it stops to verify; nothing where no later key is known.
    pub verifies_until: Option<Timestamp>,
}

/// The keys that sign and verify access tokens, the one that signs last first.
pub(crate) struct Keys {
    keys: Vec<Key>,
    validation: Validation,
}

#[derive(Clone)]
struct Key {
    header: Header,
    signing: EncodingKey,
    verifying: DecodingKey,
    public: PublicKey,
    created_at: Timestamp,
    signs_from: Timestamp,
    /// When the last token has ended that it may have signed before the next one began.
    verifies_until: Option<Timestamp>,
}

impl Key {
    fn read(stored: StoredKey, verifies_until: Option<Timestamp>) -> Result<Self, Fault> {
        let pair = Ed25519KeyPair::from_pkcs8(&stored.private_key).map_err(|_| Fault::Key)?;
        let public = pair.public_key().as_ref();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(stored.kid.clone());
        Ok(Self {
            header,
            signing: EncodingKey::from_ed_der(&stored.private_key),
            verifying: DecodingKey::from_ed_der(public),
            public: PublicKey {
                kty: "OKP",
                crv: "Ed25519",
                alg: ALGORITHM,
                usage: "sig",
                kid: stored.kid,
                x: URL_SAFE_NO_PAD.encode(public),
            },
            created_at: stored.created_at,
            signs_from: stored.signs_from,
            verifies_until,
        })
    }

    fn verifies(&self, now: Timestamp) -> bool {
        self.verifies_until.is_none_or(|until| now < until)
    }
}

impl Keys {
    /// Reads the keys, the one that signs last first. `lifetime` is that of an access token, in
    /// microseconds.
    pub(crate) fn read(stored: Vec<StoredKey>, lifetime: i64) -> Result<Self, Fault> {
        let mut keys = Vec::with_capacity(stored.len());
        let mut next_signs_from = None::<Timestamp>;
        for key in stored {
            let signs_from = key.signs_from;
            // Clocks differ: another node may have signed with it a little longer.
            let verifies_until =
                next_signs_from.map(|next| next.plus(lifetime + LEEWAY_S * SECOND));
            keys.push(Key::read(key, verifies_until)?);
            next_signs_from = Some(signs_from);
        }
        if keys.is_empty() {
            return Err(Fault::Key);
        }
        // Only the one algorithm, whatever a token's header says.
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library reads the machine's clock; ours is asked in `verify`.
        validation.validate_exp = false;
        Ok(Self { keys, validation })
    }

    /// Those of the keys with these ids.
    pub(crate) fn only(&self, stay: impl Fn(&str) -> bool) -> Self {
        let keys = self.keys.iter().filter(|key| stay(&key.public.kid));
        Self {
            keys: keys.cloned().collect(),
            validation: self.validation.clone(),
        }
    }

    /// The key that signs now: the newest that has begun. Before any has, by a clock that is
    /// behind, the oldest.
    fn signing(&self, now: Timestamp) -> Option<&Key> {
        let begun = self.keys.iter().find(|key| key.signs_from <= now);
        begun.or(self.keys.last())
    }

    /// The keys' ids.
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.public.kid.as_str())
    }

    /// Whether these are the keys, by their ids and when they begin to sign.
    pub(crate) fn are<'a>(&self, others: impl Iterator<Item = (&'a str, Timestamp)>) -> bool {
        let own = |key: &'_ Key| (key.public.kid.clone(), key.signs_from);
        let others = others.map(|(kid, signs_from)| (kid.to_owned(), signs_from));
        self.keys.iter().map(own).eq(others)
    }

    /// Whether the key that a token names is known, or the token names none.
    pub(crate) fn know_key_of(&self, token: &str) -> bool {
        kid_of(token).is_none_or(|named| self.kids().any(|kid| kid == named))
    }

    /// What each key is good for now.
    pub(crate) fn list(&self, now: Timestamp) -> Vec<KeyInfo> {
        let signing = self.signing(now).map(|key| &key.public.kid);
        let info = |key: &Key| KeyInfo {
            kid: key.public.kid.clone(),
            state: match () {
                () if signing == Some(&key.public.kid) => KeyState::Signing,
                () if key.signs_from > now => KeyState::Next,
                () if key.verifies(now) => KeyState::Retired,
                () => KeyState::Ended,
            },
            created_at: key.created_at,
            signs_from: key.signs_from,
            verifies_until: key.verifies_until,
        };
        self.keys.iter().map(info).collect()
    }

    /// An access token and the seconds that it lives.
    pub(crate) fn sign(
        &self,
        session: &Session,
        user: &User,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(String, i64), Fault> {
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: session.user,
            sid: session.id,
            org: session.org,
            role: user.role,
            amr: session.proof.methods.clone(),
            auth_time: session.authenticated_at.map(seconds),
            factors: user.second_factors.iter().collect(),
            mfa: session.proof.second_factor_at.map(seconds),
            iat: seconds(now),
            exp: seconds(expires_at),
        };
        let key = self.signing(now).ok_or(Fault::Key)?;
        let token =
            jsonwebtoken::encode(&key.header, &claims, &key.signing).map_err(Fault::Sign)?;
        Ok((token, claims.exp.saturating_sub(claims.iat)))
    }

    /// Checks an access token entirely: form, key, signature, claims and time. None where anything
    /// is wrong.
    ///
    /// A token also ends where its age exceeds `lifetime` (microseconds), although it may say more:
    /// after a change of the setting no token is older than the setting allows.
    pub(crate) fn verify(&self, token: &str, lifetime: i64, now: Timestamp) -> Option<Verified> {
        let kid = kid_of(token)?;
        let key = self.keys.iter().find(|key| key.public.kid == kid)?;
        if !key.verifies(now) {
            return None;
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &self.validation)
            .ok()?
            .claims;
        let issued_at = from_seconds(claims.iat);
        let expires_at = from_seconds(claims.exp).min(issued_at.plus(lifetime));
        let current = issued_at <= now.plus(LEEWAY_S * SECOND) && now < expires_at;
        current.then_some(Verified {
            principal: Principal {
                authenticated_at: claims.auth_time.map(from_seconds),
                second_factor_at: claims.mfa.map(from_seconds),
                second_factors: claims.factors.into_iter().collect(),
                ..Principal::of_session(claims.org, claims.sub, claims.role, claims.sid)
            },
            expires_at,
        })
    }

    /// The public keys that verify something, or soon will.
    pub(crate) fn published(&self, now: Timestamp) -> Vec<PublicKey> {
        let good = self.keys.iter().filter(|key| key.verifies(now));
        good.map(|key| key.public.clone()).collect()
    }
}

/// The key that a token names, where it may be one of ours.
fn kid_of(token: &str) -> Option<String> {
    if token.len() > MAX_TOKEN_BYTES {
        return None;
    }
    jsonwebtoken::decode_header(token).ok()?.kid
}

const fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(SECOND)
}

const fn from_seconds(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(SECOND))
}

/// A new refresh token.
pub(crate) fn new_refresh_token(ids: &Ids) -> String {
    random(REFRESH_PREFIX, ids)
}

/// A refresh token of 256 bits that nobody else can know.
pub(crate) fn refresh_token_of(bits: &[u8]) -> String {
    format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(bits))
}

/// A new token of another kind: 256 random bits after its prefix.
pub(crate) fn random(prefix: &str, ids: &Ids) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(ids.secret::<32>()))
}

/// What is stored of a random token. A fast hash is enough for 256 random bits: there is nothing to
/// guess.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    blake3::hash(token.as_bytes()).as_bytes().to_vec()
}

/// The token that belongs to a browser session. Anyone who has it does not have the secret.
pub(crate) fn csrf_token(secret: &str) -> String {
    let token = blake3::derive_key(CSRF_CONTEXT, secret.as_bytes());
    URL_SAFE_NO_PAD.encode(token)
}
