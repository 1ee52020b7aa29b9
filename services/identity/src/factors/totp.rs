//! Codes of authenticator apps: TOTP (RFC 6238) with HMAC-SHA-1, six digits and 30 seconds, which
//! every app understands. Pure: it says which time step a code belongs to; that a step is good
//! once, the store sees to.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use platform::ids::Ids;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use values::{SECOND, Timestamp};

use crate::factors::base32;
use crate::fault::Fault;

/// Bytes of a secret: as many as HMAC-SHA-1 puts out (RFC 4226, section 4, R6).
const SECRET_LEN: usize = 20;
const STEP: i64 = 30 * SECOND;
const DIGITS: usize = 6;
const MODULUS: u32 = 1_000_000;
/// How many steps a clock may be ahead or behind.
const DRIFT: i64 = 1;
/// How far in the future a used step may lie: two nodes, each as far ahead as a clock may be.
const LATEST: i64 = 2 * DRIFT;
/// What apps call this installation.
const ISSUER: &str = "PayFlow";
/// The width and height of the picture, in pixels; it may be drawn at any size.
const QR_SIZE: u32 = 240;

/// The secret that an app shares.
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    /// A new one.
    pub(crate) fn generate(ids: &Ids) -> Self {
        Self(ids.secret::<SECRET_LEN>().to_vec())
    }

    /// One that was stored.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What is stored, sealed.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it into their app.
    pub(crate) fn text(&self) -> String {
        base32::encode(&self.0, base32::RFC_4648)
    }

    /// The time step that a code belongs to, among those that a clock may show now.
    pub(crate) fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let current = now.micros().div_euclid(STEP);
        // All of them are computed, so that the time tells nothing.
        (current - DRIFT..=current + DRIFT).fold(None, |found, step| {
            let expected = self.code(step);
            let fits = verify_slices_are_equal(expected.as_bytes(), code.as_bytes()).is_ok();
            if fits { Some(step) } else { found }
        })
    }

    fn code(&self, step: i64) -> String {
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = sign(&key, &step.to_be_bytes());
        // Dynamic truncation (RFC 4226, section 5.3): the last half byte says which four bytes
        // count.
        let hash = tag.as_ref();
        let offset = usize::from(hash.last().copied().unwrap_or_default() & 15);
        let word = hash
            .iter()
            .skip(offset)
            .take(4)
            .fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
        format!("{:0DIGITS$}", (word & 0x7fff_ffff) % MODULUS)
    }

    /// What an app reads from the picture (the key URI format of authenticator apps).
    pub(crate) fn uri(&self, email: &str) -> String {
        let label: String = email.bytes().map(encoded).collect();
        format!(
            "otpauth://totp/{ISSUER}:{label}?secret={}&issuer={ISSUER}",
            self.text()
        )
    }
}

/// The latest step that may have been used by now; a later one was used by a clock that was wrong.
pub(crate) const fn latest_step(now: Timestamp) -> i64 {
    now.micros().div_euclid(STEP) + LATEST
}

/// A byte of a path segment, percent-encoded unless it is unreserved (RFC 3986, section 2.3).
fn encoded(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

/// Whether a text has the form of a code.
pub(crate) fn is_code(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The picture of a URI, for the camera of the device with the app.
pub(crate) fn qr_svg(uri: &str) -> Result<String, Fault> {
    let code = QrCode::with_error_correction_level(uri, EcLevel::M).map_err(|_| Fault::Picture)?;
    let mut picture = code.render::<svg::Color<'_>>();
    Ok(picture.min_dimensions(QR_SIZE, QR_SIZE).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * SECOND)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, SHA-1; the last six of its eight digits.
        let secret = Secret::from_bytes(b"12345678901234567890".to_vec());
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code(seconds / 30), code);
            assert_eq!(secret.step_of(code, at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let secret = Secret::from_bytes(vec![7; SECRET_LEN]);
        let code = secret.code(1_000);
        for (seconds, expected) in [
            (29_969, None),
            (29_970, Some(1_000)),
            (30_000, Some(1_000)),
            (30_059, Some(1_000)),
            (30_060, None),
        ] {
            assert_eq!(secret.step_of(&code, at(seconds)), expected, "{seconds}");
        }
    }

    #[test]
    fn what_is_not_the_code_belongs_to_no_step() {
        let secret = Secret::from_bytes(vec![7; SECRET_LEN]);
        let code = secret.code(0);
        for bad in [
            "",
            "0",
            &code[..5],
            &format!("{code}0"),
            &format!(" {code}"),
            "abcdef",
            "١٢٣٤٥٦",
        ] {
            assert_eq!(secret.step_of(bad, at(0)), None, "{bad}");
        }
        assert!(is_code(&code) && !is_code("12345") && !is_code("12345a") && !is_code("١٢٣"));
    }

    #[test]
    fn the_uri_keeps_what_an_email_may_hold_within_its_label() {
        let secret = Secret::from_bytes(vec![0; SECRET_LEN]);
        let uri = secret.uri("o'neil+x&secret=y@exämple.de");
        let expected = "otpauth://totp/PayFlow:o%27neil%2Bx%26secret%3Dy%40ex%C3%A4mple.de\
                        ?secret=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&issuer=PayFlow";
        assert_eq!(uri, expected);
        let picture = qr_svg(&uri).unwrap();
        assert!(picture.contains("<svg") && !picture.contains("secret"));
    }

    #[test]
    fn the_longest_email_has_a_picture() {
        let uri = Secret::from_bytes(vec![0; SECRET_LEN]).uri(&"ä".repeat(254));
        assert!(qr_svg(&uri).is_ok());
    }
}
