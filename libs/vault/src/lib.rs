//! Seals small secrets for the database (AES-256-GCM, NIST SP 800-38D), so that anyone who reads
//! only the database, or a dump of it, has none of them. It never stores anything, and never learns
//! what a secret is for beyond its name.
//!
//! Sealed text: version (1 byte, 1), id of the key (8), nonce (12, random), ciphertext and tag. The
//! version, the id, what the secret is and whose it is are authenticated, so that a sealed secret
//! opens in its own place only. With random nonces a key is good for 2^32 seals.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use platform::ids::Ids;

pub mod master_key;

pub use crate::master_key::{MasterKey, MasterKeyError};

/// The first byte of what is sealed. Nothing else that was ever stored in such a column begins with
/// it (DER: 0x30).
const VERSION: u8 = 1;
const ID_LEN: usize = 8;
const HEAD_LEN: usize = 1 + ID_LEN;

/// Why something could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Something is sealed with a master key that is not listed.
    #[error(
        "a secret in the database is sealed with another master key: add the one that was used before to the end of \
         identity.master_key (where there was none, it is in the file identity.key of the data folder)"
    )]
    UnknownMasterKey,
    /// A secret cannot be sealed, or was changed after it was.
    #[error("a secret cannot be sealed, or what is stored is not what was sealed")]
    Seal,
}

/// Seals with the newest key, opens with any.
pub struct Vault {
    keys: Vec<Key>,
    ids: Ids,
}

struct Key {
    id: [u8; ID_LEN],
    aead: LessSafeKey,
    fingerprints: [u8; blake3::KEY_LEN],
}

/// What a secret is and whose: part of what is authenticated.
#[derive(Debug, Clone, Copy)]
pub struct SealContext<'a> {
    /// Table and column.
    pub what: &'static str,
    /// The row's key.
    pub whose: &'a [u8],
}

impl Vault {
    /// A vault with these master keys, the newest first.
    ///
    /// Each service has keys of its own, which are derived from them.
    ///
    /// # Errors
    /// [`Fault::Seal`].
    pub fn new(masters: &[MasterKey], service: &str, ids: Ids) -> Result<Self, Fault> {
        let keys = masters.iter().map(|master| Key::of(master, service));
        let keys = keys.collect::<Result<Vec<_>, Fault>>()?;
        Ok(Self { keys, ids })
    }

    /// Seals a secret in its context.
    pub fn seal(&self, context: SealContext<'_>, secret: &[u8]) -> Result<Vec<u8>, Fault> {
        let key = self.keys.first().ok_or(Fault::Seal)?;
        let nonce = self.ids.secret::<NONCE_LEN>();
        let mut head = vec![VERSION];
        head.extend(key.id);
        let aad = context.authenticated(&head);
        let mut text = secret.to_vec();
        key.aead
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(aad),
                &mut text,
            )
            .map_err(|_| Fault::Seal)?;
        let mut sealed = head;
        sealed.extend(nonce);
        sealed.append(&mut text);
        Ok(sealed)
    }

    /// Opens what was sealed in this context.
    pub fn open(&self, context: SealContext<'_>, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        let (head, rest) = sealed.split_at_checked(HEAD_LEN).ok_or(Fault::Seal)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(Fault::Seal)?;
        if head[0] != VERSION {
            return Err(Fault::Seal);
        }
        let key = self
            .keys
            .iter()
            .find(|key| key.id == head[1..])
            .ok_or(Fault::UnknownMasterKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Fault::Seal)?;
        let mut text = text.to_vec();
        let length = key
            .aead
            .open_in_place(nonce, Aad::from(context.authenticated(head)), &mut text)
            .map_err(|_| Fault::Seal)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// A keyed hash, by which something is found again and not read. Another one once there is a
    /// newer key.
    pub fn fingerprint(&self, what: &str, text: &[u8]) -> Result<Vec<u8>, Fault> {
        self.fingerprints(what, text).next().ok_or(Fault::Seal)
    }

    /// The same with each key, the newest first.
    pub fn fingerprints(&self, what: &str, text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
        self.keys.iter().map(move |key| {
            let mut hasher = blake3::Hasher::new_keyed(&key.fingerprints);
            hasher.update(what.as_bytes());
            hasher.update(&[0]);
            hasher.update(text);
            hasher.finalize().as_bytes().to_vec()
        })
    }

    /// What is sealed with the newest key begins with this, and nothing else does.
    ///
    /// # Errors
    /// [`Fault::Seal`] where there is no key.
    pub fn head(&self) -> Result<Vec<u8>, Fault> {
        let key = self.keys.first().ok_or(Fault::Seal)?;
        Ok([&[VERSION], &key.id[..]].concat())
    }

    /// Opens what was sealed in this context, and seals it with the newest key.
    ///
    /// # Errors
    /// What stands against opening it.
    pub fn seal_anew(&self, context: SealContext<'_>, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
        self.seal(context, &self.open(context, sealed)?)
    }

    /// Whether this was sealed with the newest key.
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        let id = sealed.get(1..HEAD_LEN);
        is_sealed(sealed) && self.keys.first().is_some_and(|key| id == Some(&key.id))
    }
}

