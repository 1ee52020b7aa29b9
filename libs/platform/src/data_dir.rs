//! The folder of an embedded store: made, checked and locked to one process.
//! It knows files, never what is in them.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The file whose lock holds the folder.
pub const LOCK: &str = "payflow.lock";
/// The sub-folder that is there as long as a restore is not finished.
pub const RESTORING: &str = "restore.partial";

/// A data folder that this process holds until it is dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process holds it.
    #[error(
        "the data folder {path} is in use by another process: stop that one, or choose another folder with --data"
    )]
    InUse {
        /// The folder.
        path: String,
    },
    /// A restore into it was interrupted: what is there may be half a store.
    #[error(
        "a restore into the data folder {path} did not finish: delete what is in the folder and restore again"
    )]
    HalfRestored {
        /// The folder.
        path: String,
    },
    /// It cannot be made or written.
    #[error(
        "the data folder {path} cannot be used ({source}): it must be a folder that this user may write to"
    )]
    Unusable {
        /// The folder.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
}

impl DataDir {
    /// Makes the folder where it is missing and takes its lock.
    ///
    /// # Errors
    /// [`DataDirError`], with what to do.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let unusable = |source| DataDirError::Unusable {
            path: path.display().to_string(),
            source,
        };
        fs::create_dir_all(path).map_err(unusable)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) if path.join(RESTORING).exists() => Err(DataDirError::HalfRestored {
                path: path.display().to_string(),
            }),
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(DataDirError::InUse {
                path: path.display().to_string(),
            }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// The path of a file in it.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = DataDir::open(folder.path()).unwrap();
        assert!(matches!(
            DataDir::open(folder.path()),
            Err(DataDirError::InUse { .. })
        ));
        drop(held);
        assert!(DataDir::open(folder.path()).is_ok());
    }

    #[test]
    fn a_folder_with_half_a_store_is_refused_until_it_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let staging = folder.path().join(RESTORING);
        fs::create_dir(&staging).unwrap();
        assert!(matches!(
            DataDir::open(folder.path()),
            Err(DataDirError::HalfRestored { .. })
        ));
        fs::remove_dir(staging).unwrap();
        assert!(DataDir::open(folder.path()).is_ok());
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(
            DataDir::open(file.path()),
            Err(DataDirError::Unusable { .. })
        ));
    }
}
