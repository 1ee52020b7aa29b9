//! The files of a SQLite database that this process alone writes: whether they are still those that were opened, and whether
//! somebody else has written into them. It writes nothing.
//!
//! A copy over an open file (`cp backup.db store.db`) keeps its inode, and SQLite does not notice: it goes on with what it has in
//! memory, and what it commits is lost. Two things tell:
//! - Only a checkpoint writes the file itself. Each is announced here; at all other times size and time of change stay.
//! - The write-ahead log begins with a header whose counter and first salt rise by one together each time that the log begins
//!   anew (SQLite, "WAL-mode File Format"), and it never becomes shorter while it is open.
//!
//! No file is opened here but the log: closing another one would release the locks that SQLite holds on it (POSIX).

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use platform::opened_file::OpenedFile;

/// The files of an open database. Cheap to clone; all that write it in this process share one.
#[derive(Debug, Clone)]
pub struct SqliteFiles(Arc<Files>);

#[derive(Debug)]
struct Files {
    main: OpenedFile,
    log: OnceLock<Log>,
    state: Mutex<State>,
}

/// The write-ahead log, which exists as long as a connection does.
#[derive(Debug)]
struct Log {
    at: OpenedFile,
    open: File,
}

#[derive(Debug)]
struct State {
    /// As the last checkpoint left the file.
    written: Written,
    /// How many checkpoints are under way.
    checkpoints: u32,
    /// As far as the log has been seen.
    header: Option<Header>,
    length: u64,
    /// Closing the last connection copies the log back and deletes it.
    is_closed: bool,
    /// What somebody else has done; nothing makes that good while the files are open.
    spoilt: Option<String>,
}

/// Size, and time of change.
type Written = (u64, Option<SystemTime>);
/// The header of the log.
type Header = [u8; 32];

fn written(file: &Metadata) -> Written {
    (file.len(), file.modified().ok().filter(|_| cfg!(unix)))
}

impl SqliteFiles {
    /// A file that is about to be opened.
    ///
    /// # Errors
    /// Where there is none.
    pub fn at(path: &Path) -> io::Result<Self> {
        let main = OpenedFile::at(path)?;
        let found = main.look().map_err(io::Error::other)?;
        let state = State {
            written: written(&found),
            checkpoints: 0,
            header: None,
            length: 0,
            is_closed: false,
            spoilt: None,
        };
        Ok(Self(Arc::new(Files {
            main,
            log: OnceLock::new(),
            state: Mutex::new(state),
        })))
    }

    /// The file is open, its tables are up to date, and its log is beside it: from now on nobody else writes either.
    ///
    /// # Errors
    /// Where one of them is not there.
    pub fn opened(&self, path: &Path) -> io::Result<()> {
        let mut name = path.as_os_str().to_owned();
        name.push("-wal");
        let log = Log {
            at: OpenedFile::at(name.as_ref())?,
            open: File::open(&name)?,
        };
        let mut state = self.state();
        state.written = written(&self.0.main.look().map_err(io::Error::other)?);
        // Another one has noted it.
        drop(self.0.log.set(log));
        Ok(())
    }

    /// Whether the files are those that were opened, and as this process left them: a few microseconds.
    ///
    /// # Errors
    /// What has become of them, with what to do.
    pub fn check(&self) -> Result<(), String> {
        self.checked(&mut self.state(), true)
    }

    /// The same after a commit, which lengthens the log: that the log is at its path is not asked.
    ///
    /// # Errors
    /// As [`SqliteFiles::check`].
    pub fn check_commit(&self) -> Result<(), String> {
        self.checked(&mut self.state(), false)
    }

    /// Announces a checkpoint; it ends when this is dropped.
    ///
    /// # Errors
    /// As [`SqliteFiles::check`]: nothing should be copied into the file.
    pub fn checkpoint(&self) -> Result<Checkpoint, String> {
        let mut state = self.state();
        self.checked(&mut state, true)?;
        state.checkpoints += 1;
        Ok(Checkpoint(self.clone()))
    }

    /// The files are about to be closed: nothing more is committed.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let locked = self.0.state.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    fn checked(&self, state: &mut State, with_length: bool) -> Result<(), String> {
        if state.is_closed {
            return Ok(());
        }
        let main = self.0.main.look()?;
        let Some(log) = self.0.log.get() else {
            return Ok(());
        };
        if with_length {
            let length = log.at.look()?.len();
            if length < state.length {
                state.spoil("its write-ahead log was cut off");
            }
            state.length = length;
        }
        if !log.goes_on(&mut state.header) {
            state.spoil("its write-ahead log was overwritten");
        }
        if state.checkpoints == 0 && written(&main) != state.written {
            state.spoil("it was overwritten");
        }
        let Some(what) = &state.spoilt else {
            return Ok(());
        };
        Err(format!(
            "{}: {what} by another program while PayFlow had it open: stop PayFlow and run `payflow verify`. Where that finds nothing \
             wrong (a file was only touched), start it again; where the file was overwritten, restore the store from a backup",
            self.0.main.path().display()
        ))
    }
}

impl State {
    fn spoil(&mut self, what: &str) {
        self.spoilt.get_or_insert_with(|| what.to_owned());
    }
}

