//! What is taken, what is left of it, and what is refused.

use super::samples::{PLACE, chunk, header, jpeg, pdf, png, png_of};
use super::*;

/// An archive of one empty file.
const ZIP: &[u8] = b"PK\x03\x04\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0aPK\x01\x02\x0a\0PK\x05\x06\0\0\0\0\x01\0\x01\0\x0f\0\0\0\x1f\0\0\0\0\0";

fn taken(file: &[u8]) -> (MediaType, Vec<u8>) {
    inspect(file).unwrap()
}

fn refused(file: &[u8]) -> ContentError {
    inspect(file).unwrap_err()
}

#[test]
fn images_are_kept_without_places_comments_and_texts_and_are_taken_again() {
    for (media, file) in [
        (MediaType::Jpeg, jpeg(640, 480)),
        (MediaType::Png, png(640, 480)),
    ] {
        assert!(has(&file, PLACE));
        let (found, kept) = taken(&file);
        assert_eq!(found, media);
        assert!(!has(&kept, PLACE) && !has(&kept, b"Exif") && !has(&kept, b"JFIF"));
        assert!(kept.len() < file.len());
        assert_eq!(
            taken(&kept),
            (media, kept.clone()),
            "what is kept stays as it is"
        );
    }
    let (_, kept) = taken(&jpeg(640, 480));
    assert!(has(&kept, b"Adobe"), "how colours are meant stays");
    assert!(kept.ends_with(&[0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56, 0xff, 0xd9]));
}

#[test]
fn a_pdf_is_kept_as_it_is() {
    let file = pdf("");
    assert_eq!(taken(&file), (MediaType::Pdf, file.clone()));
}

#[test]
fn a_type_is_that_of_the_content() {
    for file in [
        &b""[..],
        b"passport",
        b"GIF89a\x01\0\x01\0",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
        b"<html></html>",
        b"\xff\xd8",
        b"%PDF",
        b" %PDF-1.7 %%EOF",
        b"\0\0\0\x18ftypheic",
        b"MZ\x90\0",
        ZIP,
    ] {
        assert_eq!(refused(file), ContentError::Unsupported, "{file:?}");
    }
}

#[test]
fn a_file_that_is_cut_off_anywhere_is_damaged() {
    for file in [jpeg(8, 8), png(8, 8)] {
        for length in 8..file.len() {
            let refused = refused(&file[..length]);
            assert!(
                matches!(refused, ContentError::Damaged(_)),
                "{length}: {refused:?}"
            );
        }
    }
    let file = pdf("");
    for length in 5..file.len() - 6 {
        assert!(
            matches!(refused(&file[..length]), ContentError::Damaged(_)),
            "{length}"
        );
    }
}

#[test]
fn no_changed_byte_makes_it_panic_or_lets_a_place_through() {
    for file in [jpeg(8, 8), png(8, 8)] {
        for at in 0..file.len() {
            for byte in [0x00, 0x01, 0x7f, 0xff, file[at] ^ 0x20] {
                let mut changed = file.clone();
                changed[at] = byte;
                if let Ok((_, kept)) = inspect(&changed) {
                    assert!(kept.len() <= changed.len());
                }
            }
        }
    }
}

#[test]
fn a_file_of_two_types_is_refused() {
    let behind = |file: Vec<u8>, more: &[u8]| [file, more.to_vec()].concat();
    let pdf_in_comment = {
        let mut file = jpeg(8, 8);
        let held = b"%PDF-1.7\n";
        let length = u16::try_from(held.len() + 2).unwrap().to_be_bytes();
        file.splice(2..2, [&[0xff, 0xfe][..], &length, held].concat());
        file
    };
    let page_in_text = png_of(&[
        header(8, 8),
        chunk(b"tEXt", b"x\0<SCRIPT>alert(1)</SCRIPT>"),
        chunk(b"IDAT", b"\x78\x9c\x63\x00\x00\x00\x01\x00\x01"),
        chunk(b"IEND", b""),
    ]);
    for (name, file) in [
        ("an archive behind a JPEG", behind(jpeg(8, 8), ZIP)),
        ("an archive behind a PNG", behind(png(8, 8), ZIP)),
        ("an archive in a PDF", behind(pdf(""), ZIP)),
        ("a PDF in a JPEG", pdf_in_comment),
        ("a PDF behind a PNG", behind(png(8, 8), &pdf(""))),
        ("a PNG behind a JPEG", behind(jpeg(8, 8), &png(8, 8))),
        ("a page in a PNG", page_in_text),
        (
            "a page behind a JPEG",
            behind(jpeg(8, 8), b"<?php system($_GET[0]);"),
        ),
        ("a program behind a PNG", behind(png(8, 8), b"\x7fELF\x02")),
        ("bytes behind a PDF", behind(pdf(""), b"more")),
    ] {
        assert!(
            matches!(refused(&file), ContentError::SecondType(_)),
            "{name}"
        );
    }
}

#[test]
fn what_a_camera_adds_behind_an_image_is_dropped() {
    let preview = [jpeg(8, 8), jpeg(4, 4)].concat();
    assert_eq!(taken(&preview), taken(&jpeg(8, 8)));
    let trailer = [png(8, 8), b"SEFH\x01\0\0\0".to_vec()].concat();
    assert_eq!(taken(&trailer), taken(&png(8, 8)));
}

#[test]
fn an_image_that_would_be_huge_once_decoded_is_refused() {
    assert_eq!(
        refused(&png(u32::MAX, u32::MAX)),
        ContentError::TooManyPixels
    );
    assert_eq!(refused(&png(10_001, 10_000)), ContentError::TooManyPixels);
    assert_eq!(refused(&png(0, 8)), ContentError::TooManyPixels);
    assert_eq!(refused(&jpeg(65_535, 65_535)), ContentError::TooManyPixels);
    assert!(inspect(&png(10_000, 10_000)).is_ok());
}

#[test]
fn a_png_of_odd_parts_is_damaged() {
    let idat = || chunk(b"IDAT", b"\x78\x9c");
    let iend = || chunk(b"IEND", b"");
    let mut wrong_sum = png(8, 8);
    wrong_sum[30] ^= 1;
    for file in [
        wrong_sum,
        png_of(&[idat(), header(8, 8), iend()]),
        png_of(&[header(8, 8), iend()]),
        png_of(&[header(8, 8), header(8, 8), idat(), iend()]),
        png_of(&[header(8, 8), chunk(b"ABCD", b""), idat(), iend()]),
        png_of(&[chunk(b"IHDR", &[0; 4]), idat(), iend()]),
        png_of(&[header(8, 8), idat(), chunk(b"IEND", b"x")]),
    ] {
        assert!(matches!(refused(&file), ContentError::Damaged(_)));
    }
}

#[test]
fn a_pdf_that_does_something_or_needs_a_password_is_refused() {
    for held in [
        "/OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
        "/AA << /O << /S /Launch >> >>",
        "/Names << /EmbeddedFiles 2 0 R >> /Type /EmbeddedFile",
        "/AcroForm << /XFA 3 0 R >>",
        "/Encrypt 4 0 R",
    ] {
        assert!(
            matches!(refused(&pdf(held)), ContentError::Active(_)),
            "{held}"
        );
    }
    // Names that only begin like one of these.
    assert!(inspect(&pdf("/JSON 1 /LaunchPad 2")).is_ok());
}
