//! Small files for tests: whole by their form, with what cameras write into them.

use super::png;

/// What a camera knows, and nobody else is to know.
pub(crate) const PLACE: &[u8] = b"GPS 52.5200 13.4050";

/// A JPEG of so many pixels with EXIF, a comment and the segments of a picture.
pub(crate) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut file = vec![0xff, 0xd8];
    let mut segment = |marker: u8, held: &[u8]| {
        file.extend([0xff, marker]);
        let length = u16::try_from(held.len() + 2).unwrap();
        file.extend(length.to_be_bytes());
        file.extend(held);
    };
    segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    segment(0xe1, &[b"Exif\0\0", PLACE].concat());
    segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
    segment(0xfe, PLACE);
    segment(0xdb, &[16; 65]);
    let ([h0, h1], [w0, w1]) = (height.to_be_bytes(), width.to_be_bytes());
    segment(0xc0, &[8, h0, h1, w0, w1, 1, 1, 0x11, 0]);
    segment(0xc4, &[0; 17]);
    segment(0xda, &[1, 1, 0, 0, 63, 0]);
    // Coded data, with a byte FF of their own and a restart marker.
    file.extend([0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56, 0xff, 0xd9]);
    file
}

/// A chunk of a PNG.
pub(crate) fn chunk(name: &[u8; 4], held: &[u8]) -> Vec<u8> {
    let named = [&name[..], held].concat();
    let length = u32::try_from(held.len()).unwrap();
    let sum = png::crc(&named).to_be_bytes();
    [&length.to_be_bytes()[..], &named, &sum].concat()
}

/// A PNG with these chunks.
pub(crate) fn png_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    [&png::SIGNATURE[..], &chunks.concat()].concat()
}

/// The first chunk of a PNG.
pub(crate) fn header(width: u32, height: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat())
}

/// A PNG of so many pixels with a text, EXIF and the chunks of a picture.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    png_of(&[
        header(width, height),
        chunk(b"gAMA", &45_455_u32.to_be_bytes()),
        chunk(b"tEXt", PLACE),
        chunk(b"eXIf", PLACE),
        chunk(b"IDAT", b"\x78\x9c\x63\x00\x00\x00\x01\x00\x01"),
        chunk(b"IEND", b""),
    ])
}

/// A PDF with something in it.
pub(crate) fn pdf(held: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj\n<< /Type /Catalog {held} >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n")
        .into_bytes()
}
