//! Says to push services who sends (VAPID, RFC 8292): a token for each service, signed by the key
//! of this installation.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use serde_json::json;
use values::{SECOND, Timestamp};
use vault::SealContext;

use crate::channels::push::store;
use crate::error::Error;

/// How long a token is good; a service takes no more than a day.
const GOOD_FOR: i64 = 12 * 3_600 * SECOND;

const CONTEXT: SealContext<'_> = SealContext {
    what: "push_keys.sealed",
    whose: b"1",
};

/// The key of this installation.
pub(super) struct VapidKey {
    pair: EcdsaKeyPair,
    public: String,
}

/// The key in the table, which is made when it is first needed.
pub(super) async fn key(db: &db::Db, vault: &vault::Vault) -> Result<VapidKey, Error> {
    let found = match store::key(db).await? {
        Some(found) => found,
        None => {
            let (public, private) = generate()?;
            store::put_key(db, &public, vault.seal(CONTEXT, &private)?).await?;
            // Another node's, where that was first.
            let stored = store::key(db).await?;
            stored.ok_or(Error::Row("push_keys"))?
        }
    };
    let (public, sealed) = found;
    let private = vault.open(CONTEXT, &sealed)?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private);
    let pair = pair.map_err(|_| Error::Row("push_keys"))?;
    Ok(VapidKey { pair, public })
}

/// Seals the key with the newest master key, where it is sealed with an older one.
pub(crate) async fn seal_anew(db: &db::Db, vault: &vault::Vault) -> Result<(), Error> {
    if let Some((_, sealed)) = store::key(db).await?
        && !vault.is_current(&sealed)
    {
        let anew = vault.seal_anew(CONTEXT, &sealed)?;
        store::replace_key(db, sealed, anew).await?;
    }
    Ok(())
}

fn generate() -> Result<(String, Vec<u8>), Error> {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let private = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new());
    let private = private.map_err(|_| Error::Row("push_keys"))?;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, private.as_ref());
    let pair = pair.map_err(|_| Error::Row("push_keys"))?;
    let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    Ok((public, private.as_ref().to_vec()))
}

impl VapidKey {
    /// The public part, as browsers take it.
    pub(super) fn public(&self) -> &str {
        &self.public
    }

    /// The header `Authorization` for a push service.
    pub(super) fn authorization(
        &self,
        endpoint: &Url,
        contact: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        let ends = now.plus(GOOD_FOR).micros().div_euclid(SECOND);
        let claims = json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": ends,
            "sub": contact,
        });
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| Error::Row("push_keys"))?;
        let signature = URL_SAFE_NO_PAD.encode(signature);
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public))
    }
}
