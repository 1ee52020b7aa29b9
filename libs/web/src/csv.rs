//! CSV (RFC 4180): pieces of files that are sent, in which no text is taken for a formula, and the
//! rows of files that are read. What the columns mean is for the caller.

use std::borrow::Cow;
use std::io::Read;

pub use csv::{StringRecord, Writer, WriterBuilder};

/// The media type of a file with a header row.
pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";

/// Rows as a piece of a file; all pieces together are the file.
#[must_use]
pub fn piece<'a, const N: usize>(
    header: Option<[&str; N]>,
    rows: impl IntoIterator<Item = [Cow<'a, str>; N]>,
) -> Vec<u8> {
    let mut writer = WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // A Vec takes everything, and every row has the same number of fields.
    let checked = |written: csv::Result<()>| debug_assert!(written.is_ok(), "{written:?}");
    if let Some(names) = header {
        checked(writer.write_record(names));
    }
    for row in rows {
        checked(writer.write_record(row.iter().map(|field| field.as_bytes())));
    }
    writer.into_inner().unwrap_or_default()
}

/// A text that somebody wrote, as a cell: one that a spreadsheet would take for a formula begins
/// with an apostrophe (OWASP, CSV injection).
#[must_use]
pub fn text(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

/// The rows of a file with a header row.
pub struct Rows<R> {
    reader: csv::Reader<R>,
    header: StringRecord,
    row: StringRecord,
}

impl<R: Read> Rows<R> {
    /// Reads the header row. Rows may have more or fewer fields.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn new(input: R) -> Result<Self, csv::Error> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
        let mut header = reader.headers()?.clone();
        header.trim();
        Ok(Self {
            reader,
            header,
            row: StringRecord::new(),
        })
    }

    /// The names of the columns, without white space around them.
    pub fn header(&self) -> &StringRecord {
        &self.header
    }

    /// Where the column of this name is.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// Reads the next row and says its line, or why it is none; nothing where the file ends.
    pub fn advance(&mut self) -> Option<(u64, Result<(), String>)> {
        let read = self.reader.read_record(&mut self.row);
        let line = self.row.position().map_or(0, csv::Position::line);
        match read {
            Ok(false) => None,
            Ok(true) => Some((line, Ok(()))),
            Err(error) => {
                let at = error.position().map_or(line, csv::Position::line);
                // A broken device will not get better by reading on.
                (!error.is_io_error()).then(|| (at, Err(format!("not CSV: {error}"))))
            }
        }
    }

    /// The row that was read last, as it is in the file.
    pub fn row(&self) -> &StringRecord {
        &self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1"] {
            assert_eq!(text(formula), format!("'{formula}"));
        }
        for plain in ["lunch = 5", "curl/8.0", ""] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn pieces_are_quoted_and_only_the_first_has_the_header() {
        let row = || [[Cow::from("a \"b\", c\nd"), Cow::from("1")]];
        let first = piece(Some(["name", "no"]), row());
        assert_eq!(first, b"name,no\r\n\"a \"\"b\"\", c\nd\",1\r\n");
        assert_eq!(piece(None, row()), first[9..]);
    }

    #[test]
    fn rows_are_read_with_their_lines_and_a_broken_one_does_not_end_the_file() {
        let mut rows = Rows::new(&b" name ,no\na,1\n\xff,2\nb\n"[..]).unwrap();
        assert_eq!((rows.column("name"), rows.column("x")), (Some(0), None));
        assert_eq!(rows.advance(), Some((2, Ok(()))));
        assert_eq!(rows.row(), &StringRecord::from(vec!["a", "1"]));
        let (line, broken) = rows.advance().unwrap();
        assert!(line == 3 && broken.unwrap_err().starts_with("not CSV"));
        assert_eq!(rows.advance(), Some((4, Ok(()))));
        assert_eq!(rows.row().len(), 1);
        assert_eq!(rows.advance(), None);
    }
}
