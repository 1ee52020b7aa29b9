//! The journal's store on SQLite: one connection of its own with prepared statements. The file is
//! locked to one process by its data folder, so the head row needs no other lock than the write
//! transaction.

mod checkpoint;
mod statement;
mod write;

use std::path::Path;
use std::time::{Duration, Instant};

use db::SqliteFiles;
use ledger::AccountNo;
use payments_core::batch::{ExternalId, Loaded, Position, Wanted, Writes};
use payments_core::batch::{HistorySummary, LimitWindow};
use payments_core::wallet::{Used, WALLET};
use rusqlite::{
    CachedStatement, Connection, ErrorCode, OpenFlags, OptionalExtension, Params, params,
};
use uuid::Uuid;

use checkpoint::{Checkpointer, Limits};

use super::documents;
use super::rows::{self, CellError, Cells};
use super::store::{OPEN_WALLETS, OPENED_WALLETS, SPENT_FROM, Store, StoreError};
use super::summary::{self, SUMMARY};

/// Whose it is that lies in the WAL without a sync that worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Remains {
    /// A process was here before this one: a power cut could still take its last commit.
    Predecessor,
    /// A commit broke: a crash could bring it back.
    BrokenCommit,
}

/// The journal's store on a SQLite file whose tables exist.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    /// The head row as `begin` read it.
    before: Position,
    /// Where the file is one that another connection can open.
    checkpointer: Option<Checkpointer>,
    /// None of a file of another file system.
    files: Option<SqliteFiles>,
    /// When all of them were in place.
    looked_at: Option<Instant>,
    /// What may lie in the WAL without a sync that worked.
    remains: Option<Remains>,
}

impl SqliteStore {
    /// Opens the file, which must exist and which nothing else in this process writes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let files = SqliteFiles::at(path);
        let files = files.map_err(|error| StoreError::Damaged(error.to_string()))?;
        Self::open_shared(path, files)
    }

    /// The same where others in this process write these files, too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_shared(path: &Path, files: SqliteFiles) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.execute_batch(PRAGMAS)?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        files
            .opened(path)
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let checkpointer = Checkpointer::start(path, files.clone(), Limits::default())?;
        Ok(Self {
            checkpointer: Some(checkpointer),
            files: Some(files),
            ..Self::over(connection)
        })
    }

    /// The store over a connection that is open and has its settings, [`PRAGMAS`], whatever file
    /// system it came by.
    #[must_use]
    pub fn over(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(64);
        Self {
            connection,
            before: Position::default(),
            checkpointer: None,
            files: None,
            looked_at: None,
            remains: Some(Remains::Predecessor),
        }
    }

    /// Lets the file grow to this many pages of 4 KiB and no further; beyond it, commits are
    /// [`StoreError::Full`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn limit_pages(&self, pages: u32) -> Result<(), StoreError> {
        let sql = format!("PRAGMA max_page_count = {pages}");
        Ok(self.connection.query_row(&sql, [], |_| Ok(()))?)
    }

    /// A commit of its own takes the place of what broke and syncs what there is: from then on,
    /// what is read is what a restart would read.
    fn settle(&mut self) -> Result<(), StoreError> {
        if self.remains.is_some() {
            let overwritten = self.connection.execute_batch(OVERWRITE);
            self.rollback();
            overwritten?;
            self.remains = None;
        }
        Ok(())
    }

    /// What is written goes into the files that are at their paths, and nobody else has written
    /// there. For each commit less is asked: whether the log still ends where it did, and after it
    /// whether it has gone on from there.
    fn in_place(&mut self, ask: fn(&SqliteFiles) -> Result<(), String>) -> Result<(), StoreError> {
        let Some(files) = &self.files else {
            return Ok(());
        };
        let known = self.looked_at.take();
        let known = known.filter(|at| at.elapsed() < LOOKED_AT_FOR);
        let checked = known.map_or_else(|| files.check(), |_| ask(files));
        checked.map_err(StoreError::Lost)?;
        self.looked_at = known.or_else(|| Some(Instant::now()));
        Ok(())
    }

    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        Ok(self.connection.prepare_cached(sql)?)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(text),
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::SystemIoFailure,
            ) => Self::Unavailable(text),
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied,
            ) => Self::Damaged(text),
            _ => Self::Statement(text),
        }
    }
}

impl Store for SqliteStore {
    fn begin(&mut self) -> Result<Position, StoreError> {
        self.in_place(SqliteFiles::check_log)?;
        match self.settle() {
            // A file that cannot be written has not been since, either.
            Err(StoreError::Damaged(_)) if self.remains == Some(Remains::Predecessor) => {}
            settled => settled?,
        }
        self.prepare("BEGIN IMMEDIATE")?.execute([])?;
        self.before = self.head()?;
        Ok(self.before)
    }

