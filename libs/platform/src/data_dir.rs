//! The folder of an embedded store: made, checked, locked to one process and closed to other users
//! of the machine. It knows files, never what is in them.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::opened_file::OpenedFile;
use crate::private;

/// The file whose lock holds the folder.
pub const LOCK: &str = "payflow.lock";
/// The sub-folder that is there as long as a restore is not finished.
pub const RESTORING: &str = "restore.partial";

/// What the lock holds once a store was made.
const MADE: &[u8] = b"A store was made in this folder.\n";

/// How the names of what a store puts into its folder begin, beside the files of its services, and
/// what a file system puts there.
const OURS: [&str; 5] = [LOCK, RESTORING, private::IGNORE, "mail", "lost+found"];

/// A data folder that this process holds until it is dropped: by the lock of the folder itself,
/// which nobody can delete while it is in use, and by that of a file in it, which earlier versions
/// take, and where the system locks no folders.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    lock: File,
    lock_file: OpenedFile,
    _folder: Option<File>,
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process holds it.
    #[error(
        "the data folder {path} is in use by another process, such as a running server: stop that one first, or choose another \
         folder with --data"
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
    /// There is no room for it.
    #[error(
        "the disk of the data folder {path} is full: make room on it, or choose another folder with --data"
    )]
    Full {
        /// The folder.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// It cannot be made or written.
    #[error(
        "the data folder {path} cannot be used: it must be a folder that this user may write to"
    )]
    Unusable {
        /// The folder.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
}

impl DataDirError {
    fn of(path: &Path, source: io::Error) -> Self {
        let path = path.display().to_string();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { path, source }
            }
            _ => Self::Unusable { path, source },
        }
    }
}

