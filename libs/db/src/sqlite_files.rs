//! The files of a SQLite database that this process alone writes: whether they are still those that
//! were opened, and whether somebody else has written into them. Beside them it notes what a later
//! start has to know ([`head`], [`mark`]); them it does not write.
//!
//! A copy over an open file (`cp backup.db store.db`) keeps its inode, and SQLite does not notice:
//! it goes on with what it has in memory, and what it commits is lost. Two things tell:
//! - Only a checkpoint writes the file itself. Each is announced here; at all other times size and
//!   time of change stay.
//! - The write-ahead log holds the commit that SQLite made last ([`log`]).
//!
//! The file itself is not opened here: closing it would release the locks that SQLite holds on it
//! (POSIX).

mod head;
mod log;
mod mark;

use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use head::Head;
pub use head::noted_head;
use log::{End, Log};
pub use mark::noted_loss;
use platform::opened_file::OpenedFile;

use super::DbError;

/// The files of an open database. Cheap to clone; all that write it in this process share one.
#[derive(Debug, Clone)]
pub struct SqliteFiles(Arc<Files>);

#[derive(Debug)]
struct Files {
    main: OpenedFile,
    log: OnceLock<Log>,
    head: OnceLock<Head>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// As the last checkpoint left the file.
    written: Written,
    /// How many checkpoints are under way.
    checkpoints: u32,
    /// As far as the log has been seen.
    end: Option<End>,
    /// Closing the last connection copies the log back and deletes it.
    is_closed: bool,
    /// What somebody else has done; nothing makes that good while the files are open.
    spoilt: Option<&'static str>,
    /// Whether what was noticed is noted for the next start.
    is_noted: bool,
}

