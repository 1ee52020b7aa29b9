//! The SDN list of the U.S. Treasury: `sdn.csv`, `alt.csv`, `add.csv` and `sdn_comments.csv`.
//!
//! <https://ofac.treasury.gov/specially-designated-nationals-list-data-formats-data-schemas>: no
//! header row (some mirrors add one), `-0- ` for nothing, CRLF, a last byte 0x1A, rows that are
//! linked by the first column. Weak aliases, births, genders and papers are in the remarks only.

use csv::ByteRecord;
use hashbrown::HashMap;

use super::remarks;
use super::{Entry, Fault, File, Format, List, ListError, Source, bearable, needed};
use crate::text::Kind;

/// The format.
#[derive(Debug, Clone, Copy)]
pub struct Ofac;

const SDN: &str = "sdn.csv";
const ALT: &str = "alt.csv";
const ADD: &str = "add.csv";
const COMMENTS: &str = "sdn_comments.csv";

impl Format for Ofac {
    fn source(&self) -> Source {
        Source::Ofac
    }

    fn files(&self) -> &'static [(&'static str, bool)] {
        &[(SDN, true), (ALT, true), (ADD, false), (COMMENTS, false)]
    }

    fn read(&self, files: &[File<'_>]) -> Result<List, ListError> {
        let mut reading = Reading::default();
        reading.file(SDN, 12, needed(files, SDN)?, Reading::entry)?;
        if reading.entries.is_empty() {
            return Err(ListError::Empty);
        }
        reading.file(ALT, 5, needed(files, ALT)?, Reading::alias)?;
        for (name, columns, row) in [
            (ADD, 6, Reading::address as Row),
            (COMMENTS, 2, Reading::comment as Row),
        ] {
            if let Ok(bytes) = needed(files, name) {
                reading.file(name, columns, bytes, row)?;
            }
        }
        // Remarks go on in the comments: a part may begin in one and end in the other.
        for (entry, text) in reading.entries.iter_mut().zip(&reading.remarks) {
            remarks::read(text, entry);
        }
        Ok(List {
            source: Source::Ofac,
            published: None,
            entries: reading.entries,
            faults: reading.faults,
        })
    }
}

type Row = fn(&mut Reading, &Fields) -> Result<(), Unread>;

/// Why a row could not be read.
enum Unread {
    Broken(String),
    Orphan(String),
}

impl From<String> for Unread {
    fn from(reason: String) -> Self {
        Self::Broken(reason)
    }
}

#[derive(Default)]
struct Reading {
    entries: Vec<Entry>,
    /// Of each entry.
    remarks: Vec<String>,
    by_id: HashMap<Box<str>, usize>,
    faults: Vec<Fault>,
}

/// The columns of a row as text, nothing where the list says so.
struct Fields(Vec<String>);

impl Fields {
    fn of(record: &ByteRecord) -> Self {
        Self(
            record
                .iter()
                .map(|field| {
                    let text = decoded(field);
                    let text = text.trim();
                    if text == "-0-" {
                        String::new()
                    } else {
                        text.to_owned()
                    }
                })
                .collect(),
        )
    }

    fn at(&self, column: usize) -> &str {
        self.0.get(column).map_or("", String::as_str)
    }
}