    fn load(&mut self, wanted: &Wanted) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        self.load_accounts(wanted, &mut loaded)?;
        let ids = |ids: &[Uuid]| ids.iter().map(|id| *id.as_bytes()).collect::<Vec<_>>();
        loaded.transfers = self.find(
            "transfers",
            rows::TRANSFER,
            &ids(&wanted.transfers),
            rows::transfer,
        )?;
        loaded.holds = self.find("holds", rows::HOLD, &ids(&wanted.holds), rows::hold)?;
        loaded.transactions = self.find(
            "transactions",
            rows::TRANSACTION,
            &ids(&wanted.transactions),
            rows::transaction,
        )?;
        let mut statement =
            self.prepare("SELECT 1 FROM external_ids WHERE owner = ?1 AND external_id = ?2")?;
        for id in &wanted.external_ids {
            if statement.exists(params![id.owner.as_bytes(), id.text])? {
                loaded.external_ids.push(ExternalId {
                    owner: id.owner,
                    text: id.text.clone(),
                });
            }
        }
        let mut statement = self.prepare(&format!("{} = ?1", *documents::SELECT_ANSWERS))?;
        for scope in &wanted.scopes {
            let found = find_one(&mut statement, [scope.to_be_bytes()], documents::answer)?;
            loaded.answers.extend(found);
        }
        Ok(loaded)
    }

    fn summary(&mut self, batch: u64) -> Result<HistorySummary, StoreError> {
        let mut statement = self.prepare(&SUMMARY)?;
        summary::of(find_all(
            &mut statement,
            [batch.cast_signed()],
            summary::summary_row,
        )?)
    }

    fn used(&mut self, window: &LimitWindow) -> Result<Vec<(AccountNo, Used)>, StoreError> {
        let mut statement = self.prepare(summary::AHEAD)?;
        let keys = [window.time.day(), window.time.month()];
        let ahead = find_all(&mut statement, keys, |cells| Ok(AccountNo(cells.number()?)))?;
        let mut statement = self.prepare(&summary::COUNTED)?;
        let [before_day, day, before_month, month] = summary::numbers(window);
        let nobody = Uuid::nil().into_bytes();
        let keys = params![before_day, day, before_month, month, nobody];
        let counted = find_all(&mut statement, keys, summary::counted)?;
        Ok(summary::used(window, ahead, counted))
    }

    fn commit(&mut self, writes: &Writes<'_>) -> Result<(), StoreError> {
        let written = write::rows(&self.connection, &self.before, writes);
        if let Err(error) = written {
            self.rollback();
            return Err(error);
        }
        let committed = self.prepare("COMMIT")?.execute([]);
        match committed {
            Ok(_) => {
                self.remains = None;
                if let Some(checkpointer) = &mut self.checkpointer {
                    let rows = writes.transfers.len() + EVENT_ROWS * writes.events.len();
                    checkpointer.committed(&self.connection, rows);
                }
                // The files may have gone meanwhile, and the batch with them.
                self.in_place(SqliteFiles::check_commit)?;
                if let Some(files) = &self.files {
                    let Position { batch, hash, .. } = writes.position;
                    files.note_head(batch.cast_signed(), &hash);
                }
                Ok(())
            }
            Err(error) => {
                let error = StoreError::from(error);
                self.rollback();
                match error {
                    // The file system failed while the commit was written: only the file knows.
                    StoreError::Unavailable(reason) => {
                        self.remains = Some(Remains::BrokenCommit);
                        Err(StoreError::CommitBroke(reason))
                    }
                    error => Err(error),
                }
            }
        }
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!(%error, "a rollback failed");
        }
    }

    fn position(&mut self) -> Result<Position, StoreError> {
        self.in_place(SqliteFiles::check)?;
        match self.settle() {
            // Where nothing can be written, one can still read.
            Err(StoreError::Damaged(_) | StoreError::Full(_))
                if self.remains == Some(Remains::Predecessor) => {}
            settled => settled?,
        }
        self.head()
    }

    fn batch_hash(&mut self, batch: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let sql = "SELECT hash FROM batches WHERE no = ?1";
        Ok(self
            .prepare(sql)?
            .query_row([batch.cast_signed()], |row| row.get(0))
            .optional()?)
    }
}

/// A commit that changes nothing in the end. Both updates change the row, or SQLite would write
/// nothing at all.
const OVERWRITE: &str =
    "BEGIN IMMEDIATE; UPDATE head SET batch = batch + 1; UPDATE head SET batch = batch - 1; COMMIT";

