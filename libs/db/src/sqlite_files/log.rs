//! The write-ahead log of a SQLite database, and whether it still holds what SQLite committed last.
//! It writes nothing.
//!
//! The log alone does not say where it ends: once copied back, it begins anew, and what was there
//! before lies behind its end. SQLite keeps the end in the index beside the log (`-shm`; SQLite,
//! "WAL-mode File Format", 2.1): how many frames are committed, and the salts and the checksum of
//! the last, which covers those before. An older log has another frame there, or none.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use platform::opened_file::OpenedFile;

/// The log and its index, which exist as long as a connection does.
#[derive(Debug)]
pub(super) struct Log {
    pub at: OpenedFile,
    open: File,
    /// Until this is dropped.
    index: Option<File>,
}

/// The end of the log, as the index has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Rises by one with each commit.
    commits: u32,
    /// How many frames are committed since the log began anew.
    frames: u32,
    page: u64,
    /// Salts and checksum of the last frame, as they stand there. The first salt rises by one each
    /// time that the log begins anew.
    mark: [u8; 16],
}

const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

impl Log {
    /// That of the database at this path.
    ///
    /// # Errors
    /// Where it has none.
    pub fn beside(path: &Path) -> io::Result<Self> {
        let beside = |ending| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            name
        };
        let log = beside("-wal");
        let index = cfg!(unix)
            .then(|| open(beside("-shm").as_ref()))
            .transpose()?;
        Ok(Self {
            at: OpenedFile::at(log.as_ref())?,
            open: open(log.as_ref())?,
            index,
        })
    }

    /// Whether the log holds what was committed last, and goes on from what was seen of it; then
    /// that is seen. Where it should be whole, its head and its last page must be there, too.
    pub fn goes_on(&self, seen: &mut Option<End>, is_whole: bool) -> bool {
        loop {
            let Some(found) = self.end() else {
                // SQLite writes it at this moment, or makes it again before it goes on.
                return true;
            };
            let follows = seen.is_none_or(|seen| self.follows(&seen, &found));
            if follows && self.has(&found) && (!is_whole || self.is_whole(&found)) {
                *seen = Some(found);
                return true;
            }
            // Or the log has begun anew while it was looked at.
            if self.end() == Some(found) {
                return false;
            }
        }
    }

    /// Whether nobody has committed since that was seen, and it is still there.
    pub fn ends_at(&self, seen: &End) -> bool {
        seen.frames > 0 && self.end().as_ref() == Some(seen) && self.has(seen)
    }

    fn end(&self) -> Option<End> {
        let copies: [u8; 96] = read(self.index.as_ref()?, 0)?;
        let (index, copy) = copies.split_at(48);
        if index != copy || index.get(12) != Some(&1) {
            return None;
        }
        let number = |at| u32::from_ne_bytes(part(index, at));
        let page = u64::from(u16::from_ne_bytes(part(index, 14)));
        let mut mark = [0; 16];
        let (salts, checksum) = mark.split_at_mut(8);
        salts.copy_from_slice(&part::<8>(index, 32));
        let (first, second) = checksum.split_at_mut(4);
        first.copy_from_slice(&number(24).to_be_bytes());
        second.copy_from_slice(&number(28).to_be_bytes());
        Some(End {
            commits: number(8),
            frames: number(16),
            // 64 KiB do not fit into the number and are written as 1.
            page: if page == 1 { 65_536 } else { page },
            mark,
        })
    }

    fn follows(&self, seen: &End, found: &End) -> bool {
        if seen == found {
            return true;
        }
        let commits = found.commits.wrapping_sub(seen.commits);
        let begun = found.salt().wrapping_sub(seen.salt());
        let goes_on = match begun {
            _ if seen.frames == 0 => true,
            0 => commits > 0 && found.frames > seen.frames && self.has(seen),
            _ => begun <= u32::from(u16::MAX) && (commits > 0 || found.frames == 0),
        };
        goes_on && commits <= u32::MAX / 2
    }

    fn is_whole(&self, end: &End) -> bool {
        let salts = || read::<8>(&self.open, 16);
        let last = || read::<1>(&self.open, end.offset(end.frames) - 1);
        end.frames == 0 || salts() == Some(part(&end.mark, 0)) && last().is_some()
    }

    /// Whether the head of the last frame is there, where there is one.
    fn has(&self, end: &End) -> bool {
        if end.frames == 0 {
            return true;
        }
        let mark = read(&self.open, end.offset(end.frames.saturating_sub(1)) + 8);
        mark == Some(end.mark)
    }
}

impl End {
    fn salt(&self) -> u32 {
        u32::from_be_bytes(part(&self.mark, 0))
    }

    /// Where so many frames end.
    fn offset(&self, frames: u32) -> u64 {
        LOG_HEADER + u64::from(frames) * (FRAME_HEADER + self.page)
    }
}

/// Opens a file that is read after each commit, without the note of when it was read: that would
/// be a write of its inode each time. Only the owner of a file may ask for that.
#[cfg(target_os = "linux")]
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = rustix::fs::OFlags::NOATIME.bits().cast_signed();
    let unnoted = platform::private::options()
        .read(true)
        .custom_flags(flags)
        .open(path);
    unnoted.or_else(|_| File::open(path))
}

#[cfg(not(target_os = "linux"))]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// What follows there, or nothing where there is less.
#[cfg(unix)]
fn read<const LENGTH: usize>(file: &File, at: u64) -> Option<[u8; LENGTH]> {
    use std::os::unix::fs::FileExt;
    let mut bytes = [0; LENGTH];
    let read = file.read_exact_at(&mut bytes, at);
    read.ok().map(|()| bytes)
}

#[cfg(not(unix))]
fn read<const LENGTH: usize>(_: &File, _: u64) -> Option<[u8; LENGTH]> {
    None
}

fn part<const LENGTH: usize>(bytes: &[u8], at: usize) -> [u8; LENGTH] {
    let part = bytes.get(at..).and_then(<[u8]>::first_chunk);
    part.copied().unwrap_or([0; LENGTH])
}

/// Indexes that nobody here looks at any more. SQLite may hold locks on them, which closing them
/// would release (POSIX).
static LEFT: Mutex<Vec<File>> = Mutex::new(Vec::new());

impl Drop for Log {
    fn drop(&mut self) {
        let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
        left.retain(|index| !is_deleted(index));
        left.extend(self.index.take());
    }
}

/// SQLite deletes the index with the last connection.
#[cfg(unix)]
fn is_deleted(index: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    index.metadata().is_ok_and(|index| index.nlink() == 0)
}

#[cfg(not(unix))]
const fn is_deleted(_: &File) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use platform::private;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn an_index_is_closed_after_it_was_deleted_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        let index = folder.path().join("notes.db-shm");
        for name in ["notes.db-wal", "notes.db-shm"] {
            private::touch(&folder.path().join(name)).unwrap();
        }
        // As long as it is held, its number is given to no other.
        let held = File::open(&index).unwrap();
        let no = held.metadata().unwrap().ino();
        let is_open = || {
            let left = LEFT.lock().unwrap();
            left.iter().any(|file| file.metadata().unwrap().ino() == no)
        };
        drop(Log::beside(&path).unwrap());
        assert!(is_open());
        fs::rename(&index, folder.path().join("aside")).unwrap();
        private::touch(&index).unwrap();
        drop(Log::beside(&path).unwrap());
        assert!(is_open());
        fs::remove_file(folder.path().join("aside")).unwrap();
        drop(Log::beside(&path).unwrap());
        assert!(!is_open());
    }
}