impl Log {
    /// Whether the log has the header that was seen, or that of a later beginning, which is then seen.
    fn goes_on(&self, seen: &mut Option<Header>) -> bool {
        // A second time, where it was read while SQLite wrote it.
        (0..2).any(|_| {
            let found = self.header();
            let goes_on = match (*seen, found) {
                (None, None) => true,
                (Some(_), None) => false,
                (None, Some(found)) => is_header(&found),
                (Some(seen), Some(found)) => {
                    seen == found || is_header(&found) && is_later(&seen, &found)
                }
            };
            if goes_on {
                *seen = found;
            }
            goes_on
        })
    }

    /// None where nothing was written yet.
    #[cfg(unix)]
    fn header(&self) -> Option<Header> {
        use std::os::unix::fs::FileExt;
        let mut header = [0; 32];
        let read = self.open.read_exact_at(&mut header, 0);
        read.ok().map(|()| header)
    }

    #[cfg(not(unix))]
    fn header(&self) -> Option<Header> {
        None
    }
}

fn number(header: &Header, at: usize) -> u32 {
    let bytes = header.iter().skip(at).take(4);
    bytes.fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn is_header(found: &Header) -> bool {
    matches!(number(found, 0), 0x377f_0682 | 0x377f_0683)
}

fn is_later(seen: &Header, found: &Header) -> bool {
    let risen = |at| number(found, at).wrapping_sub(number(seen, at));
    let (checkpoints, salt) = (risen(12), risen(16));
    checkpoints == salt && (1..=u32::from(u16::MAX)).contains(&salt)
}

/// A checkpoint under way.
#[derive(Debug)]
pub struct Checkpoint(SqliteFiles);

impl Drop for Checkpoint {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.checkpoints = state.checkpoints.saturating_sub(1);
        // A file that is gone or replaced is noticed by the next look.
        if let Ok(found) = self.0.0.main.look() {
            state.written = written(&found);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::{Db, DbError, Migration, args};
    use std::fs;
    use std::os::unix::fs::FileExt;

    const NOTES: &[Migration] = &[Migration {
        version: 1,
        name: "notes",
        sql: "CREATE TABLE notes (no BIGINT PRIMARY KEY, text TEXT NOT NULL)",
    }];
    const INSERT: &str = "INSERT INTO notes (no, text) VALUES ($1, $2)";

    async fn write(db: &Db, no: i64) -> Result<u64, DbError> {
        let text = "x".repeat(10_000);
        db.execute(INSERT, args![no, text]).await
    }

    #[tokio::test]
    async fn what_this_process_writes_itself_is_as_it_should_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        let db = Db::open_sqlite(&path, NOTES).await.unwrap();
        let empty = fs::metadata(&path).unwrap().len();
        let mut no = 0;
        // Until the log was copied back, and began anew since.
        while fs::metadata(&path).unwrap().len() == empty || no < 1_000 {
            write(&db, no).await.unwrap();
            no += 1;
        }
        assert!(
            fs::metadata(folder.path().join("notes.db-wal"))
                .unwrap()
                .len()
                < 9_000_000
        );
        db.check().await.unwrap();
        db.close().await;
    }

    #[tokio::test]
    async fn a_shorter_log_and_a_later_time_of_change_are_noticed() {
        for is_log in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("notes.db");
            let db = Db::open_sqlite(&path, NOTES).await.unwrap();
            write(&db, 1).await.unwrap();
            let log = folder.path().join("notes.db-wal");
            let file =
                platform::private::options()
                    .write(true)
                    .open(if is_log { &log } else { &path });
            let file = file.unwrap();
            match is_log {
                true => file.set_len(fs::metadata(&log).unwrap().len() - 1).unwrap(),
                false => file.set_modified(SystemTime::UNIX_EPOCH).unwrap(),
            }
            let checked = db.check().await;
            assert!(
                matches!(checked, Err(DbError::HistoryLost(_))),
                "{checked:?}"
            );
            assert!(matches!(write(&db, 2).await, Err(DbError::HistoryLost(_))));
        }
    }

    #[tokio::test]
    async fn health_tells_of_a_page_that_could_not_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        let db = Db::open_sqlite(&path, NOTES).await.unwrap();
        for no in 0..100 {
            write(&db, no).await.unwrap();
        }
        db.close().await;
        let file = platform::private::options().write(true).open(&path);
        let length = usize::try_from(fs::metadata(&path).unwrap().len()).unwrap();
        let damage = vec![0x5a; length - 8 * 4_096];
        file.unwrap().write_all_at(&damage, 8 * 4_096).unwrap();
        let db = Db::open_sqlite(&path, NOTES).await.unwrap();
        db.check().await.unwrap();
        let read = db.fetch_all::<(String,)>("SELECT text FROM notes", vec![]);
        assert!(matches!(read.await, Err(DbError::Damaged(_))));
        for _ in 0..2 {
            assert!(matches!(db.check().await, Err(DbError::Damaged(_))));
        }
    }

    #[test]
    fn a_log_that_began_anew_is_told_from_another_one() {
        let header = |checkpoints: u32, salt: u32| {
            let mut header = [0; 32];
            let parts = [(0, 0x377f_0682), (12, checkpoints), (16, salt)];
            for (at, part) in parts {
                header[at..at + 4].copy_from_slice(&u32::to_be_bytes(part));
            }
            header
        };
        let seen = header(3, u32::MAX);
        assert!(is_header(&seen) && !is_header(&[0; 32]));
        assert!(is_later(&seen, &header(4, 0)) && is_later(&seen, &header(9, 5)));
        for (checkpoints, salt) in [(3, 7), (2, u32::MAX - 1), (0, 0), (4, 1)] {
            assert!(!is_later(&seen, &header(checkpoints, salt)));
        }
    }
}
