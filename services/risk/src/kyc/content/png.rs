//! PNG (third edition, W3C): its chunks, without those of texts, times and EXIF.

use super::{ContentError, check_size};

/// What each begins with (section 5.2).
pub(super) const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];

/// What the picture is made of, and how its colours are meant. All else is dropped; what is
/// critical and not here stands against the file.
const KEPT: [&[u8; 4]; 8] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB",
];

fn damaged(what: &'static str) -> ContentError {
    ContentError::Damaged(what)
}

/// The image without what is not of the picture, up to its end.
///
/// # Errors
/// [`ContentError`].
pub(super) fn stripped(file: &[u8]) -> Result<Vec<u8>, ContentError> {
    let mut kept = SIGNATURE.to_vec();
    let mut at = SIGNATURE.len();
    let (mut is_first, mut has_data) = (true, false);
    loop {
        let (name, held, end) = chunk(file, at)?;
        if is_first != (name == b"IHDR") {
            return Err(damaged("its header is not first"));
        }
        match name {
            b"IHDR" => check_header(held)?,
            b"IDAT" => has_data = true,
            b"IEND" if !has_data => return Err(damaged("it has no picture")),
            b"IEND" if !held.is_empty() => return Err(damaged("there is something in its end")),
            _ => {}
        }
        is_first = false;
        let is_kept = KEPT.iter().any(|kept| *kept == name);
        // Section 5.4: a capital letter first says that nobody can do without it.
        if !is_kept && name[0].is_ascii_uppercase() {
            return Err(damaged("it needs what no picture needs"));
        }
        if is_kept {
            kept.extend(&file[at..end]);
        }
        if name == b"IEND" {
            return Ok(kept);
        }
        at = end;
    }
}

/// A chunk: its name, what it holds, and where the next one begins.
fn chunk(file: &[u8], at: usize) -> Result<(&[u8], &[u8], usize), ContentError> {
    let cut_off = damaged("it is cut off");
    let head = file.get(at..at + 8).ok_or(cut_off)?;
    let (length, name) = head.split_at(4);
    let length = length
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    let held = file.get(at + 8..at.saturating_add(8).saturating_add(length));
    let held = held.ok_or(cut_off)?;
    let end = at + 12 + length;
    let sum = file.get(end - 4..end).ok_or(cut_off)?;
    if !name.iter().all(u8::is_ascii_alphabetic) {
        return Err(damaged("a part of it has no name"));
    }
    if sum != crc(&file[at + 4..end - 4]).to_be_bytes() {
        return Err(damaged("a checksum is wrong"));
    }
    Ok((name, held, end))
}

fn check_header(held: &[u8]) -> Result<(), ContentError> {
    let [w0, w1, w2, w3, h0, h1, h2, h3, _, _, _, _, _] = *held else {
        return Err(damaged("its header is not one"));
    };
    let (width, height) = ([w0, w1, w2, w3], [h0, h1, h2, h3]);
    check_size(u32::from_be_bytes(width), u32::from_be_bytes(height))
}

/// CRC-32 as annex D has it.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    let byte = |crc: u32, byte: &u8| {
        let first = crc ^ u32::from(*byte);
        (0..8).fold(first, |crc, _| match crc & 1 {
            1 => 0xedb8_8320 ^ (crc >> 1),
            _ => crc >> 1,
        })
    };
    !bytes.iter().fold(u32::MAX, byte)
}
