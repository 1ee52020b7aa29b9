//! SQL, written once for both engines: one text per query with `$1` placeholders, run on SQLite or
//! PostgreSQL through an enum over the two pools. It hides no locking and builds no queries.

mod version;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, FromRow, PgPool, Postgres, Sqlite, SqlitePool};
use uuid::Uuid;

use crate::private;

/// A service's tables on one engine or the other. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Db {
    /// Embedded: one writer connection and a pool of readers on one file.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Connections that only read.
        reader: SqlitePool,
    },
    /// A PostgreSQL server; the service's schema is the search path.
    Postgres(PgPool),
}

/// A service's migrations, one set per engine with the same versions.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    /// For SQLite.
    pub sqlite: &'static Migrator,
    /// For PostgreSQL.
    pub postgres: &'static Migrator,
}

/// What went wrong in the database, sorted by what a caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique index or primary key already holds this value.
    #[error("a unique value is already taken")]
    Unique(#[source] sqlx::Error),
    /// The database cannot be reached, is overloaded or is starting; a retry may help.
    #[error("the database cannot be reached")]
    Unavailable(#[source] sqlx::Error),
    /// The disk is full.
    #[error("the database has no room left on its disk")]
    Full(#[source] sqlx::Error),
    /// The file is no database, or damaged, or may not be written.
    #[error(
        "the database file is damaged, foreign or read-only: it must be a PayFlow file that this user may write to"
    )]
    Damaged(#[source] sqlx::Error),
    /// A newer PayFlow made the tables.
    #[error(
        "its tables are of version {found}, and this PayFlow knows versions up to {known}: use the PayFlow that made \
         it, or a newer one"
    )]
    NewerTables {
        /// The version that they have.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// An older PayFlow made the tables, and nobody has brought them up to date.
    #[error(
        "its tables are of version {found}, and this PayFlow reads version {known}: bring them up to date with \
         `payflow migrate`, or use the PayFlow that made them"
    )]
    OlderTables {
        /// The version that they have.
        found: i64,
        /// The version that this program reads.
        known: i64,
    },
    /// The tables could not be brought to this version.
    #[error("the tables could not be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Anything else: ours to mend.
    #[error("a query failed")]
    Query(#[source] sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Unique(error),
            sqlx::Error::Database(inner) => match inner.code().as_deref() {
                // SQLite: FULL; PostgreSQL: disk_full.
                Some("13" | "53100") => Self::Full(error),
                // SQLite: READONLY…, CORRUPT, NOTADB, CANTOPEN.
                Some("8" | "264" | "520" | "776" | "1032" | "1288" | "11" | "26" | "14") => {
                    Self::Damaged(error)
                }
                // SQLite: BUSY, LOCKED. PostgreSQL: connection classes 08 and 57P, too_many_connections.
                Some("5" | "6" | "261" | "517" | "53300") => Self::Unavailable(error),
                Some(code) if code.starts_with("57P") || code.starts_with("08") => {
                    Self::Unavailable(error)
                }
                _ => Self::Query(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            _ => Self::Query(error),
        }
    }
}

/// A value bound to a placeholder. Both engines bind each of these natively.
#[derive(Debug, Clone)]
pub enum Arg {
    /// BIGINT.
    Int(Option<i64>),
    /// TEXT.
    Text(Option<String>),
    /// `uuid` or a 16-byte BLOB.
    Uuid(Option<Uuid>),
    /// `bytea` or BLOB.
    Bytes(Option<Vec<u8>>),
}

macro_rules! arg_from {
    ($($from:ty => |$value:ident| $make:expr;)*) => { $(
        impl From<$from> for Arg {
            fn from($value: $from) -> Self { $make }
        }
    )* };
}

arg_from! {
    i64 => |value| Self::Int(Some(value));
    Option<i64> => |value| Self::Int(value);
    bool => |value| Self::Int(Some(i64::from(value)));
    crate::clock::Timestamp => |value| Self::Int(Some(value.0));
    Option<crate::clock::Timestamp> => |value| Self::Int(value.map(|at| at.0));
    &str => |value| Self::Text(Some(value.to_owned()));
    String => |value| Self::Text(Some(value));
    Option<String> => |value| Self::Text(value);
    Uuid => |value| Self::Uuid(Some(value));
    Option<Uuid> => |value| Self::Uuid(value);
    Vec<u8> => |value| Self::Bytes(Some(value));
    Option<Vec<u8>> => |value| Self::Bytes(value);
}

/// The arguments of a query, in placeholder order: `args![id, "text", 7_i64]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Arg::from($value)),*] };
}

/// A row type that both engines can fill: derive `sqlx::FromRow` on a struct of `i64`, `String`, `Uuid`, `Vec<u8>` and options of them.
pub trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}
impl<T> Row for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

macro_rules! bind_all {
    ($query:expr, $args:expr) => {
        $args.into_iter().fold($query, |query, arg| match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Uuid(value) => query.bind(value),
            Arg::Bytes(value) => query.bind(value),
        })
    };
}

