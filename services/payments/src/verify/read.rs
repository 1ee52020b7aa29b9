//! Reading a store for `verify`: rows in order of their keys, page by page, all as they were at one
//! moment. It checks nothing and writes nothing.

use std::path::Path;

use db::{DbError, Servers, Use};
use rusqlite::OpenFlags;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::runtime::{Builder, Runtime};

use super::{VerifyError, mismatch};
use crate::journal::rows::{CellError, Cells, EngineRow};
use crate::journal::store::StoreError;

/// How many rows are in memory at a time, per table.
const PAGE: usize = 4_096;

/// How a row becomes a value.
pub type Read<T> = fn(&mut Cells<'_>) -> Result<T, CellError>;

/// Why a row could not be read.
pub enum Unread {
    /// The store failed.
    Store(StoreError),
    /// A cell of the row with this key holds something that it should not.
    Cell(i64, CellError),
}

/// A store as it was at one moment.
pub trait Reader {
    /// The rows of a query; `after` is its `$1`.
    fn rows<T>(&mut self, sql: &str, after: Option<i64>, read: Read<T>) -> Result<Vec<T>, Unread>;
}

fn decode<T>(row: &dyn EngineRow, read: Read<T>) -> Result<T, Unread> {
    read(&mut Cells::of(row)).map_err(|error| {
        let key = row.int(0).ok().flatten().unwrap_or_default();
        Unread::Cell(key, error)
    })
}

/// A SQLite file, on a connection that only reads.
pub struct SqliteReader(rusqlite::Connection);

impl SqliteReader {
    /// Opens the file, which may be in use, and begins the one transaction in which everything is
    /// read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(path, flags)?;
        connection.execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA cache_size = -65536; BEGIN; SELECT batch FROM head;",
        )?;
        Ok(Self(connection))
    }
}

impl Reader for SqliteReader {
    fn rows<T>(&mut self, sql: &str, after: Option<i64>, read: Read<T>) -> Result<Vec<T>, Unread> {
        let failed = |error: rusqlite::Error| Unread::Store(error.into());
        let mut statement = self.0.prepare_cached(sql).map_err(failed)?;
        let keys = rusqlite::params_from_iter(after);
        let mut found = statement.query(keys).map_err(failed)?;
        let mut values = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            values.push(decode(row, read)?);
        }
        Ok(values)
    }
}

/// A PostgreSQL schema, on a connection of its own.
pub struct PostgresReader {
    runtime: Runtime,
    connection: PgConnection,
}

impl PostgresReader {
    /// Connects and begins the one transaction in which everything is read.
    pub fn connect(url: &str, schema: &str) -> Result<Self, StoreError> {
        let failed = |error: &dyn std::fmt::Display| StoreError::Unavailable(error.to_string());
        let servers = Servers::of(url, schema, [], Use::Look).map_err(|error| failed(&error))?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        let begun = runtime.block_on(async {
            let mut connection = servers.connect_first().await?;
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            sqlx::raw_sql(begin).execute(&mut connection).await?;
            Ok::<_, DbError>(connection)
        });
        let connection = begun.map_err(|error| failed(&error))?;
        Ok(Self {
            runtime,
            connection,
        })
    }
}

impl Reader for PostgresReader {
    fn rows<T>(&mut self, sql: &str, after: Option<i64>, read: Read<T>) -> Result<Vec<T>, Unread> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        let query = after.into_iter().fold(query, |query, key| query.bind(key));
        let found = self
            .runtime
            .block_on(query.fetch_all(&mut self.connection))
            .map_err(|error| Unread::Store(StoreError::Unavailable(error.to_string())))?;
        found.iter().map(|row| decode(row, read)).collect()
    }
}

/// The rows of a table in order of their key, the first column.
pub struct Stream<T> {
    table: &'static str,
    columns: &'static str,
    sql: String,
    read: Read<T>,
    key: fn(&T) -> u64,
    after: i64,
    page: std::iter::Peekable<std::vec::IntoIter<T>>,
    is_last: bool,
    size: usize,
}

impl<T> Stream<T> {
    /// All rows of a table.
    pub fn of(
        table: &'static str,
        columns: &'static str,
        read: Read<T>,
        key: fn(&T) -> u64,
    ) -> Self {
        Self::joined(
            table,
            columns,
            &format!("SELECT {columns} FROM {table}"),
            read,
            key,
        )
    }

    /// All rows of a query whose first column is the table's key.
    pub fn joined(
        table: &'static str,
        columns: &'static str,
        select: &str,
        read: Read<T>,
        key: fn(&T) -> u64,
    ) -> Self {
        let name = columns.split(", ").next().unwrap_or(columns);
        Self {
            table,
            columns,
            sql: format!("{select} WHERE {table}.{name} > $1 ORDER BY {table}.{name} LIMIT "),
            read,
            key,
            after: i64::MIN,
            page: Vec::new().into_iter().peekable(),
            is_last: false,
            size: PAGE,
        }
    }

    /// The same with so many rows at a time.
    pub fn by(self, size: usize) -> Self {
        Self { size, ..self }
    }

    /// The next row, which stays the next.
    pub fn peek(&mut self, reader: &mut impl Reader) -> Result<Option<&T>, VerifyError> {
        if self.page.peek().is_none() && !self.is_last {
            let page = reader
                .rows(
                    &format!("{}{}", self.sql, self.size),
                    Some(self.after),
                    self.read,
                )
                .map_err(|unread| unread.in_table(self.table, self.columns))?;
            self.is_last = page.len() < self.size;
            self.after = page
                .last()
                .map_or(self.after, |row| (self.key)(row).cast_signed());
            self.page = page.into_iter().peekable();
        }
        Ok(self.page.peek())
    }

    /// The next row.
    pub fn next(&mut self, reader: &mut impl Reader) -> Result<Option<T>, VerifyError> {
        self.peek(reader)?;
        Ok(self.page.next())
    }

    /// The next row, if its key is not above this one.
    pub fn next_to(
        &mut self,
        reader: &mut impl Reader,
        key: u64,
    ) -> Result<Option<T>, VerifyError> {
        let key_of = self.key;
        match self.peek(reader)? {
            Some(row) if key_of(row) <= key => Ok(self.page.next()),
            _ => Ok(None),
        }
    }
}

impl Unread {
    /// The same, with the names of the table and its columns.
    pub fn in_table(self, table: &'static str, columns: &str) -> VerifyError {
        match self {
            Self::Store(error) => error.into(),
            Self::Cell(key, error) => {
                let column = columns.split(", ").nth(error.column);
                let column = column.unwrap_or("a joined column");
                let expected = "a value that this version knows";
                mismatch(table, key, column, error.problem, expected)
            }
        }
    }
}
