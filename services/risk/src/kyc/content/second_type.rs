//! Files that are of two types at once: a picture to one program and an archive, a page or a
//! program to another. An image that is written anew loses most of what could be another file, but
//! nobody makes such a file by mistake: it is refused whole.

use super::{ContentError, MediaType, has, has_text};

/// How near to its beginning readers of PDF and browsers look for what a file is.
const BEGINNING: usize = 1_024;

/// The record at the end of a ZIP archive, its length without a comment, and what each file in it
/// begins with (APPNOTE.TXT, 4.3).
const ZIP_END: &[u8] = b"PK\x05\x06";
const ZIP_END_LENGTH: usize = 22;
const ZIP_FILES: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x01\x02"];

/// What no picture of a document has, anywhere.
const ELSEWHERE: [(&[u8], &str); 3] = [
    (b"Rar!\x1a\x07", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"\x7fELF", "a program"),
];

/// What browsers and servers would carry out.
const PAGES: [&str; 5] = ["<script", "<?php", "<html", "<!doctype html", "<svg"];

/// Refuses a file that is something else, too.
///
/// # Errors
/// [`ContentError::SecondType`].
pub(super) fn refuse(file: &[u8], is: MediaType) -> Result<(), ContentError> {
    if is_zip(file) {
        return Err(ContentError::SecondType("an archive"));
    }
    if let Some((_, what)) = ELSEWHERE.iter().find(|(start, _)| has(file, start)) {
        return Err(ContentError::SecondType(what));
    }
    let beginning = &file[..file.len().min(BEGINNING)];
    if is != MediaType::Pdf && has(beginning, b"%PDF-") {
        return Err(ContentError::SecondType("a PDF"));
    }
    let outside = outside(file, is);
    let page = |part: &[u8]| PAGES.iter().any(|start| has_text(part, start));
    if page(beginning) || page(outside) {
        return Err(ContentError::SecondType("a page"));
    }
    let image = [&b"\x89PNG\r\n\x1a\n"[..], b"GIF89a", b"GIF87a", b"%PDF-"];
    if is != MediaType::Pdf && image.iter().any(|start| has(outside, start)) {
        return Err(ContentError::SecondType("another file"));
    }
    Ok(())
}

/// Whether readers of ZIP, who begin at the end, would find an archive.
fn is_zip(file: &[u8]) -> bool {
    let fits = |end: &[u8]| end.starts_with(ZIP_END) && end.len() >= ZIP_END_LENGTH;
    let mut ends = (0..file.len().saturating_sub(ZIP_END_LENGTH - 1)).map(|at| &file[at..]);
    ends.any(fits) && ZIP_FILES.iter().any(|start| has(file, start))
}

/// What comes behind the end of an image.
fn outside(file: &[u8], is: MediaType) -> &[u8] {
    let end: &[u8] = match is {
        MediaType::Jpeg => &[0xff, 0xd9],
        MediaType::Png => b"IEND\xae\x42\x60\x82",
        MediaType::Pdf => return &[],
    };
    let first = file.windows(end.len()).position(|window| window == end);
    first.map_or(&[], |at| &file[at + end.len()..])
}