impl DataDir {
    /// Makes the folder where it is missing and takes its lock. What an earlier version left open
    /// to other users is closed to them. The names of the services' files begin with the service's
    /// own and a dot.
    ///
    /// # Errors
    /// [`DataDirError`], with what to do.
    pub fn open(path: &Path, services: &[&str]) -> Result<Self, DataDirError> {
        let unusable = |source: io::Error| DataDirError::of(path, source);
        private::folder()
            .recursive(true)
            .create(path)
            .map_err(unusable)?;
        let in_use = || DataDirError::InUse {
            path: path.display().to_string(),
        };
        let folder = locked_folder(path).map_err(|_held| in_use())?;
        let lock = private::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) if path.join(RESTORING).exists() => Err(DataDirError::HalfRestored {
                path: path.display().to_string(),
            }),
            Ok(()) => {
                close_to_others(path, services).map_err(unusable)?;
                Ok(Self {
                    path: path.to_owned(),
                    lock,
                    lock_file: OpenedFile::at(&path.join(LOCK)).map_err(unusable)?,
                    _folder: folder,
                })
            }
            Err(TryLockError::WouldBlock) => Err(in_use()),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }

    /// Whether the file of its lock is still there: once it is deleted or replaced, no earlier
    /// version is kept away, nor anybody where the system locks no folders.
    ///
    /// # Errors
    /// What has become of the file, with what to do.
    pub fn check(&self) -> Result<(), String> {
        self.lock_file.check()
    }

    /// Whether a store was made in it before: the lock says so, which stays when databases are
    /// gone.
    #[must_use]
    pub fn had_store(&self) -> bool {
        self.lock.metadata().is_ok_and(|lock| lock.len() > 0)
    }

    /// Notes in the lock, for good, that a store was made in it.
    ///
    /// # Errors
    /// [`DataDirError`] where it cannot be written.
    pub fn note_store(&self) -> Result<(), DataDirError> {
        if self.had_store() {
            return Ok(());
        }
        let mut lock = &self.lock;
        let noted = lock.write_all(MADE).and_then(|()| lock.sync_all());
        noted.map_err(|source| DataDirError::of(&self.path, source))
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

/// Somebody else has locked the folder.
struct Held;

/// The lock of a folder, where the system has such a thing.
fn locked_folder(path: &Path) -> Result<Option<File>, Held> {
    // Elsewhere a folder cannot be opened as a file.
    let Some(folder) = File::open(path).ok().filter(|_| cfg!(unix)) else {
        return Ok(None);
    };
    match folder.try_lock() {
        Ok(()) => Ok(Some(folder)),
        Err(TryLockError::WouldBlock) => Err(Held),
        // Some network file systems lock files only.
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// Closes the store's files to other users; the folder, too, and to git, where nothing else is in
/// it: a home or the folder of a whole system keeps its mode.
fn close_to_others(folder: &Path, services: &[&str]) -> io::Result<()> {
    let is_ours = |name: &str| {
        let of_a_service = name
            .split_once('.')
            .is_some_and(|(of, _)| services.contains(&of));
        of_a_service || OURS.iter().any(|ours| name.starts_with(ours))
    };
    let mut shared = false;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !is_ours(&name) {
            shared = true;
            continue;
        }
        private::close_to_others(&entry.path())?;
        if entry.file_type()?.is_dir() && name != "lost+found" {
            for inner in fs::read_dir(entry.path())? {
                private::close_to_others(&inner?.path())?;
            }
        }
    }
    if shared {
        return Ok(());
    }
    private::close_to_others(folder)?;
    private::keep_out_of_git(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICES: [&str; 2] = ["identity", "payments"];

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = DataDir::open(folder.path(), &SERVICES).unwrap();
        assert!(matches!(
            DataDir::open(folder.path(), &SERVICES),
            Err(DataDirError::InUse { .. })
        ));
        drop(held);
        assert!(DataDir::open(folder.path(), &SERVICES).is_ok());
    }

    #[test]
    fn a_lock_that_was_deleted_is_noticed_and_keeps_others_away_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let held = DataDir::open(folder.path(), &SERVICES).unwrap();
        held.check().unwrap();
        fs::remove_file(folder.path().join(LOCK)).unwrap();
        assert!(
            held.check()
                .unwrap_err()
                .contains("payflow.lock was deleted")
        );
        if cfg!(unix) {
            assert!(matches!(
                DataDir::open(folder.path(), &SERVICES),
                Err(DataDirError::InUse { .. })
            ));
            assert!(!folder.path().join(LOCK).exists());
        }
        drop(held);
        let second = DataDir::open(folder.path(), &SERVICES).unwrap();
        second.check().unwrap();
        fs::remove_file(folder.path().join(LOCK)).unwrap();
        private::touch(&folder.path().join(LOCK)).unwrap();
        if cfg!(unix) {
            assert!(second.check().unwrap_err().contains("was replaced"));
        }
    }

    #[test]
    fn a_folder_knows_for_good_that_a_store_was_made_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let open = || DataDir::open(folder.path(), &SERVICES).unwrap();
        assert!(!open().had_store());
        assert!(!open().had_store(), "a first start may have been killed");
        open().note_store().unwrap();
        assert!(open().had_store());
        open().note_store().unwrap();
        assert_eq!(fs::read(folder.path().join(LOCK)).unwrap(), MADE);
    }

    #[test]
    fn a_folder_with_half_a_store_is_refused_until_it_is_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let staging = folder.path().join(RESTORING);
        fs::create_dir(&staging).unwrap();
        assert!(matches!(
            DataDir::open(folder.path(), &SERVICES),
            Err(DataDirError::HalfRestored { .. })
        ));
        fs::remove_dir(staging).unwrap();
        assert!(DataDir::open(folder.path(), &SERVICES).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn a_store_that_others_could_read_is_closed_to_them_and_a_folder_of_others_is_not() {
        use std::os::unix::fs::PermissionsExt;
        let open_to_all = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let mail = folder.path().join("mail");
        fs::create_dir(&mail).unwrap();
        open_to_all(&mail, 0o755);
        let files = [
            "identity.db",
            "payments.db-wal",
            "payments.db-shm",
            "mail/one.eml",
            LOCK,
        ];
        let files = files.map(|name| folder.path().join(name));
        let open_all = || {
            open_to_all(folder.path(), 0o755);
            for file in &files {
                fs::write(file, "text").unwrap();
                open_to_all(file, 0o644);
            }
        };
        open_all();
        drop(DataDir::open(folder.path(), &SERVICES).unwrap());
        assert_eq!((mode(folder.path()), mode(&mail)), (0o700, 0o700));
        for file in &files {
            assert_eq!(mode(file), 0o600, "{}", file.display());
        }
        assert!(folder.path().join(private::IGNORE).is_file());

        fs::remove_file(folder.path().join(private::IGNORE)).unwrap();
        let foreign = folder.path().join("letter.txt");
        fs::write(&foreign, "somebody's").unwrap();
        open_to_all(&foreign, 0o644);
        open_all();
        drop(DataDir::open(folder.path(), &SERVICES).unwrap());
        assert_eq!((mode(folder.path()), mode(&foreign)), (0o755, 0o644));
        assert_eq!(mode(&files[0]), 0o600);
        assert!(!folder.path().join(private::IGNORE).exists());
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(
            DataDir::open(file.path(), &SERVICES),
            Err(DataDirError::Unusable { .. })
        ));
    }
}
