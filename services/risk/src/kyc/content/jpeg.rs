//! JPEG (ISO/IEC 10918-1, annex B): its segments, without those of applications and comments, in
//! which cameras and programs write places, times and owners.

use super::{ContentError, check_size};

/// Start of image, and the beginning of the first segment.
pub(super) const START: [u8; 3] = [0xff, 0xd8, 0xff];

const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const COMMENT: u8 = 0xfe;
/// `APP14` of Adobe says how colours are meant, and nothing of anybody: 12 bytes that begin so.
const ADOBE: (u8, &[u8], usize) = (0xee, b"Adobe", 12);

/// Whether a marker begins a frame, whose header has the size of the image (table B.1: C4, C8 and
/// CC are others).
const fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

fn damaged(what: &'static str) -> ContentError {
    ContentError::Damaged(what)
}

/// The image without what is not of the picture, up to its end.
///
/// # Errors
/// [`ContentError`].
pub(super) fn stripped(file: &[u8]) -> Result<Vec<u8>, ContentError> {
    let mut kept = file[..2].to_vec();
    let mut at = 2;
    let (mut has_frame, mut has_scan) = (false, false);
    loop {
        let marker = marker(file, &mut at)?;
        match marker {
            END_OF_IMAGE if has_scan => {
                kept.extend([0xff, END_OF_IMAGE]);
                return Ok(kept);
            }
            // Alone where none may stand, a second image, or what is reserved.
            END_OF_IMAGE | 0x00..=0x01 | 0xd0..=0xd8 => {
                return Err(damaged("a segment stands where none may"));
            }
            _ => {}
        }
        let segment = segment(file, at)?;
        if is_frame(marker) {
            let [_, high, low, wide, narrow, ..] = segment else {
                return Err(damaged("its size is missing"));
            };
            let side = |bytes: [&u8; 2]| u32::from(u16::from_be_bytes(bytes.map(|byte| *byte)));
            check_size(side([wide, narrow]), side([high, low]))?;
            has_frame = true;
        }
        if is_kept(marker, segment) {
            kept.extend([0xff, marker]);
            kept.extend(&file[at..at + 2 + segment.len()]);
        }
        at += 2 + segment.len();
        if marker == START_OF_SCAN {
            if !has_frame {
                return Err(damaged("it has no frame"));
            }
            has_scan = true;
            let end = end_of_scan(file, at)?;
            kept.extend(&file[at..end]);
            at = end;
        }
    }
}

fn is_kept(marker: u8, segment: &[u8]) -> bool {
    let (adobe, name, length) = ADOBE;
    match marker {
        0xe0..=0xef => marker == adobe && segment.len() == length && segment.starts_with(name),
        COMMENT => false,
        _ => true,
    }
}

/// The next marker; `at` is behind it.
fn marker(file: &[u8], at: &mut usize) -> Result<u8, ContentError> {
    if file.get(*at) != Some(&0xff) {
        return Err(damaged("a segment does not begin where it should"));
    }
    // Any number of fill bytes may stand before a marker.
    while file.get(*at) == Some(&0xff) {
        *at += 1;
    }
    let marker = file.get(*at).copied().ok_or(damaged("it is cut off"))?;
    *at += 1;
    Ok(marker)
}

/// What a segment holds, behind its length.
fn segment(file: &[u8], at: usize) -> Result<&[u8], ContentError> {
    let length = file.get(at..at + 2).ok_or(damaged("it is cut off"))?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    let held = file.get(at + 2..at + length);
    held.ok_or(damaged("it is cut off"))
}

/// Where the coded data of a scan end: before the next marker that is not theirs.
fn end_of_scan(file: &[u8], from: usize) -> Result<usize, ContentError> {
    let mut at = from;
    loop {
        let found = file[at..].iter().position(|byte| *byte == 0xff);
        at += found.ok_or(damaged("it is cut off"))?;
        match file.get(at + 1) {
            // A byte FF of the data, a restart marker, a fill byte.
            Some(0x00 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            Some(_) => return Ok(at),
            None => return Err(damaged("it is cut off")),
        }
    }
}