fn lite(sql: &'static str, args: Vec<Arg>) -> Query<'static, Sqlite, SqliteArguments> {
    tracing::trace!(sql);
    bind_all!(sqlx::query(sql), args)
}

fn pg(sql: &'static str, args: Vec<Arg>) -> Query<'static, Postgres, PgArguments> {
    tracing::trace!(sql);
    bind_all!(sqlx::query(sql), args)
}

/// Rows as an engine gave them. Queries are run without knowing the type they are read into, so that sqlx's
/// machinery is compiled once, here, and not again for every row type of every service.
enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    fn read<T: Row>(&self) -> Result<Vec<T>, DbError> {
        Ok(match self {
            Self::Sqlite(rows) => rows.iter().map(T::from_row).collect::<Result<_, _>>()?,
            Self::Postgres(rows) => rows.iter().map(T::from_row).collect::<Result<_, _>>()?,
        })
    }

    fn read_first<T: Row>(&self) -> Result<Option<T>, DbError> {
        Ok(match self {
            Self::Sqlite(rows) => rows.first().map(T::from_row).transpose()?,
            Self::Postgres(rows) => rows.first().map(T::from_row).transpose()?,
        })
    }
}

impl Db {
    /// Opens a SQLite file (made where missing) and brings its tables up to date.
    ///
    /// WAL and `synchronous=FULL`: what is committed survives a power cut.
    ///
    /// # Errors
    /// [`DbError`]; a foreign or damaged file is [`DbError::Damaged`].
    pub async fn open_sqlite(path: &Path, migrations: Migrations) -> Result<Self, DbError> {
        // SQLite gives the files beside it the same mode.
        private::touch(path).map_err(|error| DbError::Damaged(error.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging();
        let writer = PoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options.clone())
            .await?;
        version::migrated(migrations.sqlite, migrations.sqlite.run(&writer).await)?;
        let reader = PoolOptions::new()
            .max_connections(4)
            .acquire_timeout(Duration::from_secs(5))
            .connect_lazy_with(options.read_only(true));
        Ok(Self::Sqlite { writer, reader })
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
        })
    }

    /// Connects to a service's schema on PostgreSQL as it is: nothing is made or brought up to date.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn look_postgres(url: &str, schema: &'static str) -> Result<Self, DbError> {
        let options = postgres_options(url, schema)?.options(BY_KEYS);
        let pool: PgPool = PoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// Connects to PostgreSQL, makes the service's schema where it is missing and brings its tables up to date.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn connect_postgres(
        url: &str,
        schema: &'static str,
        max_connections: u32,
        migrations: Migrations,
    ) -> Result<Self, DbError> {
        let options = postgres_options(url, schema)?.options(BY_KEYS);
        let pool: PgPool = PoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await?;
        // Two nodes that start at once race for the schema; the loser sees a unique violation and goes on.
        let made = sqlx::query(AssertSqlSafe(format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}"
        )))
        .execute(&pool)
        .await
        .map_err(DbError::from);
        if let Err(error) = made
            && !matches!(error, DbError::Unique(_))
        {
            return Err(error);
        }
        version::migrated(migrations.postgres, migrations.postgres.run(&pool).await)?;
        Ok(Self::Postgres(pool))
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
            Self::Sqlite { reader, .. } => Rows::Sqlite(lite(sql, args).fetch_all(reader).await?),
            Self::Postgres(pool) => Rows::Postgres(pg(sql, args).fetch_all(pool).await?),
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
        Ok(match self {
            Self::Sqlite { writer, .. } => lite(sql, args).execute(writer).await?.rows_affected(),
            Self::Postgres(pool) => pg(sql, args).execute(pool).await?.rows_affected(),
        })
    }

    /// Begins a transaction that will write: `BEGIN IMMEDIATE` on SQLite, so that it never fails half-way for a lock.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn ping(&self) -> Result<(), DbError> {
        self.fetch_one::<(i64,)>("SELECT CAST(1 AS BIGINT)", vec![])
            .await
            .map(|_| ())
    }

    /// Whether this engine accepts the statement: parses it and finds its tables and columns.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn prepare(&self, sql: &'static str) -> Result<(), DbError> {
        use sqlx::{Executor, SqlSafeStr};
        match self {
            Self::Sqlite { writer, .. } => writer.prepare(sql.into_sql_str()).await.map(|_| ())?,
            Self::Postgres(pool) => pool.prepare(sql.into_sql_str()).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Closes all connections after the work at hand.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Queries find their rows by keys and read them in order of keys. Where filters stand beside the keys, the planner expects
/// next to no row and would rather read and sort the whole table.
const BY_KEYS: [(&str, &str); 4] = [
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_sort", "off"),
    // What is off costs so much on paper that every query would be compiled.
    ("jit", "off"),
];

/// Connection options for a service's schema on a PostgreSQL server.
///
/// # Errors
/// [`DbError`] where the URL cannot be read.
pub fn postgres_options(url: &str, schema: &str) -> Result<PgConnectOptions, DbError> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name("payflow")
        .options([("search_path", schema)])
        .disable_statement_logging())
}

/// A transaction; rolled back unless committed.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Tx {
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
        Ok(match self {
            Self::Sqlite(tx) => Rows::Sqlite(lite(sql, args).fetch_all(&mut **tx).await?),
            Self::Postgres(tx) => Rows::Postgres(pg(sql, args).fetch_all(&mut **tx).await?),
        })
    }

    /// One statement; the number of rows it changed.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn execute(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<u64, DbError> {
        Ok(match self {
            Self::Sqlite(tx) => lite(sql, args).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => pg(sql, args).execute(&mut **tx).await?.rows_affected(),
        })
    }

    /// Commits.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
