//! A small list of invented names, part of the program: with it, screening can be tried without any
//! download. Nobody in it exists.

use super::{Birth, Entry, File, Format, Gender, List, ListError, Source, needed};
use crate::text::Kind;

/// The format.
#[derive(Debug, Clone, Copy)]
pub struct Demo;

/// What its file is called.
pub const FILE: &str = "demo.csv";
/// The file.
pub const CONTENT: &str = include_str!("demo.csv");

impl Format for Demo {
    fn source(&self) -> Source {
        Source::Demo
    }

    fn files(&self) -> &'static [(&'static str, bool)] {
        &[(FILE, true)]
    }

    /// Columns: id, kind, name, alias, birth, gender, country.
    fn read(&self, files: &[File<'_>]) -> Result<List, ListError> {
        let mut entries = Vec::new();
        let mut reader = csv::Reader::from_reader(needed(files, FILE)?);
        for row in reader.records() {
            let row = row.map_err(|error| ListError::OtherFormat {
                file: FILE,
                reason: error.to_string(),
            })?;
            let column = |at: usize| row.get(at).unwrap_or_default();
            let kind = match column(1) {
                "person" => Kind::Person,
                _ => Kind::Entity,
            };
            let mut entry = Entry::new(column(0), kind);
            entry.add_name(column(2), false);
            entry.add_name(column(3), false);
            entry.add_birth(Birth::read_iso(column(4)));
            entry.gender = Gender::read(column(5));
            entry.add_country(column(6));
            entry.programs.push("Invented for the demo".into());
            entries.push(entry);
        }
        if entries.is_empty() {
            return Err(ListError::Empty);
        }
        Ok(List {
            source: Source::Demo,
            published: None,
            entries,
            faults: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_the_program_is_read_whole_and_says_that_it_is_invented() {
        let bytes = CONTENT.as_bytes();
        let list = Demo.read(&[File { name: FILE, bytes }]).unwrap();
        assert_eq!(list.entries.len(), 5);
        for entry in &list.entries {
            assert!(
                !entry.names.is_empty() && entry.id.starts_with("DEMO-"),
                "{entry:?}"
            );
            assert_eq!(entry.programs, ["Invented for the demo".into()]);
        }
    }
}