/// Size, and time of change.
type Written = (u64, Option<SystemTime>);

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
            end: None,
            is_closed: false,
            spoilt: None,
            is_noted: false,
        };
        Ok(Self(Arc::new(Files {
            main,
            log: OnceLock::new(),
            head: OnceLock::new(),
            state: Mutex::new(state),
        })))
    }

    /// The file is open, its tables are up to date, and its log is beside it: from now on nobody
    /// else writes either.
    ///
    /// # Errors
    /// Where one of them is not there.
    pub fn opened(&self, path: &Path) -> io::Result<()> {
        if self.0.log.get().is_none() {
            // Another one may note it meanwhile.
            drop(self.0.log.set(Log::beside(path)?));
            drop(self.0.head.set(Head::beside(path)?));
        }
        let mut state = self.state();
        state.written = written(&self.0.main.look().map_err(io::Error::other)?);
        Ok(())
    }

    /// Whether the files are those that were opened, and as this process left them: a few
    /// microseconds.
    ///
    /// # Errors
    /// What has become of them, with what to do.
    pub fn check(&self) -> Result<(), String> {
        self.checked(&mut self.state(), true)
    }

    /// The same after a commit: not whether the log is at its path and as long as it should be.
    ///
    /// # Errors
    /// As [`SqliteFiles::check`].
    pub fn check_commit(&self) -> Result<(), String> {
        self.checked(&mut self.state(), false)
    }

    /// Soon after one of these: only whether the log still ends as it did. Two small reads, where
    /// nobody has committed since.
    ///
    /// # Errors
    /// As [`SqliteFiles::check`].
    pub fn check_log(&self) -> Result<(), String> {
        let mut state = self.state();
        match (self.0.log.get(), &state.end, state.spoilt) {
            (Some(log), Some(end), None) if log.ends_at(end) => Ok(()),
            _ => self.checked(&mut state, false),
        }
    }

    /// Notes beside the file an entry of its log that is committed, and on the disk.
    pub fn note_head(&self, no: i64, hash: &[u8]) {
        if let Some(head) = self.0.head.get() {
            head.note(no, hash);
        }
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

    /// The files are about to be closed: nothing more is committed. Whether they are as they should
    /// be.
    pub(super) fn close(&self) -> bool {
        let mut state = self.state();
        let checked = self.checked(&mut state, true);
        state.is_closed = true;
        checked.is_ok()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let locked = self.0.state.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    /// What is noticed leaves a mark for the next start; one of a file that is back is taken back.
    fn checked(&self, state: &mut State, is_thorough: bool) -> Result<(), String> {
        if state.is_closed {
            return Ok(());
        }
        let looked = self.looked(state, is_thorough);
        let path = self.0.main.path();
        // Where it does not succeed, the next look tries again.
        match &looked {
            Err(what) if !state.is_noted => state.is_noted = mark::leave(path, what).is_ok(),
            Ok(()) if state.is_noted => state.is_noted = mark::take_back(path).is_err(),
            _ => {}
        }
        looked
    }

    fn looked(&self, state: &mut State, is_thorough: bool) -> Result<(), String> {
        let main = self.0.main.look()?;
        let Some(log) = self.0.log.get() else {
            return Ok(());
        };
        // A log that was found gone is not back before it is looked at again.
        if is_thorough || state.is_noted {
            log.at.check()?;
        }
        if state.spoilt.is_none() {
            let goes_on = log.goes_on(&mut state.end, is_thorough);
            if state.checkpoints == 0 && written(&main) != state.written {
                state.spoilt = Some(OVERWRITTEN);
            }
            if !goes_on {
                state.spoilt = Some(LOG_OVERWRITTEN);
            }
        }
        match state.spoilt {
            Some(what) => Err(format!("{}: {what}", self.0.main.path().display())),
            None => Ok(()),
        }
    }
}

/// Goes on with a database that nobody has open as it is: what earlier processes have noted beside
/// it, of its log and of a loss, is forgotten.
///
/// # Errors
/// Where that cannot be written.
pub fn accept_loss(path: &Path) -> io::Result<()> {
    head::forget(path)?;
    mark::take_back(path)
}

/// Refuses a file that has another name. SQLite keeps the log and the locks beside each name: two
/// servers that open the file under different ones do not see each other, and neither sees what the
/// other has committed.
pub(super) fn must_have_one_name(path: &Path) -> Result<(), DbError> {
    #[cfg(unix)]
    {
        let found = std::fs::metadata(path);
        let found = found.map_err(|error| DbError::Damaged(error.into()))?;
        let names = std::os::unix::fs::MetadataExt::nlink(&found);
        if names > 1 {
            let path = path.display();
            return Err(DbError::Unusable(
                format!(
                    "{path} has {names} names (hard links), under each of which another program may write it: copy it to a file of \
                     its own (cp {path} {path}.copy && mv {path}.copy {path}, while nothing has it open), or delete the other names"
                )
                .into(),
            ));
        }
    }
    Ok(())
}

const OVERWRITTEN: &str = "it was overwritten by another program while PayFlow had it open: stop PayFlow and run `payflow verify`. \
    Where that finds nothing else wrong (a file was only touched, or another program copied the write-ahead log back), go on with \
    `payflow history accept`; where the file was overwritten, restore the store from a backup";
const LOG_OVERWRITTEN: &str = "its write-ahead log was overwritten or cut off by another program while PayFlow had it open, and what \
    was committed last may be gone: stop PayFlow and restore the store from a backup. `payflow verify` cannot tell what is missing";

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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::{Db, Migration, args};
    use std::fs;
    use std::os::unix::fs::FileExt;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

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

    async fn opened(folder: &Path) -> (Db, PathBuf, PathBuf) {
        let [path, log] = ["notes.db", "notes.db-wal"].map(|name| folder.join(name));
        let db = Db::open_sqlite(&path, NOTES).await.unwrap();
        (db, path, log)
    }

    fn is_lost<T: std::fmt::Debug>(done: &Result<T, DbError>) {
        assert!(matches!(done, Err(DbError::HistoryLost(_))), "{done:?}");
    }

    #[tokio::test]
    async fn a_file_with_another_name_is_refused_until_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (db, path, _) = opened(folder.path()).await;
        db.close().await;
        let other = folder.path().join("other.db");
        fs::hard_link(&path, &other).unwrap();
        for name in [&path, &other] {
            let refused = Db::open_sqlite(name, NOTES).await.unwrap_err().to_string();
            assert!(refused.contains("has 2 names (hard links)"), "{refused}");
        }
        fs::remove_file(other).unwrap();
        let (db, ..) = opened(folder.path()).await;
        write(&db, 1).await.unwrap();
    }

    #[tokio::test]
    async fn what_this_process_writes_itself_is_as_it_should_be() {
        let folder = tempfile::tempdir().unwrap();
        let (db, path, log) = opened(folder.path()).await;
        let empty = fs::metadata(&path).unwrap().len();
        let files = db.history().files().unwrap().clone();
        let has_ended = Arc::new(AtomicBool::new(false));
        // Somebody looks at every moment of it.
        let looks = std::thread::spawn({
            let (files, has_ended) = (files.clone(), has_ended.clone());
            move || {
                while !has_ended.load(Relaxed) {
                    assert_eq!(files.check(), Ok(()));
                }
            }
        });
        let mut no = 0;
        // Until the log was copied back, and began anew since.
        while fs::metadata(&path).unwrap().len() == empty || no < 1_000 {
            write(&db, no).await.unwrap();
            no += 1;
        }
        has_ended.store(true, Relaxed);
        looks.join().unwrap();
        assert!(fs::metadata(log).unwrap().len() < 9_000_000);
        db.check().await.unwrap();
        db.close().await;
    }

    #[tokio::test]
    async fn a_file_that_was_deleted_or_replaced_stands_against_a_start_until_it_is_back() {
        for (ending, is_replaced) in [("", false), ("", true), ("-wal", false), ("-wal", true)] {
            let folder = tempfile::tempdir().unwrap();
            let (db, path, _) = opened(folder.path()).await;
            write(&db, 1).await.unwrap();
            let [file, aside] = [format!("notes.db{ending}"), "aside".to_owned()]
                .map(|name| folder.path().join(name));
            fs::rename(&file, &aside).unwrap();
            if is_replaced {
                platform::private::touch(&file).unwrap();
                put_back(&file, &fs::read(&aside).unwrap(), false);
            }
            is_lost(&write(&db, 2).await);
            let noted = noted_loss(&path).unwrap();
            let what = if is_replaced {
                "was replaced"
            } else {
                "was deleted"
            };
            assert!(noted.contains(what), "{noted}");
            // The right one is back: there is nothing to accept.
            fs::rename(&aside, &file).unwrap();
            write(&db, 2).await.unwrap();
            assert_eq!(noted_loss(&path), None);

            fs::rename(&file, &aside).unwrap();
            is_lost(&db.check().await);
            db.close().await;
            let refused = Db::open_sqlite(&path, NOTES).await.unwrap_err().to_string();
            assert!(refused.contains("`payflow history accept`"), "{refused}");
        }
    }

    /// As `cp` does it, and as `dd conv=notrunc`.
    fn put_back(path: &Path, older: &[u8], is_cut_off: bool) {
        let mut options = platform::private::options();
        let file = options.write(true).truncate(is_cut_off).open(path);
        file.unwrap().write_all_at(older, 0).unwrap();
    }

    #[tokio::test]
    async fn an_older_log_copied_back_between_two_commits_is_noticed() {
        for (has_begun_anew, is_cut_off) in [(false, true), (true, true), (true, false)] {
            let folder = tempfile::tempdir().unwrap();
            let (db, path, log) = opened(folder.path()).await;
            write(&db, 0).await.unwrap();
            let header = |log: &[u8]| log[..32].to_vec();
            let first = header(&fs::read(&log).unwrap());
            let mut no = 1;
            while has_begun_anew && header(&fs::read(&log).unwrap()) == first {
                write(&db, no).await.unwrap();
                no += 1;
            }
            let older = fs::read(&log).unwrap();
            write(&db, no).await.unwrap();
            let length = fs::metadata(&log).unwrap().len();
            assert_eq!(older.len() as u64 == length, has_begun_anew);
            put_back(&log, &older, is_cut_off);
            is_lost(&write(&db, no + 1).await);
            is_lost(&db.check().await);
            db.close().await;
            assert_eq!(fs::read(&log).unwrap(), older, "nor is it copied back");
            // Nor does another start go on with what is left.
            let refused = Db::open_sqlite(&path, NOTES).await.unwrap_err().to_string();
            let mark = path.with_extension("history-lost");
            assert!(refused.contains("`payflow history accept`"), "{refused}");
            let noted = fs::read_to_string(mark).unwrap();
            assert!(noted.contains("write-ahead log was overwritten"), "{noted}");
            accept_loss(&path).unwrap();
            assert_eq!(noted_loss(&path), None);
        }
    }

    #[tokio::test]
    async fn an_older_log_copied_back_during_a_commit_or_a_checkpoint_is_noticed() {
        for is_checkpoint in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (db, _, log) = opened(folder.path()).await;
            write(&db, 1).await.unwrap();
            let older = fs::read(&log).unwrap();
            write(&db, 2).await.unwrap();
            if is_checkpoint {
                let files = db.history().files().unwrap();
                let under_way = files.checkpoint().unwrap();
                put_back(&log, &older, true);
                drop(under_way);
            } else {
                let mut tx = db.begin().await.unwrap();
                tx.execute(INSERT, args![3, ""]).await.unwrap();
                put_back(&log, &older, true);
                is_lost(&tx.commit().await);
            }
            is_lost(&write(&db, 4).await);
        }
    }

    #[tokio::test]
    async fn an_older_index_is_noticed_alone_and_with_its_log() {
        for with_log in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (db, _, log) = opened(folder.path()).await;
            write(&db, 1).await.unwrap();
            let index = folder.path().join("notes.db-shm");
            let older = [&log, &index].map(|file| fs::read(file).unwrap());
            write(&db, 2).await.unwrap();
            if with_log {
                put_back(&log, &older[0], true);
            }
            put_back(&index, &older[1], false);
            is_lost(&write(&db, 3).await);
        }
    }

    #[tokio::test]
    async fn a_log_cut_off_and_made_longer_again_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (db, _, log) = opened(folder.path()).await;
        write(&db, 1).await.unwrap();
        let file = platform::private::options().write(true).open(&log).unwrap();
        let length = file.metadata().unwrap().len();
        file.set_len(length / 2).unwrap();
        file.set_len(length).unwrap();
        is_lost(&write(&db, 2).await);
    }

    #[tokio::test]
    async fn a_log_that_holds_nothing_is_no_obstacle_to_a_start() {
        for byte in [0, 0x5a] {
            let folder = tempfile::tempdir().unwrap();
            let (db, _, log) = opened(folder.path()).await;
            write(&db, 1).await.unwrap();
            db.close().await;
            platform::private::touch(&log).unwrap();
            put_back(&log, &[byte; 50_000], true);
            let (db, ..) = opened(folder.path()).await;
            write(&db, 2).await.unwrap();
            db.check().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_shorter_log_and_a_later_time_of_change_are_noticed() {
        for is_log in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (db, path, log) = opened(folder.path()).await;
            write(&db, 1).await.unwrap();
            let file =
                platform::private::options()
                    .write(true)
                    .open(if is_log { &log } else { &path });
            let file = file.unwrap();
            match is_log {
                true => file.set_len(fs::metadata(&log).unwrap().len() - 1).unwrap(),
                false => file.set_modified(SystemTime::UNIX_EPOCH).unwrap(),
            }
            is_lost(&db.check().await);
            is_lost(&write(&db, 2).await);
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
}