/// Whether this was sealed, with whatever key.
pub fn is_sealed(stored: &[u8]) -> bool {
    stored.first() == Some(&VERSION)
}

impl Key {
    fn of(master: &MasterKey, service: &str) -> Result<Self, Fault> {
        // What separates these uses of a master key from each other and from any other.
        let derive = |what: &str| {
            let context = format!("PayFlow {service} vault 1: {what}");
            blake3::derive_key(&context, master.bytes())
        };
        let derived = derive("AES-256-GCM key");
        let mut id = [0; ID_LEN];
        id.copy_from_slice(&derive("id of the key")[..ID_LEN]);
        let aead = UnboundKey::new(&AES_256_GCM, &derived).map_err(|_| Fault::Seal)?;
        Ok(Self {
            id,
            aead: LessSafeKey::new(aead),
            fingerprints: derive("key of fingerprints"),
        })
    }
}

impl SealContext<'_> {
    fn authenticated(&self, head: &[u8]) -> Vec<u8> {
        // No name holds a NUL, so that two places never give the same bytes.
        [head, self.what.as_bytes(), &[0], self.whose].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::FakeClock;

    const CONTEXT: SealContext<'_> = SealContext {
        what: "users.totp_secret",
        whose: b"ann",
    };

    fn vault(numbers: &[u8]) -> Vault {
        let masters: Vec<_> = numbers.iter().map(|n| MasterKey::of([*n; 32])).collect();
        Vault::new(&masters, "identity", testkit::ids(FakeClock::new())).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_in_its_place() {
        let vault = vault(&[1]);
        for secret in [&b""[..], b"a secret", &[0; 10_000]] {
            let sealed = vault.seal(CONTEXT, secret).unwrap();
            assert!(is_sealed(&sealed) && vault.is_current(&sealed));
            assert_eq!(vault.open(CONTEXT, &sealed).unwrap(), secret);
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_alike_and_is_not_to_be_seen() {
        let vault = vault(&[1]);
        let (one, two) = (
            vault.seal(CONTEXT, b"hunter2!"),
            vault.seal(CONTEXT, b"hunter2!"),
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_ne!(one, two);
        assert!(!one.windows(8).any(|bytes| bytes == b"hunter2!"));
    }

    #[test]
    fn a_fingerprint_is_another_for_another_text_purpose_or_key() {
        let (one, two) = (vault(&[1]), vault(&[2, 1]));
        let print = one.fingerprint("account", b"ann").unwrap();
        assert_eq!(one.fingerprint("account", b"ann").unwrap(), print);
        for other in [
            one.fingerprint("account", b"bob"),
            one.fingerprint("network", b"ann"),
            two.fingerprint("account", b"ann"),
        ] {
            assert_ne!(other.unwrap(), print);
        }
    }

    #[test]
    fn in_another_place_it_does_not_open() {
        let vault = vault(&[1]);
        let sealed = vault.seal(CONTEXT, b"a secret").unwrap();
        for other in [
            SealContext {
                whose: b"bob",
                ..CONTEXT
            },
            SealContext {
                what: "users.other",
                ..CONTEXT
            },
            SealContext {
                what: "users.totp_secretann",
                whose: b"",
            },
        ] {
            assert!(
                matches!(vault.open(other, &sealed), Err(Fault::Seal)),
                "{other:?}"
            );
        }
    }

    #[test]
    fn whatever_bit_is_changed_it_does_not_open() {
        let vault = vault(&[1]);
        let sealed = vault.seal(CONTEXT, b"a secret").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(vault.open(CONTEXT, &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(
                vault.open(CONTEXT, &sealed[..length]).is_err(),
                "{length} bytes"
            );
        }
    }

    #[test]
    fn an_old_key_opens_as_long_as_it_is_listed_and_the_newest_seals() {
        let sealed = vault(&[1]).seal(CONTEXT, b"a secret").unwrap();
        let both = vault(&[2, 1]);
        assert_eq!(both.open(CONTEXT, &sealed).unwrap(), b"a secret");
        assert!(!both.is_current(&sealed));
        let again = both.seal(CONTEXT, b"a secret").unwrap();
        assert!(both.is_current(&again));
        let new = vault(&[2]);
        assert_eq!(new.open(CONTEXT, &again).unwrap(), b"a secret");
        assert!(matches!(
            new.open(CONTEXT, &sealed),
            Err(Fault::UnknownMasterKey)
        ));
    }

    #[test]
    fn a_private_key_in_der_is_not_taken_for_sealed() {
        assert!(!is_sealed(&[0x30, 0x2e]));
        assert!(!is_sealed(&[]));
    }
}
