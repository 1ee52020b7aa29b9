//! A folder of its own for a benchmark's files, gone when it is dropped. What was there before is
//! never touched.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use platform::ids::Ids;
use platform::private;
use rusqlite::Connection;

use crate::machine::file_system;
use crate::report::Setting;
use crate::screen::note;

/// A new folder, removed with all that is in it when this is dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it under `parent`, or in the current folder.
    ///
    /// # Errors
    /// Where nothing can be written there.
    pub fn new(parent: Option<&Path>, ids: &Ids) -> anyhow::Result<Self> {
        let parent = parent.unwrap_or(Path::new("."));
        let path = parent.join(format!("payflow-bench-{}", ids.next().simple()));
        private::folder().create(&path).with_context(|| {
            format!(
                "no folder can be made in {}: choose another with --data",
                parent.display()
            )
        })?;
        Ok(Self(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// SQLite's version, and what a figure measured in this folder depends on.
    ///
    /// # Errors
    /// Where SQLite does not tell how it was built.
    pub fn describe(&self) -> anyhow::Result<(String, Vec<Setting>)> {
        let path = self.0.canonicalize()?;
        let parent = path.parent().unwrap_or(&path);
        // With one cache for all connections the ledger and the yardstick take each other's pages
        // away.
        let sql = "SELECT sqlite_compileoption_used('ENABLE_MEMORY_MANAGEMENT')";
        let is_shared: bool = Connection::open_in_memory()?.query_row(sql, [], |row| row.get(0))?;
        let page_cache = if is_shared {
            "shared"
        } else {
            "per connection"
        };
        let file_system = file_system(parent);
        let settings = vec![
            Setting::new("folder", parent.display().to_string()),
            Setting::new("file_system", file_system.clone()),
            Setting::new("journal_mode", "WAL"),
            Setting::new("synchronous", "FULL"),
            Setting::durability(!matches!(file_system.as_str(), "tmpfs" | "ramfs")),
            Setting::new("page_cache", page_cache),
        ];
        Ok((format!("SQLite {}", rusqlite::version()), settings))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            note(&format!(
                "{} could not be removed: {error}",
                self.0.display()
            ));
        }
    }
}
