//! A file that somebody keeps open, and whether it is still the one at its path: what is written
//! into a file that was deleted, or that another one has taken the place of, is gone when it is
//! closed. It opens and holds nothing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Which file lay at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedFile {
    path: PathBuf,
    identity: Identity,
}

/// Device and inode.
#[cfg(unix)]
type Identity = (u64, u64);
/// Where files have no identity that could be asked for, only their absence is noticed.
#[cfg(not(unix))]
type Identity = ();

#[cfg(unix)]
fn identity(file: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino())
}

#[cfg(not(unix))]
const fn identity(_: &fs::Metadata) -> Identity {}

impl OpenedFile {
    /// The file at this path, which was opened just now.
    ///
    /// # Errors
    /// Where there is none.
    pub fn at(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            identity: identity(&fs::metadata(path)?),
        })
    }

    /// Where it was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Asks the file system, about a microsecond long, whether it is still there.
    ///
    /// # Errors
    /// What has become of it, with what to do.
    pub fn check(&self) -> Result<(), String> {
        self.look().map(|_| ())
    }

    /// The same; what the file system says of the file, which may have been written since.
    ///
    /// # Errors
    /// As [`OpenedFile::check`].
    pub fn look(&self) -> Result<fs::Metadata, String> {
        let what = match fs::metadata(&self.path) {
            Ok(found) if identity(&found) == self.identity => return Ok(found),
            Ok(_) => "was replaced by another file".to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                "was deleted or moved away".to_owned()
            }
            Err(error) => format!("cannot be looked at ({error})"),
        };
        Err(format!(
            "{} {what} while PayFlow had it open: put back the file that was there, or restart PayFlow",
            self.path.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_or_replaced_is_noticed_until_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let [path, aside] = ["store.db", "aside.db"].map(|name| folder.path().join(name));
        assert!(OpenedFile::at(&path).is_err());
        fs::write(&path, "one").unwrap();
        let file = OpenedFile::at(&path).unwrap();
        fs::write(&path, "the same file").unwrap();
        assert_eq!(file.check(), Ok(()));
        fs::rename(&path, &aside).unwrap();
        assert!(file.check().unwrap_err().contains("was deleted"));
        fs::copy(&aside, &path).unwrap();
        if cfg!(unix) {
            assert!(file.check().unwrap_err().contains("was replaced"));
        }
        fs::rename(&aside, &path).unwrap();
        assert_eq!(file.check(), Ok(()));
    }
}