/// The row with this key, if there is one.
fn find_one<T>(
    statement: &mut CachedStatement<'_>,
    key: impl Params,
    read: fn(&mut Cells<'_>) -> Result<T, CellError>,
) -> Result<Option<T>, StoreError> {
    let mut found = statement.query(key)?;
    match found.next()? {
        Some(row) => Ok(Some(read(&mut Cells::of(row))?)),
        None => Ok(None),
    }
}

/// All rows.
fn find_all<T>(
    statement: &mut CachedStatement<'_>,
    keys: impl Params,
    read: fn(&mut Cells<'_>) -> Result<T, CellError>,
) -> Result<Vec<T>, StoreError> {
    let mut found = statement.query(keys)?;
    let mut values = Vec::new();
    while let Some(row) = found.next()? {
        values.push(read(&mut Cells::of(row))?);
    }
    Ok(values)
}

impl SqliteStore {
    fn head(&self) -> Result<Position, StoreError> {
        let mut statement = self.prepare(&format!("SELECT {} FROM head", rows::HEAD))?;
        find_one(&mut statement, [], rows::position)?
            .ok_or_else(|| StoreError::Damaged("the table `head` is empty".to_owned()))
    }

    /// The rows with these ids; few or none in most batches.
    fn find<T>(
        &self,
        table: &str,
        columns: &str,
        ids: &[[u8; 16]],
        read: fn(&mut Cells<'_>) -> Result<T, CellError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        if !ids.is_empty() {
            let sql = format!("SELECT {columns} FROM {table} WHERE id = ?1");
            let mut statement = self.prepare(&sql)?;
            for id in ids {
                found.extend(find_one(&mut statement, [id], read)?);
            }
        }
        Ok(found)
    }

    fn load_accounts(&self, wanted: &Wanted, loaded: &mut Loaded) -> Result<(), StoreError> {
        let ids: Vec<_> = wanted.accounts.iter().map(|id| *id.as_bytes()).collect();
        loaded.accounts = self.find(rows::ACCOUNTS, rows::ACCOUNT, &ids, rows::account)?;
        let sql = format!(
            "SELECT {} FROM {} WHERE no = ?1",
            rows::ACCOUNT,
            rows::ACCOUNTS
        );
        let mut by_no = self.prepare(&sql)?;
        let mut nos: Vec<_> = wanted
            .account_nos
            .iter()
            .map(|no| no.0.cast_signed())
            .collect();
        for owner in &wanted.owners {
            let mut open = self.prepare(OPEN_WALLETS)?;
            for no in open.query_map([owner.as_bytes()], |row| row.get(0))? {
                nos.push(no?);
            }
        }
        for (owner, most) in &wanted.opened {
            let count = self
                .prepare(OPENED_WALLETS)?
                .query_row((owner.as_bytes(), most), |row| row.get::<_, i64>(0))?;
            loaded.opened.push((*owner, count.unsigned_abs()));
        }
        for (owner, month) in &wanted.spenders {
            let mut wallets = Vec::new();
            let mut spent = self.prepare(SPENT_FROM)?;
            for no in spent.query_map((owner.as_bytes(), month), |row| row.get::<_, i64>(0))? {
                wallets.push(AccountNo(no?.cast_unsigned()));
            }
            loaded.spent.push((*owner, wallets));
        }
        for no in nos {
            loaded
                .accounts
                .extend(find_one(&mut by_no, [no], rows::account)?);
        }
        let sql = format!("SELECT {} FROM wallets WHERE account = ?1", rows::WALLET);
        let mut statement = self.prepare(&sql)?;
        for found in loaded
            .accounts
            .iter()
            .filter(|account| account.code == WALLET)
        {
            let no = found.no.0.cast_signed();
            loaded
                .wallets
                .extend(find_one(&mut statement, [no], rows::wallet)?);
        }
        Ok(())
    }
}

/// For so long the files are taken to be where they were, but for what is asked at each commit.
const LOOKED_AT_FOR: Duration = Duration::from_millis(100);

/// How many rows of transfers have the room of an event with its transaction.
const EVENT_ROWS: usize = 8;

/// The settings of the journal's connection; the yardstick of the benchmark has the same.
///
/// FULL: a commit returns when it is on the disk. The log is copied back every 32 MiB rather than
/// every 4. 8 MiB of pages hold what batches come back to; of the rest the operating system keeps
/// copies, and SQLite goes through all of them at a commit. What a statement of many rows would
/// need to be undone is kept in memory, not written to a file.
pub const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8192; \
    PRAGMA busy_timeout = 5000; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;";
