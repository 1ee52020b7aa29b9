//! The rules of this house as tests.
//!
//! A rule that nobody checks is a wish. What ARCHITECTURE.md and CONTRIBUTING.md ask for, and a
//! machine can see, is checked here by `cargo test -p tidy`; the compiler and clippy see the
//! rest. Each rule is a function from text to [`Violation`]s, tested beside its code on a planted
//! violation; `tests/house.rs` applies all of them to the repository.
//!
//! | rules | about |
//! |---|---|
//! | [`arms`] | what a caller is told of an error that nobody thought of |
//! | [`dependencies`] | who may know whom, and what the pure core may not know |
//! | [`documents`] | that what a page names is there |
//! | [`layout`] | what folders hold, ARCHITECTURE.md names and a manifest inherits |
//! | [`modules`] | which modules of a crate may name which, and what only some may name |
//! | [`sources`] | size, header, comments, names, markers and habits of source files |
//! | [`sql`] | SQL that runs on both engines |
//!
//! Owns the rules, never the code that they are about: a violation is mended there, not here. An
//! exception is a line in a list with its reason, and the lists may only shrink.

pub mod arms;
pub mod dependencies;
pub mod documents;
pub mod layout;
mod literals;
pub mod modules;
pub mod sources;
pub mod sql;
pub mod tree;

use std::fmt;

/// A text file of the repository.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path from the root of the repository, with `/` between its parts.
    pub path: String,
    /// The content.
    pub text: String,
}

impl SourceFile {
    /// A file with this path and content.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }

    /// Whether the file's name ends in `.` and this.
    #[must_use]
    pub fn has_extension(&self, extension: &str) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, actual)| actual == extension)
    }

    /// Whether the file lies in a folder named `tests`.
    #[must_use]
    pub fn is_in_tests(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/")
    }
}

/// Where a rule is broken, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path from the root of the repository; `Cargo.toml` of the crate for dependencies.
    pub path: String,
    /// Line, counted from 1; 0 if it is about the file as a whole.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl Violation {
    /// About a file as a whole.
    pub fn of(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: 0,
            message: message.into(),
        }
    }

    /// About one line, counted from 1.
    pub fn at(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.message),
            line => write!(f, "{}:{line}: {}", self.path, self.message),
        }
    }
}
