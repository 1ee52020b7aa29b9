//! Rules about single source files: size, header, names, markers and habits.
//!
//! They read text, not syntax: a rule that needs more than a look at a line belongs to clippy.

use crate::{SourceFile, Violation};

/// Most lines of a Rust file outside `tests/`. The aim is 400; above this a file has two subjects.
pub const MOST_LINES: usize = 600;

/// Rust files longer than [`MOST_LINES`], with the lines that they had when they were listed.
/// The list may only shrink: no new line, no larger number, and an entry goes when its file fits.
pub const LONG_FILES: &[(&str, usize)] = &[];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 9] = [
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "util",
    "utilities",
    "utils",
];

/// Rust files have at most [`MOST_LINES`] lines; `exceptions` as in [`LONG_FILES`].
#[must_use]
pub fn file_sizes(files: &[SourceFile], exceptions: &[(&str, usize)]) -> Vec<Violation> {
    let limit = |path: &str| exceptions.iter().find(|(listed, _)| *listed == path);
    let mut violations = Vec::new();
    for file in files
        .iter()
        .filter(|file| file.has_extension("rs") && !file.is_in_tests())
    {
        let lines = file.text.lines().count();
        let message = match limit(&file.path) {
            None if lines > MOST_LINES => {
                format!(
                    "{lines} lines, {MOST_LINES} are allowed; find its two subjects and part them"
                )
            }
            Some((_, listed)) if lines > *listed => {
                format!("{lines} lines, it had {listed} when it was excepted; it may only shrink")
            }
            Some(_) if lines <= MOST_LINES => {
                "fits now; take it out of sources::LONG_FILES".to_owned()
            }
            None | Some(_) => continue,
        };
        violations.push(Violation::of(&file.path, message));
    }
    for (path, _) in exceptions {
        if !files.iter().any(|file| file.path == *path) {
            violations.push(Violation::of(
                *path,
                "gone; take it out of sources::LONG_FILES",
            ));
        }
    }
    violations
}

/// A Rust file begins with `//!`: what it owns and what it never does.
#[must_use]
pub fn header(file: &SourceFile) -> Vec<Violation> {
    if file.has_extension("rs") && !file.text.starts_with("//!") {
        return vec![Violation::at(
            &file.path,
            1,
            "begin with `//!`: what this file owns and what it never does",
        )];
    }
    Vec::new()
}

/// The most columns of a comment, as rustfmt has it for code (`max_width` in `rustfmt.toml`).
const COMMENT_COLUMNS: usize = 100;

/// Comments on lines of their own have at most [`COMMENT_COLUMNS`] columns, but for a single word,
/// such as an address.
#[must_use]
pub fn comment_widths(file: &SourceFile) -> Vec<Violation> {
    if !file.has_extension("rs") {
        return Vec::new();
    }
    let is_too_wide = |line: &str| {
        let comment = line.trim_start().strip_prefix("//");
        line.chars().count() > COMMENT_COLUMNS
            && comment.is_some_and(|text| {
                let text = text.trim_start_matches(['/', '!']).trim();
                text.contains(char::is_whitespace)
            })
    };
    numbered(&file.text)
        .filter(|(_, line)| is_too_wide(line))
        .map(|(line, text)| {
            let columns = text.chars().count();
            let message = format!("{columns} columns; wrap comments at {COMMENT_COLUMNS}");
            Violation::at(&file.path, line, message)
        })
        .collect()
}

