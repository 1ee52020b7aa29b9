//! What a document is, by its content and never by its name: JPEG, PNG or PDF. Images leave without
//! what tells of who took them, where and with what. Pure: nothing is decoded or inflated, so that
//! no file can make it take more memory than it has bytes.

mod jpeg;
mod pdf;
mod png;
mod second_type;

#[cfg(test)]
pub(crate) mod samples;

/// What a document may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    /// ISO/IEC 10918-1.
    Jpeg,
    /// PNG, third edition (W3C).
    Png,
    /// ISO 32000.
    Pdf,
}

impl MediaType {
    /// As a header and the database have it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Pdf => "application/pdf",
        }
    }

    /// The ending of a file.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Pdf => "pdf",
        }
    }

    /// The one with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        let all = [Self::Jpeg, Self::Png, Self::Pdf];
        all.into_iter().find(|it| it.as_str() == name)
    }
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ContentError {
    /// It is none of the three.
    #[error("A document is a JPEG, a PNG or a PDF: save or photograph it as one of these.")]
    Unsupported,
    /// It is cut off, or is not what it begins as.
    #[error("The file is damaged or not complete: {0}. Make it anew.")]
    Damaged(&'static str),
    /// It is of two types at once.
    #[error("The file holds {0} besides what it is. Send a plain photograph or PDF.")]
    SecondType(&'static str),
    /// It would be huge once it is decoded.
    #[error("The image has more than {} million pixels, or no size. Make it smaller.", MOST_PIXELS / 1_000_000)]
    TooManyPixels,
    /// It does something when it is opened, or cannot be read without a password.
    #[error("The PDF has {0}. Print it to a new PDF, or photograph it.")]
    Active(&'static str),
}

/// The most pixels of an image.
const MOST_PIXELS: u64 = 100_000_000;

/// Refuses what would be huge once it is decoded, or is nothing.
fn check_size(width: u32, height: u32) -> Result<(), ContentError> {
    match u64::from(width) * u64::from(height) {
        1..=MOST_PIXELS => Ok(()),
        _ => Err(ContentError::TooManyPixels),
    }
}

/// What a file is, and it as it is kept.
///
/// # Errors
/// [`ContentError`].
pub(crate) fn inspect(file: &[u8]) -> Result<(MediaType, Vec<u8>), ContentError> {
    if file.starts_with(&jpeg::START) {
        second_type::refuse(file, MediaType::Jpeg)?;
        return Ok((MediaType::Jpeg, jpeg::stripped(file)?));
    }
    if file.starts_with(&png::SIGNATURE) {
        second_type::refuse(file, MediaType::Png)?;
        return Ok((MediaType::Png, png::stripped(file)?));
    }
    if file.starts_with(pdf::START) {
        second_type::refuse(file, MediaType::Pdf)?;
        pdf::check(file)?;
        return Ok((MediaType::Pdf, file.to_vec()));
    }
    Err(ContentError::Unsupported)
}

/// Whether `part` is somewhere in `file`.
fn has(file: &[u8], part: &[u8]) -> bool {
    file.windows(part.len()).any(|window| window == part)
}

/// The same, whatever the case of letters.
fn has_text(file: &[u8], part: &str) -> bool {
    let is_part = |window: &[u8]| window.eq_ignore_ascii_case(part.as_bytes());
    file.windows(part.len()).any(is_part)
}

#[cfg(test)]
mod tests;
