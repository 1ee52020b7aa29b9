//! The mark that a loss which was noticed leaves beside the file of a database, so that no later
//! start forgets it: it is refused until an operator has accepted it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use platform::private;

use super::head;

/// Where the mark of a file lies.
fn mark(path: &Path) -> PathBuf {
    path.with_extension("history-lost")
}

/// Leaves the mark, durable, with what was noticed.
pub(super) fn leave(path: &Path, what: &str) -> io::Result<()> {
    let mark = mark(path);
    let mut file = private::options()
        .create(true)
        .truncate(true)
        .write(true)
        .open(&mark)?;
    writeln!(file, "{what}")?;
    file.sync_all()?;
    match mark.parent() {
        // Elsewhere a folder cannot be opened as a file.
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// Takes the mark back: nothing is lost after all.
pub(super) fn take_back(path: &Path) -> io::Result<()> {
    match fs::remove_file(mark(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The loss that an earlier process has noticed in the file of a database, where it left a mark,
/// with what to do. Where it is not known what the newest entry was, that is a loss, too.
#[must_use]
pub fn noted_loss(path: &Path) -> Option<String> {
    let mark = mark(path);
    let what = match mark.exists() {
        true => fs::read_to_string(&mark).unwrap_or_default(),
        false => head::damage(path)?,
    };
    Some(format!(
        "what was committed last to {} may be gone, as PayFlow has noticed earlier ({}): restore the store from a backup into a new \
         folder. Where the right file and its write-ahead log are back and `payflow verify` finds nothing else wrong, or you accept \
         what is missing, go on with `payflow history accept`",
        path.display(),
        what.trim(),
    ))
}
