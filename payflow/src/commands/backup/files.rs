//! Files and folders of a copy: private, durable, and gone again where the copy was not finished.
//! It knows nothing of what is in them.
//!
//! A store's files hold signing keys and password hashes, so a copy is for its owner alone,
//! whatever the original allows.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use platform::private;

/// A folder that is being filled; removed on drop unless it was finished.
#[derive(Debug)]
pub struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes the folder, which must not exist, and those above it where they do not.
    ///
    /// # Errors
    /// Where it exists or cannot be made.
    pub fn make(path: &Path) -> anyhow::Result<Self> {
        if let Some(above) = path.parent() {
            private::folder()
                .recursive(true)
                .create(above)
                .with_context(|| format!("{} could not be made", above.display()))?;
        }
        match private::folder().create(path) {
            Ok(()) => Ok(Self(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => anyhow::bail!(
                "{} exists: another backup is writing it, or one did not finish; delete it if none is running",
                path.display()
            ),
            Err(error) => {
                Err(error).with_context(|| format!("{} could not be made", path.display()))
            }
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Gives the folder its name, for good.
    ///
    /// # Errors
    /// Where it cannot be synced or renamed.
    pub fn finish(mut self, target: &Path) -> anyhow::Result<()> {
        sync_folder(&self.0)?;
        fs::rename(&self.0, target)
            .with_context(|| format!("{} could not be made", target.display()))?;
        self.0 = PathBuf::new();
        sync_folder(target.parent().unwrap_or(target))
    }

    /// Removes the folder, whose files have been moved away.
    ///
    /// # Errors
    /// Where it cannot be removed.
    pub fn dissolve(mut self) -> anyhow::Result<()> {
        fs::remove_dir(&self.0)
            .with_context(|| format!("{} could not be removed", self.0.display()))?;
        self.0 = PathBuf::new();
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty()
            && let Err(error) = fs::remove_dir_all(&self.0)
        {
            tracing::warn!(%error, path = %self.0.display(), "an unfinished copy could not be removed");
        }
    }
}

/// The path from the root, so that its folder has a name too.
///
/// # Errors
/// Where the path is empty or the current folder unknown.
pub fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))
}

/// What a folder is called while it is filled.
///
/// # Errors
/// Where the path ends in no name.
pub fn partial(target: &Path) -> anyhow::Result<PathBuf> {
    let name = target
        .file_name()
        .with_context(|| format!("{} is no name for a new folder", target.display()))?;
    let mut name = name.to_owned();
    name.push(".partial");
    Ok(target.with_file_name(name))
}

/// Makes an empty file for its owner alone; it must not exist.
///
/// # Errors
/// Where it exists or cannot be made.
pub fn create(path: &Path) -> anyhow::Result<File> {
    private::options()
        .write(true)
        .create_new(true)
        .open(path)
        .with_context(|| format!("{} could not be made", path.display()))
}

/// Writes a new file, durably.
///
/// # Errors
/// Where it cannot be written.
pub fn write(path: &Path, text: &[u8]) -> anyhow::Result<()> {
    let mut file = create(path)?;
    file.write_all(text)
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{} could not be written", path.display()))
}

/// Makes durable what somebody else has written.
///
/// # Errors
/// Where the disk fails.
pub fn sync(path: &Path) -> anyhow::Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .with_context(|| format!("{} could not be synced", path.display()))
}

/// Makes durable which names a folder holds.
///
/// # Errors
/// Where the disk fails.
pub fn sync_folder(path: &Path) -> anyhow::Result<()> {
    // Elsewhere a folder cannot be opened as a file.
    if cfg!(unix) {
        sync(path)?;
    }
    Ok(())
}

/// The size and the BLAKE3 digest of a file.
///
/// # Errors
/// Where it cannot be read.
pub fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    File::open(path)
        .and_then(|file| copy_digesting(file, &mut io::sink()))
        .with_context(|| format!("{} could not be read", path.display()))
}

/// Copies a file into a new one, durably; the size and the BLAKE3 digest of what was copied.
///
/// # Errors
/// Where one cannot be read or the other not written.
pub fn copy(from: &Path, to: &Path) -> anyhow::Result<(u64, String)> {
    let mut target = create(to)?;
    let source =
        File::open(from).with_context(|| format!("{} could not be read", from.display()))?;
    copy_digesting(source, &mut target)
        .and_then(|copied| target.sync_all().map(|()| copied))
        .with_context(|| format!("{} could not be copied to {}", from.display(), to.display()))
}

fn copy_digesting(mut from: File, to: &mut dyn Write) -> io::Result<(u64, String)> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok((hasher.count(), hasher.finalize().to_hex().to_string()));
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
    }
}