/// No file, folder or module has a name that says nothing.
#[must_use]
pub fn names(file: &SourceFile) -> Vec<Violation> {
    if !file.has_extension("rs") {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for part in file.path.trim_end_matches(".rs").split('/') {
        if EMPTY_NAMES.contains(&part) {
            let message = format!("`{part}` says nothing; name the file after what it does");
            violations.push(Violation::of(&file.path, message));
        }
    }
    for (line, text) in numbered(&file.text) {
        let declaration = text.trim_start();
        let declaration = declaration
            .strip_prefix("pub ")
            .or_else(|| declaration.strip_prefix("pub(crate) "))
            .or_else(|| declaration.strip_prefix("pub(super) "))
            .unwrap_or(declaration);
        let Some(rest) = declaration.strip_prefix("mod ") else {
            continue;
        };
        let name = rest.trim_end_matches([';', '{', ' ']);
        if EMPTY_NAMES.contains(&name) {
            let message = format!("`{name}` says nothing; name the module after what it does");
            violations.push(Violation::at(&file.path, line, message));
        }
    }
    violations
}

/// No marker of unfinished work: what is not done is an issue, not a comment.
#[must_use]
pub fn markers(file: &SourceFile) -> Vec<Violation> {
    if file.has_extension("md") {
        return Vec::new();
    }
    let words = [["TO", "DO"].concat(), ["FIX", "ME"].concat()];
    let macros = [["todo", "!("].concat(), ["unimplemented", "!("].concat()];
    // Three X are also a currency code of ISO 4217; they are a marker at the start of a comment.
    let crosses = ["// ", "XX", "X"].concat();
    let mut violations = Vec::new();
    for (line, text) in numbered(&file.text) {
        let found = words
            .iter()
            .find(|word| has_word(text, word))
            .or_else(|| macros.iter().find(|call| has_word(text, call)))
            .or_else(|| text.contains(&crosses).then_some(&crosses));
        if let Some(found) = found {
            let message = format!("`{found}`: finish it, or open an issue and say nothing here");
            violations.push(Violation::at(&file.path, line, message));
        }
    }
    violations
}

/// No test is switched off.
#[must_use]
pub fn ignored_tests(file: &SourceFile) -> Vec<Violation> {
    let attributes = [["#[", "ignore"].concat(), ["cfg_attr(", "ignore"].concat()];
    rust_lines_with(file, &file.text, &attributes, "mend the test or delete it")
}

/// No test waits for time to pass: a test that sleeps is slow, and still fails on a busy machine.
///
/// Looks at everything in a `tests` folder, and elsewhere from `#[cfg(test)]` on a module to the
/// end of the file.
#[must_use]
pub fn sleeping_tests(file: &SourceFile) -> Vec<Violation> {
    let calls = [["thread::", "sleep"].concat(), ["time::", "sleep"].concat()];
    let bare_call = ["sleep", "("].concat();
    let message = "wait for an event, or move the fake clock";
    let skipped = if file.is_in_tests() {
        Some(0)
    } else {
        start_of_unit_tests(&file.text)
    };
    let Some(skipped) = skipped.filter(|_| file.has_extension("rs")) else {
        return Vec::new();
    };
    numbered(&file.text)
        .skip(skipped)
        .filter(|(_, text)| {
            let bare = text.match_indices(&bare_call).any(|(at, _)| {
                !text[..at].ends_with(|before: char| is_word(before) || ".:".contains(before))
            });
            bare || calls.iter().any(|call| text.contains(call.as_str()))
        })
        .map(|(line, _)| Violation::at(&file.path, line, message))
        .collect()
}

/// No path of somebody's machine: homes and the shared temporary folder.
#[must_use]
pub fn machine_paths(file: &SourceFile) -> Vec<Violation> {
    if file.has_extension("md") {
        return Vec::new();
    }
    let folders = ["home/", "root/", "Users/", "tmp/"].map(|folder| ["/", folder].concat());
    let mut violations = Vec::new();
    for (line, text) in numbered(&file.text) {
        let starts_a_path = |at: usize| {
            !text[..at].ends_with(|before: char| is_word(before) || ".-/}*~".contains(before))
        };
        for folder in &folders {
            if text
                .match_indices(folder.as_str())
                .any(|(at, _)| starts_a_path(at))
            {
                let message = format!("`{folder}`: take the folder from configuration or tempfile");
                violations.push(Violation::at(&file.path, line, message));
            }
        }
    }
    violations
}

/// The one file with unsafe code: SQLite's file system for simulated disks is a table of C
/// functions, and it is part of no binary that is shipped.
pub const UNSAFE_FILE: &str = "simulation/disk/src/vfs.rs";

/// No `unsafe`, but for [`UNSAFE_FILE`]. The workspace forbids it; this also sees a crate that does
/// not inherit that.
#[must_use]
pub fn unsafe_code(file: &SourceFile) -> Vec<Violation> {
    if file.path == UNSAFE_FILE {
        return Vec::new();
    }
    let keyword = ["un", "safe"].concat();
    let uses =
        [" {", " fn ", " impl", " trait ", " extern ", "("].map(|use_| [&keyword, use_].concat());
    rust_lines_with(file, &file.text, &uses, "say it in safe Rust")
}

/// The folders of the crates that decide and do nothing else.
const CORE: [&str; 4] = [
    "libs/ledger/src/",
    "libs/money/src/",
    "services/payments/core/src/",
    "services/risk/core/src/",
];

/// Pure as well, but without money: a score may be reckoned with what [`core_lints`] forbids.
const PURE: &str = "services/risk/screening/src/";

/// The pure core ([`CORE`], [`PURE`]) meets no file, socket, clock, thread or environment, and
/// nothing in it waits.
#[must_use]
pub fn pure_core(file: &SourceFile) -> Vec<Violation> {
    let is_pure = |folder: &&str| file.path.starts_with(*folder);
    if !CORE.iter().chain([&PURE]).any(is_pure) {
        return Vec::new();
    }
    let impure = [
        "std::env",
        "std::fs",
        "std::io",
        "std::net",
        "std::process",
        "std::thread",
        "std::time",
        "async fn",
        ".await",
    ]
    .map(str::to_owned);
    rust_lines_with(
        file,
        &file.text,
        &impure,
        "the core is pure: take it as an argument instead",
    )
}

/// The roots of the pure core's crates make unchecked arithmetic and floats compile errors.
#[must_use]
pub fn core_lints(file: &SourceFile) -> Vec<Violation> {
    let is_root = |folder: &str| file.path.strip_prefix(folder) == Some("lib.rs");
    if !CORE.iter().any(|folder| is_root(folder)) {
        return Vec::new();
    }
    let Some((_, rest)) = file.text.split_once("#![deny(") else {
        return vec![Violation::of(
            &file.path,
            "lacks `#![deny(clippy::arithmetic_side_effects, ...)]`",
        )];
    };
    let denied = rest.split_once(')').map_or(rest, |(lints, _)| lints);
    [
        "arithmetic_side_effects",
        "float_arithmetic",
        "wildcard_enum_match_arm",
    ]
    .iter()
    .filter(|lint| !has_word(denied, lint))
    .map(|lint| Violation::of(&file.path, format!("must `#![deny(clippy::{lint})]`")))
    .collect()
}

/// Where files and folders are made that only the user who runs PayFlow may read.
pub const PRIVATE_FILE: &str = "libs/platform/src/private.rs";

/// What runs in production makes files and folders by [`PRIVATE_FILE`] only, so that each has the
/// mode that secrets need.
#[must_use]
pub fn private_files(file: &SourceFile) -> Vec<Violation> {
    let runs = ["payflow/src/", "libs/platform/src/", "libs/db/src/"]
        .iter()
        .any(|folder| file.path.starts_with(folder))
        || file.path.starts_with("services/") && file.path.contains("/src/");
    if !runs || file.path == PRIVATE_FILE {
        return Vec::new();
    }
    let calls = [
        ["File::", "create"].concat(),
        ["File::", "options"].concat(),
        ["fs::", "write("].concat(),
        ["fs::", "copy("].concat(),
        ["create", "_dir"].concat(),
        ["create", "_dir_all"].concat(),
        ["Dir", "Builder::new"].concat(),
        ["Open", "Options::new"].concat(),
    ];
    let end = start_of_unit_tests(&file.text).unwrap_or(usize::MAX);
    let lines = file.text.lines().take(end);
    let text = lines.collect::<Vec<_>>().join("\n");
    let advice = "make it with platform::private, or others may read it";
    rust_lines_with(file, &text, &calls, advice)
}

fn rust_lines_with(
    file: &SourceFile,
    text: &str,
    needles: &[String],
    advice: &str,
) -> Vec<Violation> {
    if !file.has_extension("rs") {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (line, text) in numbered(text) {
        if let Some(needle) = needles.iter().find(|needle| has_word(text, needle)) {
            violations.push(Violation::at(
                &file.path,
                line,
                format!("`{needle}`: {advice}"),
            ));
        }
    }
    violations
}

/// How many lines come before the unit tests at the end of a file, if it has some.
fn start_of_unit_tests(text: &str) -> Option<usize> {
    let mut lines = text.lines().map(str::trim).enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let a_module = line == "#[cfg(test)]"
            && lines
                .peek()
                .is_some_and(|(_, next)| next.starts_with("mod "));
        if a_module || line == "#![cfg(test)]" {
            return Some(number);
        }
    }
    None
}

/// The lines of a text, counted from 1.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `needle` occurs in `text` and is not a part of a longer word.
fn has_word(text: &str, needle: &str) -> bool {
    let glued = |inside: Option<char>, outside: Option<char>| {
        inside.is_some_and(is_word) && outside.is_some_and(is_word)
    };
    text.match_indices(needle).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + needle.len()..]);
        !glued(needle.chars().next(), before.chars().next_back())
            && !glued(needle.chars().next_back(), after.chars().next())
    })
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
