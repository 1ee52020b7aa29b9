//! Recovery codes: written down for the day when the app or the passkey is lost, each good once.
//! Pure: makes and reads them.
//!
//! A code has 120 random bits. So a fast hash of it may be stored (OWASP ASVS 5.0, 6.5.2 asks for
//! 112), and nobody guesses one: wrong codes of this form need not be counted, and those who guess
//! at the app's codes cannot lock the owner out.

use platform::ids::Ids;

use crate::factors::base32;

/// How many are made at once.
pub(crate) const COUNT: usize = 10;
const BYTES: usize = 15;
const LETTERS: usize = 24;
const GROUP: usize = 4;
/// What separates these hashes from any others.
const CONTEXT: &str = "PayFlow identity recovery code 1";

/// New codes, as people keep them: six groups of four letters.
pub(crate) fn generate(ids: &Ids) -> Vec<String> {
    let code = |_| {
        let letters = base32::encode(&ids.secret::<BYTES>(), base32::CROCKFORD);
        let letters: Vec<_> = letters.chars().collect();
        let groups: Vec<String> = letters
            .chunks(GROUP)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-")
    };
    (0..COUNT).map(code).collect()
}

/// What is stored of a code, however it was typed: in either case, with or without hyphens and
/// spaces, and with the letters that stand for digits. None where it has not the form of one.
pub(crate) fn hash(typed: &str) -> Option<Vec<u8>> {
    let letters: Option<String> = typed
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| match c.to_ascii_lowercase() {
            'o' => Some('0'),
            'i' | 'l' => Some('1'),
            letter
                if base32::CROCKFORD
                    .iter()
                    .any(|known| char::from(*known) == letter) =>
            {
                Some(letter)
            }
            _ => None,
        })
        .collect();
    let letters = letters.filter(|letters| letters.len() == LETTERS)?;
    Some(blake3::derive_key(CONTEXT, letters.as_bytes()).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::FakeClock;

    #[test]
    fn ten_different_codes_are_made_and_read_however_they_are_typed() {
        let codes = generate(&testkit::ids(FakeClock::new()));
        let mut hashes: Vec<_> = codes.iter().map(|code| hash(code).unwrap()).collect();
        for (code, stored) in codes.iter().zip(&hashes) {
            assert_eq!(code.len(), 29);
            for typed in [
                code.to_uppercase(),
                code.replace('-', ""),
                code.replace('-', " "),
                code.replace('0', "O").replace('1', "l"),
            ] {
                assert_eq!(hash(&typed).as_ref(), Some(stored), "{typed}");
            }
        }
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), COUNT);
    }

    #[test]
    fn what_has_not_the_form_of_a_code_has_no_hash() {
        let code = "0123-4567-89ab-cdef-ghjk-mnpq";
        assert!(hash(code).is_some());
        for bad in [
            "",
            "123456",
            &code[..28],
            &format!("{code}0"),
            &code.replace('a', "u"),
            &code.replace('a', "é"),
        ] {
            assert_eq!(hash(bad), None, "{bad}");
        }
    }
}