/// UTF-8 where it is; else Latin-1, in which every byte is a letter.
fn decoded(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

impl Reading {
    fn file(
        &mut self,
        file: &'static str,
        columns: usize,
        bytes: &[u8],
        row: Row,
    ) -> Result<(), ListError> {
        let bytes = whole(file, bytes)?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut record = ByteRecord::new();
        let mut rows = 0;
        loop {
            match reader.read_byte_record(&mut record) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    return Err(ListError::OtherFormat {
                        file,
                        reason: error.to_string(),
                    });
                }
            }
            let fields = Fields::of(&record);
            if rows == 0 {
                first_row(file, columns, &fields)?;
            }
            if rows == 0 && is_header(&fields) {
                continue;
            }
            rows += 1;
            let line = record.position().map_or(0, |at| line(at, bytes));
            let read = if fields.0.len() == columns {
                row(self, &fields)
            } else {
                Err(format!("has {} columns instead of {columns}", fields.0.len()).into())
            };
            if let Err(unread) = read {
                let (reason, orphan) = match unread {
                    Unread::Broken(reason) => (reason, false),
                    Unread::Orphan(reason) => (reason, true),
                };
                self.faults.push(Fault {
                    file,
                    line,
                    reason,
                    orphan,
                });
            }
        }
        bearable(file, rows, &self.faults)
    }

    fn entry(&mut self, row: &Fields) -> Result<(), Unread> {
        let id = id(row)?;
        if row.at(1).is_empty() {
            return Err(format!("the entry {id} has no name").into());
        }
        if self.by_id.contains_key(id) {
            return Err(format!("the entry {id} is there twice").into());
        }
        let kind = match row.at(2).to_ascii_lowercase().as_str() {
            "individual" => Kind::Person,
            "vessel" => Kind::Vessel,
            "aircraft" => Kind::Aircraft,
            "" | "entity" => Kind::Entity,
            other => return Err(format!("the entry {id} is of the unknown type `{other}`").into()),
        };
        let mut entry = Entry::new(id, kind);
        entry.add_name(row.at(1), false);
        // Programmes are joined: `SDGT] [IRAN`.
        let programs = row
            .at(3)
            .split("] [")
            .map(|one| one.trim_matches(['[', ']', ' ']));
        entry.programs = programs
            .filter(|one| !one.is_empty())
            .map(Into::into)
            .collect();
        entry.add_country(row.at(9));
        self.by_id.insert(id.into(), self.entries.len());
        self.entries.push(entry);
        self.remarks.push(row.at(11).to_owned());
        Ok(())
    }

    fn known(&self, row: &Fields) -> Result<usize, Unread> {
        let id = id(row)?;
        let found = self.by_id.get(id).copied();
        found.ok_or_else(|| Unread::Orphan(format!("names the entry {id}, which is not in {SDN}")))
    }

    fn alias(&mut self, row: &Fields) -> Result<(), Unread> {
        let at = self.known(row)?;
        if row.at(3).is_empty() {
            return Err("the alias has no name".to_owned().into());
        }
        self.entries[at].add_name(row.at(3), false);
        Ok(())
    }

    fn address(&mut self, row: &Fields) -> Result<(), Unread> {
        let at = self.known(row)?;
        self.entries[at].add_country(row.at(4));
        Ok(())
    }

    fn comment(&mut self, row: &Fields) -> Result<(), Unread> {
        let at = self.known(row)?;
        self.remarks[at].push_str(row.at(1));
        Ok(())
    }
}

fn id(row: &Fields) -> Result<&str, String> {
    let id = row.at(0);
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        Ok(id)
    } else {
        Err(format!("`{id}` is not the number of an entry"))
    }
}

fn is_header(row: &Fields) -> bool {
    row.at(0).eq_ignore_ascii_case("ent_num")
}

/// A page of an error, another list or another file does not begin so.
fn first_row(file: &'static str, columns: usize, row: &Fields) -> Result<(), ListError> {
    if row.0.len() == columns && (is_header(row) || id(row).is_ok()) {
        return Ok(());
    }
    let begin: String = row.at(0).chars().take(40).collect();
    let reason = format!(
        "the first row has {} columns instead of {columns} and begins with `{begin}`",
        row.0.len()
    );
    Err(ListError::OtherFormat { file, reason })
}

/// The line of a row. Where lines end with CRLF, the reader takes the LF for a part of the next.
fn line(at: &csv::Position, bytes: &[u8]) -> u64 {
    let first = usize::try_from(at.byte()).ok().and_then(|at| bytes.get(at));
    at.line() + u64::from(first == Some(&b'\n'))
}

/// The rows, without the byte order mark before them and the 0x1A behind them.
fn whole<'a>(file: &'static str, bytes: &'a [u8]) -> Result<&'a [u8], ListError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let ends = |byte: &u8| matches!(byte, 0x1a | b'\r' | b'\n' | b' ');
    let length = bytes
        .iter()
        .rposition(|byte| !ends(byte))
        .map_or(0, |at| at + 1);
    let tail = &bytes[length..];
    if length == 0 {
        return Err(ListError::Truncated { file });
    }
    let quotes = bytes.iter().filter(|byte| **byte == b'"').count();
    if !tail.iter().any(|byte| matches!(byte, 0x1a | b'\n')) || quotes % 2 == 1 {
        return Err(ListError::Truncated { file });
    }
    // The blank of a last `-0- ` may stay or go: columns are trimmed.
    Ok(&bytes[..length])
}
