//! The newest entry of the log that a database keeps, noted in a file beside it
//! (`<service>.db-head`) after each commit that is on the disk. An older copy of the database that
//! is put back while nothing runs is whole, and so is one whose write-ahead log is gone: both lack
//! that entry. It compares nothing: each service knows its own log.
//!
//! The file has one size, is written in place and not synced: what was written survives the end of
//! the process. A power cut leaves the entry or an earlier one, which the database has as well.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use platform::private;

use crate::history::Position;

/// A number of 20 digits, a space, 64 digits of the hash, and the end of the line.
const SIZE: usize = 86;
const HASH: usize = 64;
/// The file is read so often at most: a write takes about a microsecond, and commits are rarer.
const MOST_READS: usize = 100;

/// The file, open.
#[derive(Debug)]
pub(super) struct Head {
    file: File,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The number of the entry that this process has noted.
    noted: Option<i64>,
    /// Whether the file cannot be written, which was logged.
    is_failing: bool,
}

/// Where the file of a database lies.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-head");
    name.into()
}

impl Head {
    /// That of the database at this path, made where it is missing.
    pub fn beside(path: &Path) -> io::Result<Self> {
        let path = beside(path);
        if path.exists() {
            private::close_to_others(&path)?;
        } else {
            forget_in(&path)?;
        }
        Ok(Self {
            file: private::options().write(true).open(path)?,
            state: Mutex::default(),
        })
    }

    /// Notes an entry that is on the disk, unless a later one was noted: about a microsecond. Where
    /// that fails the commit stands, and the file says less than it could.
    pub fn note(&self, no: i64, hash: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.noted.is_some_and(|noted| noted >= no) {
            return;
        }
        match write(&self.file, line(no, hash).as_bytes()) {
            Ok(()) => (state.noted, state.is_failing) = (Some(no), false),
            Err(error) if !state.is_failing => {
                state.is_failing = true;
                tracing::warn!(%error, "the newest entry of a database cannot be noted beside it");
            }
            Err(_) => {}
        }
    }
}

fn line(no: i64, hash: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut line = format!("{no:020} ");
    for byte in hash.iter().take(HASH / 2) {
        for half in [byte >> 4, byte & 15] {
            line.push(char::from(DIGITS[usize::from(half)]));
        }
    }
    format!("{line:0<width$}\n", width = SIZE - 1)
}

#[cfg(unix)]
fn write(file: &File, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, 0)
}

#[cfg(not(unix))]
fn write(mut file: &File, bytes: &[u8]) -> io::Result<()> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(0))?;
    file.write_all(bytes)
}

/// The entry that is noted beside a database, which may be in use; none where none was, or where
/// the file holds something else, which [`damage`] tells.
///
/// # Errors
/// Where the file cannot be read.
pub fn noted_head(path: &Path) -> io::Result<Option<Position>> {
    let text = settled(|| content(&beside(path)))?;
    let head = text.as_deref().and_then(parsed);
    Ok(head.filter(|head| head.no > 0))
}

/// What is the matter with the file beside a database, where it holds something else.
pub(super) fn damage(path: &Path) -> Option<String> {
    let text = settled(|| content(&beside(path))).ok().flatten()?;
    let what = "it does not hold what PayFlow writes";
    parsed(&text)
        .is_none()
        .then(|| format!("{}: {what}", beside(path).display()))
}

fn content(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        text => text.map(Some),
    }
}

/// What is read twice in a row: a server that is writing leaves a part of the new line beside the
/// rest of the old one for a moment.
fn settled(mut read: impl FnMut() -> io::Result<Option<Vec<u8>>>) -> io::Result<Option<Vec<u8>>> {
    let mut text = read()?;
    for _ in 0..MOST_READS {
        let again = read()?;
        if again == text {
            break;
        }
        text = again;
        std::thread::yield_now();
    }
    Ok(text)
}

fn parsed(text: &[u8]) -> Option<Position> {
    // One that was about to be made.
    if text.is_empty() {
        let hash = Vec::new();
        return Some(Position { no: 0, hash });
    }
    let text = std::str::from_utf8(text).ok();
    let text = text.filter(|text| text.len() == SIZE && text.is_ascii())?;
    let (no, hash) = text.strip_suffix('\n')?.split_once(' ')?;
    let byte = |at| u8::from_str_radix(hash.get(at..at + 2)?, 16).ok();
    let hash = (0..HASH).step_by(2).map(byte).collect::<Option<_>>()?;
    let no = no.parse().ok()?;
    Some(Position { no, hash })
}

/// Forgets what is noted beside a database that nobody has open: what it has now is accepted.
///
/// # Errors
/// Where the file cannot be written.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    forget_in(&beside(path))
}

fn forget_in(path: &Path) -> io::Result<()> {
    let mut file = private::rewrite(path)?;
    file.write_all(line(0, &[]).as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_entry_is_noted_in_place_and_forgotten_when_that_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        let noted = || noted_head(&path).unwrap().map(|head| (head.no, head.hash));
        assert_eq!(noted(), None);
        let head = Head::beside(&path).unwrap();
        assert_eq!(noted(), None);
        for (no, byte, expected) in [(7, 0xa5, 7), (9, 0x0f, 9), (8, 0xff, 9)] {
            head.note(no, &[byte; 32]);
            let (no, hash) = noted().unwrap();
            assert_eq!(no, expected);
            assert_eq!(hash.len(), 32);
        }
        assert_eq!(noted(), Some((9, vec![0x0f; 32])));
        // The next process goes on from there, also where it goes back.
        let head = Head::beside(&path).unwrap();
        assert_eq!(noted(), Some((9, vec![0x0f; 32])));
        head.note(3, &[]);
        assert_eq!(noted(), Some((3, vec![0; 32])));
        head.note(i64::MAX, &[1; 32]);
        assert_eq!(noted(), Some((i64::MAX, vec![1; 32])));
        forget(&path).unwrap();
        assert_eq!(noted(), None);
    }

    #[test]
    fn a_file_that_holds_something_else_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        drop(Head::beside(&path).unwrap());
        let good = line(5, &[7; 32]);
        for text in [&good[1..], &good.replace('0', "x"), &format!("{good}\n")] {
            fs::write(beside(&path), text).unwrap();
            assert!(damage(&path).is_some(), "{text}");
            assert_eq!(noted_head(&path).unwrap().map(|head| head.no), None);
        }
        for (text, no) in [(good.as_str(), Some(5)), ("", None)] {
            fs::write(beside(&path), text).unwrap();
            let head = noted_head(&path).unwrap();
            assert_eq!(head.map(|head| head.no), no);
            assert_eq!(damage(&path), None);
        }
    }

    #[test]
    fn a_line_that_is_being_written_is_read_again() {
        let [old, new] = [(5, 7), (6, 8)].map(|(no, byte)| line(no, &[byte; 32]).into_bytes());
        let torn = [&new[..21], &old[21..]].concat();
        assert!(parsed(&torn).is_some());
        let read = |texts: &[&Vec<u8>]| {
            let mut texts = texts.iter().copied().cycle();
            settled(|| Ok(texts.next().cloned())).unwrap()
        };
        assert_eq!(read(&[&torn, &new, &new]).as_ref(), Some(&new));
        assert_eq!(read(&[&old, &old]).as_ref(), Some(&old));
        // It ends in any case.
        assert!(read(&[&old, &new]).is_some());
    }
}
