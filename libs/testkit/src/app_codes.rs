//! An authenticator app: the secret of a setup, and the codes of a moment. Written apart from the
//! code under test, and never used by it.

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use values::{SECOND, Timestamp};

/// The secret in an app.
#[derive(Clone)]
pub struct AppCodes(Vec<u8>);

impl AppCodes {
    /// Reads a secret as people type it.
    ///
    /// # Panics
    /// Where it is not base 32.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        let (mut bits, mut have, mut bytes) = (0_u32, 0, vec![]);
        for letter in secret.chars() {
            let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter);
            let value = value.and_then(|value| u32::try_from(value).ok());
            bits = (bits << 5) | value.unwrap_or_else(|| panic!("{letter} is no base 32"));
            have += 5;
            if have >= 8 {
                have -= 8;
                bytes.push(((bits >> have) & 255) as u8);
            }
        }
        Self(bytes)
    }

    /// The code that the app shows at this time.
    #[must_use]
    pub fn code_at(&self, time: Timestamp) -> String {
        let step = time.micros() / (30 * SECOND);
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = sign(&key, &step.to_be_bytes());
        let at = usize::from(tag.as_ref()[19] & 15);
        let word = tag.as_ref()[at..at + 4]
            .iter()
            .fold(0, |word, byte| (word << 8) | u32::from(*byte));
        format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let app = AppCodes::of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(app.code_at(Timestamp(seconds * SECOND)), code);
        }
    }
}
