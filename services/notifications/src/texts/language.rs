//! The words of one language: a file of `texts/`, and what an operator's file of the same name puts
//! in its place.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Table;

use crate::texts::TextError;

/// The rows of a digest: one for each thing that it tells, whose names no language gives.
pub(crate) const ITEMS: &str = "items";

/// A piece of text, which is a template, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) source: String,
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// The words of a kind.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) title: Piece,
    pub(crate) body: Piece,
    /// Paragraphs after the body.
    pub(crate) mail: Vec<Piece>,
    /// The label of a link.
    pub(crate) action: Option<Piece>,
    /// Names of [`Language::rows`].
    pub(crate) rows: Vec<String>,
    /// Paragraphs at the end.
    pub(crate) closing: Vec<Piece>,
}

/// A row of details.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) value: Piece,
}

/// All words of a language.
#[derive(Debug, Clone, Default)]
pub(crate) struct Language {
    pub(crate) words: Table,
    pub(crate) rows: BTreeMap<String, Row>,
    pub(crate) kinds: BTreeMap<String, Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    words: Table,
    #[serde(default)]
    rows: BTreeMap<String, RowOfFile>,
    #[serde(default)]
    kinds: BTreeMap<String, TextOfFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowOfFile {
    label: String,
    value: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextOfFile {
    title: Spanned<String>,
    body: Spanned<String>,
    #[serde(default)]
    mail: Vec<Spanned<String>>,
    action: Option<Spanned<String>>,
    #[serde(default)]
    rows: Vec<Spanned<String>>,
    #[serde(default)]
    closing: Vec<Spanned<String>>,
}

/// Places a piece in its file.
struct Placing<'a> {
    file: &'a str,
    text: &'a str,
}

impl Placing<'_> {
    fn line(&self, at: usize) -> usize {
        let before = self.text.bytes().take(at);
        before.filter(|byte| *byte == b'\n').count() + 1
    }

    fn piece(&self, found: Spanned<String>) -> Piece {
        let start = found.span().start;
        let quoted = self.text.get(start..).unwrap_or_default();
        let opens = |with: &str| quoted.starts_with(with);
        // After three quotes a text begins on the next line.
        let below = usize::from(
            ["\"\"\"\n", "\"\"\"\\\n", "'''\n"]
                .iter()
                .any(|with| opens(with)),
        );
        Piece {
            line: self.line(start) + below,
            source: found.into_inner(),
            file: self.file.to_owned(),
        }
    }

    fn pieces(&self, found: Vec<Spanned<String>>) -> Vec<Piece> {
        found.into_iter().map(|found| self.piece(found)).collect()
    }
}

impl Language {
    /// Takes in the words of a file; those that were there under the same names are replaced.
    pub(crate) fn add(&mut self, file: &str, text: &str) -> Result<(), TextError> {
        let placing = Placing { file, text };
        let read: File = toml::from_str(text).map_err(|error| TextError {
            file: file.to_owned(),
            line: error.span().map_or(1, |span| placing.line(span.start)),
            problem: error.message().to_owned(),
        })?;
        self.words.extend(read.words);
        for (name, row) in read.rows {
            let value = placing.piece(row.value);
            let label = row.label;
            self.rows.insert(name, Row { label, value });
        }
        for (kind, text) in read.kinds {
            for row in &text.rows {
                if row.get_ref() != ITEMS && !self.rows.contains_key(row.get_ref()) {
                    return Err(TextError {
                        file: file.to_owned(),
                        line: placing.line(row.span().start),
                        problem: format!("there is no row `{}` in [rows]", row.get_ref()),
                    });
                }
            }
            let text = Text {
                title: placing.piece(text.title),
                body: placing.piece(text.body),
                mail: placing.pieces(text.mail),
                action: text.action.map(|action| placing.piece(action)),
                rows: text.rows.into_iter().map(Spanned::into_inner).collect(),
                closing: placing.pieces(text.closing),
            };
            self.kinds.insert(kind, text);
        }
        Ok(())
    }
}
