//! Encrypts a message for one browser (RFC 8291, over RFC 8188 with one record), so that its push
//! service cannot read it.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

/// The record of RFC 8188 that a push service has to take: all of it is one.
const RECORD: u32 = 4_096;
/// The most bytes of a message: what the record leaves of the header (86), the tag (16) and the
/// delimiter.
pub(super) const MESSAGE_MAX: usize = 3_993;
/// An uncompressed point of P-256, and the secret of a browser.
pub(super) const PUBLIC_LEN: usize = 65;
pub(super) const AUTH_LEN: usize = 16;
pub(super) const SALT_LEN: usize = 16;

/// The keys of a browser.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct BrowserKeys {
    /// Its public key.
    pub(super) public: Vec<u8>,
    /// The secret that it shares with us.
    pub(super) auth: Vec<u8>,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(key: &Prk, info: &[u8]) -> Result<[u8; N], Unspecified> {
    let mut expanded = [0; N];
    key.expand(&[info], Length(N))?.fill(&mut expanded)?;
    Ok(expanded)
}

/// The body of a request to the push service, with a key that is used for it alone.
pub(super) fn encrypt(
    message: &[u8],
    browser: &BrowserKeys,
    salt: [u8; SALT_LEN],
) -> Result<Vec<u8>, Unspecified> {
    encrypt_with(message, browser, &PrivateKey::generate(&ECDH_P256)?, salt)
}

fn encrypt_with(
    message: &[u8],
    browser: &BrowserKeys,
    ours: &PrivateKey,
    salt: [u8; SALT_LEN],
) -> Result<Vec<u8>, Unspecified> {
    let BrowserKeys { public, auth } = browser;
    if message.len() > MESSAGE_MAX || public.len() != PUBLIC_LEN || auth.len() != AUTH_LEN {
        return Err(Unspecified);
    }
    let our_public = ours.compute_public_key()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, public);
    let key = agree(ours, theirs, Unspecified, |shared| {
        let shared = Salt::new(HKDF_SHA256, auth).extract(shared);
        let info = [b"WebPush: info\0", public.as_slice(), our_public.as_ref()].concat();
        let input = expand::<32>(&shared, &info)?;
        Ok(Salt::new(HKDF_SHA256, &salt).extract(&input))
    })?;
    let content = expand::<16>(&key, b"Content-Encoding: aes128gcm\0")?;
    let nonce = expand::<NONCE_LEN>(&key, b"Content-Encoding: nonce\0")?;
    let mut sealed = message.to_vec();
    // The last record, without padding.
    sealed.push(2);
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &content)?).seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::empty(),
        &mut sealed,
    )?;
    let mut body = salt.to_vec();
    body.extend(RECORD.to_be_bytes());
    body.push(u8::try_from(PUBLIC_LEN).map_err(|_| Unspecified)?);
    body.extend_from_slice(our_public.as_ref());
    body.append(&mut sealed);
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, appendix A.
    #[test]
    fn it_is_what_the_standard_gives_as_an_example() {
        let ours = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let ours = PrivateKey::from_private_key(&ECDH_P256, &ours).unwrap();
        let browser = BrowserKeys {
            public: bytes(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            ),
            auth: bytes("BTBZMqHH6r4Tts7J_aSIgg"),
        };
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let text = b"When I grow up, I want to be a watermelon";
        let body = encrypt_with(text, &browser, &ours, salt).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
            EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(body), expected);
    }

    #[test]
    fn what_is_no_key_or_too_long_is_refused() {
        let private = PrivateKey::generate(&ECDH_P256).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        let good = BrowserKeys {
            public,
            auth: vec![7; AUTH_LEN],
        };
        let most = vec![b'a'; MESSAGE_MAX];
        let body = encrypt(&most, &good, [1; SALT_LEN]).unwrap();
        assert_eq!(body.len(), RECORD as usize);
        assert!(encrypt(&[most, vec![b'a']].concat(), &good, [1; SALT_LEN]).is_err());
        for (public, auth) in [
            (vec![4; PUBLIC_LEN], good.auth.clone()),
            (vec![0; PUBLIC_LEN], good.auth.clone()),
            (good.public[1..].to_vec(), good.auth.clone()),
            (good.public.clone(), vec![7; 15]),
        ] {
            let bad = BrowserKeys { public, auth };
            assert!(encrypt(b"a", &bad, [1; SALT_LEN]).is_err());
        }
    }
}
