//! SQL, written once for both engines: one text per query with `$1` placeholders, run on SQLite or
//! PostgreSQL through an enum over the two pools. It hides no locking and builds no queries.

mod commits;
mod error;
mod history;
mod many;
pub mod migrations;
mod pooler;
mod servers;
mod sessions;
mod sqlite_files;
mod statement;
mod tables;
mod tx;
mod writes;

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, SqliteConnection, SqlitePool};

pub use error::{DbError, SessionFate};
pub use history::{History, Position};
pub use many::{MANY, insert_many};
use migrations::newest_applied;
pub use migrations::{Dialect, Migration, Migrations, newest};
use platform::private;
pub use servers::{CONNECT_PATIENCE, Servers, Use, postgres_options};
pub use sessions::Sessions;
use sessions::Transaction;
pub use sqlite_files::{SqliteFiles, accept_loss, noted_head, noted_loss};
pub use statement::{Arg, Row};
use statement::{Rows, lite, pg};
pub use tx::Tx;
use writes::Writes;

/// A service's tables on one engine or the other. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Db {
    /// Embedded: one writer connection and a pool of readers on one file.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that only read.
        reader: SqlitePool,
        /// What became of the last write.
        writes: Writes,
    },
    /// A PostgreSQL server; the service's schema is the search path.
    Postgres(Sessions),
}

impl Db {
    /// Opens a SQLite file (made where missing) and brings its tables up to date.
    ///
    /// WAL and `synchronous=FULL`: what is committed survives a power cut.
    ///
    /// # Errors
    /// [`DbError`]; a foreign or damaged file is [`DbError::Damaged`].
    pub async fn open_sqlite(path: &Path, migrations: Migrations) -> Result<Self, DbError> {
        match noted_loss(path) {
            Some(loss) => Err(DbError::Unusable(loss.into())),
            None => Self::open_sqlite_after_loss(path, migrations).await,
        }
    }

