//! Bytes as text of 32 letters, five bits each, for secrets that people read and type. It never
//! pads and never decodes.

/// The alphabet of RFC 4648, which authenticator apps read.
pub(crate) const RFC_4648: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The alphabet of Crockford in lower case: no letter looks like a digit.
pub(crate) const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The bytes as text; the last letter is filled up with zero bits.
pub(crate) fn encode(bytes: &[u8], alphabet: &[u8; 32]) -> String {
    let letter = |chunk: &[u8], at: usize| {
        let bits = chunk
            .iter()
            .fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        let padded = bits << (40 - 8 * chunk.len());
        char::from(alphabet[usize::from(((padded >> (35 - 5 * at)) & 31) as u8)])
    };
    bytes
        .chunks(5)
        .flat_map(|chunk| (0..(chunk.len() * 8).div_ceil(5)).map(move |at| letter(chunk, at)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_that_of_the_standard_without_padding() {
        // RFC 4648, section 10.
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(encode(bytes.as_bytes(), RFC_4648), text);
        }
    }

    #[test]
    fn no_two_bytes_give_the_same_text() {
        let mut texts: Vec<_> = (0..=u8::MAX)
            .map(|byte| encode(&[byte], CROCKFORD))
            .collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 256);
    }
}
