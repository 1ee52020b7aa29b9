//! PDF (ISO 32000): it is kept as it is, so what does something when it is opened is refused. Names
//! may be written in other ways than the plain one: who reads a document reads it in a viewer that
//! carries nothing out.

use super::{ContentError, has};

/// What each begins with, at its first byte (7.5.2).
pub(super) const START: &[u8] = b"%PDF-";
/// What each ends with (7.5.5), and how far before the end of the file.
const END: &[u8] = b"%%EOF";
const END_WITHIN: usize = 1_024;

/// What is refused, by its names.
const ACTIVE: [(&[u8], &str); 7] = [
    (b"/JavaScript", "a program in it"),
    (b"/JS", "a program in it"),
    (b"/Launch", "a program that it starts"),
    (b"/EmbeddedFile", "other files in it"),
    (b"/RichMedia", "other media in it"),
    (b"/XFA", "a form that is a program"),
    (b"/Encrypt", "a password"),
];

/// Refuses what is no whole PDF, or does something.
///
/// # Errors
/// [`ContentError`].
pub(super) fn check(file: &[u8]) -> Result<(), ContentError> {
    let version = file.get(START.len()..START.len() + 3);
    let is_version =
        |version: &[u8]| matches!(version, [b'1' | b'2', b'.', minor] if minor.is_ascii_digit());
    if !version.is_some_and(is_version) {
        return Err(ContentError::Damaged("its version is none"));
    }
    let end = &file[file.len().saturating_sub(END_WITHIN)..];
    let after = end.windows(END.len()).rposition(|window| window == END);
    let after = after.ok_or(ContentError::Damaged("it is cut off"))? + END.len();
    if !end[after..].iter().all(u8::is_ascii_whitespace) {
        return Err(ContentError::SecondType("something behind its end"));
    }
    match ACTIVE.iter().find(|(name, _)| has_name(file, name)) {
        Some((_, what)) => Err(ContentError::Active(what)),
        None => Ok(()),
    }
}

/// Whether a name is in the file, and not only the beginning of a longer one. Compressed data may
/// hold the bytes of a short one by chance.
fn has_name(file: &[u8], name: &[u8]) -> bool {
    if !has(file, name) {
        return false;
    }
    let mut windows = file.windows(name.len() + 1);
    windows.any(|window| window.starts_with(name) && is_end_of_name(window[name.len()]))
}

/// A delimiter or white space (7.2.2).
fn is_end_of_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\0()<>[]{}/%".contains(&byte)
}