    /// The same, also where an earlier process has noted that something of it was lost.
    ///
    /// # Errors
    /// As [`Db::open_sqlite`].
    pub async fn open_sqlite_after_loss(
        path: &Path,
        migrations: Migrations,
    ) -> Result<Self, DbError> {
        // SQLite gives the files beside it the same mode.
        let files = private::touch(path).and_then(|()| SqliteFiles::at(path));
        let files = files.map_err(DbError::of_file)?;
        sqlite_files::must_have_one_name(path)?;
        let history = History::in_files(files.clone());
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            // `copy_log_back` does it.
            .pragma("wal_autocheckpoint", "0")
            // Else a statement of many rows writes all that it changes once more, into a file.
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        // Where the last connection is closed, SQLite copies the log back and deletes it.
        let writer = PoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(5))
            .after_connect({
                let history = history.clone();
                move |_, _| is_that_file(&history)
            })
            .after_release(|connection, _| Box::pin(is_between_transactions(connection)))
            .connect_with(options.clone())
            .await?;
        let migrator = Dialect::Sqlite.migrator(migrations);
        migrations::migrated(migrations, migrator.run(&writer).await)?;
        files.opened(path).map_err(DbError::of_file)?;
        let reader = PoolOptions::new()
            .max_connections(4)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(5))
            .after_connect({
                let history = history.clone();
                move |_, _| is_that_file(&history)
            })
            .connect_with(options.read_only(true))
            .await;
        // The pool asks again and again, and says in the end only that it took too long.
        let reader = reader.map_err(|error| history.check_file().err().unwrap_or(error.into()))?;
        let writes = Writes::to(history);
        let db = Self::Sqlite {
            writer,
            reader,
            writes,
        };
        db.with_tables(migrations).await
    }

    /// Opens a SQLite file to read it only: it stays as it is, and nothing is made.
    ///
    /// # Errors
    /// [`DbError`], also where there is no such file.
    pub async fn look_sqlite(path: &Path) -> Result<Self, DbError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging();
        let pool = SqlitePool::connect_with(options).await?;
        Ok(Self::Sqlite {
            writer: pool.clone(),
            reader: pool,
            writes: Writes::default(),
        })
    }

    /// Connects to a service's schema on PostgreSQL as it is: nothing is made or brought up to
    /// date.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn look_postgres(url: &str, schema: &'static str) -> Result<Self, DbError> {
        let servers = Servers::of(url, schema, by_keys(), Use::Look)?;
        servers.connect_first().await?.close().await?;
        Ok(Self::Postgres(Sessions::new(servers, 1)))
    }

    /// Connects to PostgreSQL, makes the service's schema where it is missing and brings its tables
    /// up to date.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn connect_postgres(
        url: &str,
        schema: &'static str,
        max_connections: u32,
        migrations: Migrations,
    ) -> Result<Self, DbError> {
        let servers = Servers::of(url, schema, by_keys(), Use::Write)?;
        let mut session = servers.connect_first().await?;
        pooler::refuse_shared_sessions(&servers, &mut session).await?;
        // Two nodes that start at once race for the schema; the loser sees a unique violation and
        // goes on.
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {schema}");
        let made = session.execute(AssertSqlSafe(sql)).await;
        let made = made.map_err(DbError::from);
        if let Err(error) = made
            && !matches!(error, DbError::Unique(_))
        {
            return Err(error);
        }
        let migrator = Dialect::Postgres.migrator(migrations);
        migrations::migrated(migrations, migrator.run(&mut session).await)?;
        session.close().await?;
        let bounded = by_keys().chain(sessions::BOUNDS.map(|(name, value)| (name, value.into())));
        let servers = Servers::of(url, schema, bounded, Use::Write)?;
        let db = Self::Postgres(Sessions::new(servers, max_connections));
        db.with_tables(migrations).await
    }

    /// All rows.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn fetch_all<T: Row>(
        &self,
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
        &self,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<Option<T>, DbError> {
        self.rows(sql, args).await?.read_first()
    }

    async fn rows(&self, sql: &'static str, args: Vec<Arg>) -> Result<Rows, DbError> {
        Ok(match self {
            Self::Sqlite { reader, .. } => {
                self.history().check_file()?;
                let found = lite(sql, args).fetch_all(reader).await;
                let found = found.map_err(DbError::from);
                Rows::Sqlite(found.inspect_err(|error| self.writes().read(error))?)
            }
            Self::Postgres(sessions) => {
                let mut session = sessions.take().await?;
                Rows::Postgres(session.fetch_all(pg(sql, args)).await?)
            }
        })
    }

    /// The one row that must be there.
    ///
    /// # Errors
    /// [`DbError`], also where there is none.
    pub async fn fetch_one<T: Row>(&self, sql: &'static str, args: Vec<Arg>) -> Result<T, DbError> {
        self.fetch_optional(sql, args)
            .await?
            .ok_or(DbError::Query(sqlx::Error::RowNotFound))
    }

    /// One statement as its own transaction; the number of rows it changed.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn execute(&self, sql: &'static str, args: Vec<Arg>) -> Result<u64, DbError> {
        if self.writes().counts_commits() {
            return self.execute_counted(sql, args).await;
        }
        let done = self.execute_unnoted(sql, args).await;
        match &done {
            Ok(_) => self.writes().committed(&Ok(())),
            Err(error) => self.writes().failed(error),
        }
        done
    }

    /// Deletes, or changes, in transactions of [`PIECE`] rows, until there is nothing left: of one
    /// that takes long, the server ends the statement, and others wait for its rows. The last
    /// parameter of the statement is how many rows it takes at most.
    ///
    /// # Errors
    /// [`DbError`]; what was deleted before that is.
    pub async fn execute_in_pieces(
        &self,
        sql: &'static str,
        mut args: Vec<Arg>,
    ) -> Result<(), DbError> {
        args.push(PIECE.into());
        while self.execute(sql, args.clone()).await? >= PIECE.unsigned_abs() {}
        Ok(())
    }

    async fn execute_unnoted(&self, sql: &'static str, args: Vec<Arg>) -> Result<u64, DbError> {
        self.history().check()?;
        self.copy_log_back();
        let changed = match self {
            Self::Sqlite { writer, .. } => {
                let done = lite(sql, args).execute(writer).await;
                done.map_err(DbError::of_commit)?.rows_affected()
            }
            // As a transaction, so that the commit is not bound by the statement's time.
            Self::Postgres(sessions) => {
                let mut tx = Transaction::begin(sessions, "BEGIN").await?;
                let changed = tx.session()?.execute(pg(sql, args)).await?;
                tx.commit().await.map_err(DbError::of_commit)?;
                changed
            }
        };
        self.history().check_file()?;
        Ok(changed)
    }

    /// Begins a transaction that will write: `BEGIN IMMEDIATE` on SQLite, so that it never fails
    /// half-way for a lock.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn begin(&self) -> Result<Tx, DbError> {
        self.begin_with("BEGIN IMMEDIATE", "BEGIN").await
    }

    /// The same, for what is done anew where it is lost: its commit does not wait for the disk. A
    /// power cut may take the last of these with it, in their order, and nothing else.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn begin_unsynced(&self) -> Result<Tx, DbError> {
        let tx = self.begin_with(UNSYNCED_SQLITE, UNSYNCED_POSTGRES);
        Ok(tx.await?.unsynced())
    }

    async fn begin_with(
        &self,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> Result<Tx, DbError> {
        self.history()
            .check()
            .inspect_err(|error| self.writes().failed(error))?;
        self.copy_log_back();
        let begun = match self {
            Self::Sqlite { writer, writes, .. } => {
                let begun = writer.begin_with(sqlite).await;
                begun.map(|tx| Tx::sqlite(tx, writes.clone()))
            }
            Self::Postgres(sessions) => {
                let begun = Transaction::begin(sessions, postgres).await;
                begun.map(|tx| Tx::postgres(tx, sessions.writes().clone()))
            }
        };
        begun.map_err(|error| {
            let error = DbError::from(error);
            self.writes().failed(&error);
            error
        })
    }

    /// Copies the write-ahead log of SQLite back now and then, as SQLite would do itself if it were
    /// allowed to: then nobody could tell who has written the file. In a task of its own, which
    /// goes on where the caller is gone.
    fn copy_log_back(&self) {
        let Self::Sqlite { writer, writes, .. } = self else {
            return;
        };
        if let Some(files) = self.history().files()
            && writes.are_many()
        {
            let (writer, files) = (writer.clone(), files.clone());
            tokio::spawn(async move {
                let Ok(mut connection) = writer.acquire().await else {
                    return;
                };
                let copied = match files.checkpoint() {
                    Ok(_under_way) => connection.execute(CHECKPOINT).await.map(|_| ()),
                    Err(error) => Err(io::Error::other(error).into()),
                };
                if let Err(error) = copied {
                    tracing::warn!(%error, "a write-ahead log could not be copied back");
                }
            });
        }
    }

    /// What has been seen of this database.
    #[must_use]
    pub fn history(&self) -> &History {
        self.writes().history()
    }

    fn writes(&self) -> &Writes {
        match self {
            Self::Sqlite { writes, .. } => writes,
            Self::Postgres(sessions) => sessions.writes(),
        }
    }

    /// Whether the database does its work: it is the one that was committed to, it answers, it has
    /// its tables, and it takes writes. That is asked of it only where it refused the last one.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn check(&self) -> Result<(), DbError> {
        self.history().check()?;
        self.writes().check_reads()?;
        self.check_tables().await?;
        if self.writes().are_refused() {
            self.check_writes().await?;
        }
        Ok(())
    }

    /// Whether the database takes writes: commits one that changes nothing in the end.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn check_writes(&self) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        for sql in [RAISE, LOWER] {
            tx.execute(sql, vec![]).await?;
        }
        tx.commit().await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn ping(&self) -> Result<(), DbError> {
        let one = self.fetch_one::<(i64,)>("SELECT CAST(1 AS BIGINT)", vec![]);
        one.await.map(|_| ())
    }

    /// Whether this engine accepts the statement: parses it and finds its tables and columns.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn prepare(&self, sql: &'static str) -> Result<(), DbError> {
        use sqlx::SqlSafeStr;
        match self {
            Self::Sqlite { writer, .. } => writer.prepare(sql.into_sql_str()).await.map(|_| ())?,
            Self::Postgres(sessions) => sessions.take().await?.prepare(sql.into_sql_str()).await?,
        }
        Ok(())
    }

    /// Closes all connections after the work at hand.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader, .. } => {
                if let Some(files) = self.history().files()
                    && !files.close()
                {
                    // With its last connection, SQLite would copy a log that is not its own into
                    // the file, and delete it.
                    std::mem::forget(reader.clone());
                } else {
                    reader.close().await;
                }
                writer.close().await;
            }
            Self::Postgres(sessions) => sessions.close().await,
        }
    }
}

