//! A transaction on either engine. It ends with its first statement that fails: what follows is
//! refused, and so is the commit. PostgreSQL says so for every failure, SQLite for a full disk and
//! undoes all that was done, after which every further statement would be a transaction of its own.

use sqlx::Sqlite;

use super::commits::COUNT;
use super::sessions::Transaction;
use super::statement::{Rows, lite, pg};
use super::{Arg, DbError, History, Position, Row, Writes};

/// A transaction; rolled back unless committed.
#[derive(Debug)]
pub struct Tx {
    on: Engine,
    failed: bool,
    /// Whether a statement has changed something.
    has_changes: bool,
    /// Whether the commit waits for the disk.
    is_synced: bool,
    writes: Writes,
    /// Where the log ends with the commit.
    end: Option<Position>,
}

#[derive(Debug)]
enum Engine {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(Transaction),
}

impl Tx {
    pub(super) fn sqlite(tx: sqlx::Transaction<'static, Sqlite>, writes: Writes) -> Self {
        Self::of(Engine::Sqlite(tx), writes)
    }

    pub(super) fn postgres(tx: Transaction, writes: Writes) -> Self {
        Self::of(Engine::Postgres(tx), writes)
    }

    fn of(on: Engine, writes: Writes) -> Self {
        Self {
            on,
            failed: false,
            has_changes: false,
            is_synced: true,
            writes,
            end: None,
        }
    }

    /// The same, where its commit does not wait for the disk.
    pub(super) fn unsynced(self) -> Self {
        Self {
            is_synced: false,
            ..self
        }
    }

    /// What has been seen of the database.
    #[must_use]
    pub fn history(&self) -> &History {
        self.writes.history()
    }

    /// Takes note that the log ends here as soon as this is committed, and that is on the disk: not
    /// for [`Db::begin_unsynced`](crate::Db::begin_unsynced).
    pub fn ends_at(&mut self, position: Position) {
        self.end = Some(position);
    }

    /// All rows.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn fetch_all<T: Row>(
        &mut self,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<Vec<T>, DbError> {
        self.rows(sql, args).await?.read()
    }

    /// The row, or none: the first, where there are more.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn fetch_optional<T: Row>(
        &mut self,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<Option<T>, DbError> {
        self.rows(sql, args).await?.read_first()
    }

    async fn rows(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Rows, DbError> {
        self.goes_on()?;
        let done = match &mut self.on {
            Engine::Sqlite(tx) => {
                let found = lite(sql, args).fetch_all(&mut **tx).await;
                found.map(Rows::Sqlite)
            }
            Engine::Postgres(tx) => {
                let found = tx.session()?.fetch_all(pg(sql, args)).await;
                found.map(Rows::Postgres)
            }
        };
        let rows = self.note(done)?;
        let are_none = match &rows {
            Rows::Sqlite(rows) => rows.is_empty(),
            Rows::Postgres(rows) => rows.is_empty(),
        };
        let reads = sql.trim_start().starts_with("SELECT");
        self.has_changes |= !reads && !are_none;
        Ok(rows)
    }

    /// One statement; the number of rows it changed.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn execute(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<u64, DbError> {
        self.goes_on()?;
        let done = match &mut self.on {
            Engine::Sqlite(tx) => {
                let done = lite(sql, args).execute(&mut **tx).await;
                done.map(|done| done.rows_affected())
            }
            Engine::Postgres(tx) => tx.session()?.execute(pg(sql, args)).await,
        };
        let changed = self.note(done)?;
        self.has_changes |= changed > 0;
        Ok(changed)
    }

    /// Commits.
    ///
    /// # Errors
    /// [`DbError`]; [`DbError::HistoryLost`] also where the file was replaced meanwhile: then what
    /// was committed is gone with it.
    pub async fn commit(mut self) -> Result<(), DbError> {
        self.goes_on()?;
        if self.has_changes && self.is_synced && self.writes.counts_commits() {
            let counted: Option<(i64,)> = self.fetch_optional(COUNT, vec![]).await?;
            let hash = Vec::new();
            self.end = counted.map(|(no,)| Position { no, hash });
        }
        let done = match self.on {
            Engine::Sqlite(tx) => tx.commit().await,
            Engine::Postgres(tx) => tx.commit().await,
        };
        let done = done.map_err(DbError::of_commit);
        let done = done.and_then(|()| self.writes.history().check_file());
        self.writes.committed(&done);
        if let (Ok(()), Some(end)) = (&done, self.end) {
            self.writes.history().committed(end);
        }
        done
    }

    fn goes_on(&self) -> Result<(), DbError> {
        if self.failed {
            // Somebody passed over the failure: ours to mend.
            return Err(DbError::Query(sqlx::Error::BeginFailed));
        }
        Ok(())
    }

    fn note<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, DbError> {
        done.map_err(|error| {
            let error = DbError::from(error);
            self.failed = true;
            self.writes.failed(&error);
            error
        })
    }
}
