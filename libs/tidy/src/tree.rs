//! Reads the repository: which files there are, and the text of those that rules are about.
//!
//! Never follows a symbolic link, never enters what was built, downloaded or copied in.

use std::path::Path;
use std::{fs, io};

use crate::SourceFile;

/// Folders that hold nothing written here.
const SKIPPED: [&str; 7] = [
    ".git",
    "data",
    "dist",
    "node_modules",
    "target",
    "vendor",
    "vendored",
];

/// Files that rules look into.
const TEXTS: [&str; 8] = ["css", "md", "rs", "sh", "sql", "toml", "ts", "tsx"];

/// Paths of all files under `root`, from `root`, with `/` between the parts, sorted.
///
/// # Errors
/// Whatever reading a folder fails with.
pub fn paths(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    walk(root, "", &mut found)?;
    found.sort();
    Ok(found)
}

/// The text files among `paths`. Bytes that are not UTF-8 are replaced.
///
/// # Errors
/// Whatever reading a file fails with.
pub fn texts(root: &Path, paths: &[String]) -> io::Result<Vec<SourceFile>> {
    paths
        .iter()
        .filter(|path| {
            path.rsplit_once('.')
                .is_some_and(|(_, end)| TEXTS.contains(&end))
        })
        .map(|path| {
            let bytes = fs::read(root.join(path))?;
            Ok(SourceFile::new(path, String::from_utf8_lossy(&bytes)))
        })
        .collect()
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if kind.is_file() {
            found.push(format!("{prefix}{name}"));
        } else if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            walk(&entry.path(), &format!("{prefix}{name}/"), found)?;
        }
    }
    Ok(())
}
