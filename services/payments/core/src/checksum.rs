//! The checksum that tells a damaged row. It is no defence against somebody who changes rows on
//! purpose: the hash chain is.

/// Eight bytes at a time, so that any one of them that differs makes a difference: both steps can
/// be undone. The constants are 2^64 divided by the golden ratio, and the prime of FNV-1a.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u64 {
    let mix = |sum: u64, word: u64| {
        let sum = (sum ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sum ^ (sum >> 32)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(0xcbf2_9ce4_8422_2325, |sum, word| {
        mix(sum, u64::from_le_bytes(*word))
    });
    let rest = rest.iter().fold(bytes.len() as u64, |rest, byte| {
        (rest << 8) | u64::from(*byte)
    });
    mix(sum, rest)
}