/// So many rows are deleted at once.
pub const PIECE: i64 = 1_000;

/// Waits for nobody: what cannot be copied now is copied the next time.
const CHECKPOINT: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// What each new connection is asked: a file that has taken the place of the one that was opened is
/// neither read nor written.
fn is_that_file(
    history: &History,
) -> Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send>> {
    let checked = history.check_file();
    Box::pin(async move { checked.map_err(|error| io::Error::other(error).into()) })
}

/// Begin a transaction whose commit does not wait for the disk. What a later one of the other kind
/// syncs is the whole log.
const UNSYNCED_SQLITE: &str = "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE";
const UNSYNCED_POSTGRES: &str = "BEGIN; SET LOCAL synchronous_commit = off";

/// Whether a connection may be used again: by those whose commits wait for the disk. A transaction
/// whose rollback failed, because SQLite had ended it already (as it does where the disk is full),
/// still counts as open for sqlx, and no other could ever begin on that connection.
async fn is_between_transactions(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // Carries out the rollback that waits.
    connection.execute("PRAGMA synchronous = FULL").await?;
    Ok(!connection.is_in_transaction())
}

/// A commit that changes nothing in the end, to the one table that every service has. Both
/// statements change rows, or SQLite would write nothing at all.
const RAISE: &str = "UPDATE _sqlx_migrations SET execution_time = execution_time + 1";
const LOWER: &str = "UPDATE _sqlx_migrations SET execution_time = execution_time - 1";

fn by_keys() -> impl Iterator<Item = (&'static str, Cow<'static, str>)> {
    BY_KEYS
        .into_iter()
        .map(|(name, value)| (name, value.into()))
}

/// Queries find their rows by keys and read them in order of keys. Where filters stand beside the
/// keys, the planner expects next to no row and would rather read and sort the whole table.
pub const BY_KEYS: [(&str, &str); 4] = [
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_sort", "off"),
    // What is off costs so much on paper that every query would be compiled.
    ("jit", "off"),
];
