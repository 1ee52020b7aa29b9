//! Files and folders for nobody but the user who runs PayFlow: they hold e-mails, hashes of
//! passwords and keys. Whatever PayFlow writes is made here, which `libs/tidy` checks. It knows
//! nothing of what is in them.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::path::Path;

/// The file that keeps a folder out of git, wherever it is made.
pub const IGNORE: &str = ".gitignore";
const IGNORE_ALL: &[u8] =
    b"# Made by PayFlow: what is here holds secrets and belongs in no repository.\n*\n";

/// Opens files; those that it makes have the mode 0600. Whether it reads, writes or makes them is
/// the caller's to say.
#[must_use]
pub fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are Unix's"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes folders with the mode 0700.
#[must_use]
pub fn folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "modes are Unix's"))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Makes an empty file where there is none, and closes one that others may read to them. One that
/// is there is not opened: a process that closes a file of SQLite's loses the locks that it has on
/// it.
///
/// # Errors
/// Where it cannot be made or looked at.
pub fn touch(path: &Path) -> io::Result<()> {
    match options().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            close(path, fs::metadata(path)?.permissions());
            Ok(())
        }
        made => made.map(drop),
    }
}

/// Opens a file to write it from its beginning: a new one, or one that was there and is closed to
/// others from now on.
///
/// # Errors
/// Where it cannot be made or written.
pub fn rewrite(path: &Path) -> io::Result<File> {
    touch(path)?;
    options().write(true).truncate(true).open(path)
}

/// Takes from all others what they may do with a file or folder that is there. Links are left
/// alone.
///
/// Where the system does not let this user do so, because the owner is another, that is logged: a
/// volume may belong to root and be shared by a group.
///
/// # Errors
/// Where it cannot be looked at.
pub fn close_to_others(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if !found.is_symlink() {
        close(path, found.permissions());
    }
    Ok(())
}

/// Keeps a folder out of git.
///
/// # Errors
/// Where the file cannot be written.
pub fn keep_out_of_git(folder: &Path) -> io::Result<()> {
    match options()
        .write(true)
        .create_new(true)
        .open(folder.join(IGNORE))
    {
        Ok(mut file) => io::Write::write_all(&mut file, IGNORE_ALL),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn close(path: &Path, found: Permissions) {
    if let Some(closed) = closed(found)
        && let Err(error) = fs::set_permissions(path, closed)
    {
        tracing::warn!(path = %path.display(), %error, "other users of this machine may read this, and it could not be closed to them");
    }
}

/// The permissions without those of others; none where there are none to take.
#[cfg(unix)]
fn closed(mut permissions: Permissions) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o077;
    let mode = permissions.mode();
    permissions.set_mode(mode & !OTHERS);
    (mode & OTHERS != 0).then_some(permissions)
}

#[cfg(not(unix))]
fn closed(_: Permissions) -> Option<Permissions> {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn open_to_all(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_file_is_private_when_it_is_made_and_also_where_it_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        touch(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        fs::write(&file, "kept").unwrap();
        open_to_all(&file, 0o644);
        touch(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
        open_to_all(&file, 0o666);
        drop(rewrite(&file).unwrap());
        assert_eq!((mode(&file), fs::read(&file).unwrap()), (0o600, vec![]));
    }

    #[test]
    fn only_the_rights_of_others_are_taken_and_links_are_left_alone() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("inner");
        folder().create(&inner).unwrap();
        assert_eq!(mode(&inner), 0o700);
        open_to_all(&inner, 0o2775);
        close_to_others(&inner).unwrap();
        assert_eq!(mode(&inner), 0o2700);
        let file = outer.path().join("file");
        fs::write(&file, "").unwrap();
        open_to_all(&file, 0o644);
        let link = outer.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        close_to_others(&link).unwrap();
        assert_eq!(mode(&file), 0o644);
    }

    #[test]
    fn what_is_there_already_to_keep_a_folder_out_of_git_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(IGNORE);
        keep_out_of_git(folder.path()).unwrap();
        assert!(
            fs::read_to_string(&file)
                .unwrap()
                .lines()
                .any(|line| line == "*")
        );
        fs::write(&file, "mine").unwrap();
        keep_out_of_git(folder.path()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }
}
