//! Which tables a database has, and which the migrations make: one that was dropped is noticed when
//! the database is opened, by [`Db::check`], and by commands that read a store as it is.

use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use super::sessions::Transaction;
use super::{Db, DbError, Dialect, Migration, Migrations, newest, newest_applied};

/// -> the names of the tables, but for that of the migrations.
const TABLES_SQLITE: &str = "SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'";
/// As `TABLES_SQLITE`, of the service's schema.
const TABLES_POSTGRES: &str = "SELECT CAST(tablename AS TEXT) FROM pg_tables
    WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations'";

/// For so long health waits for a table that somebody has locked: shorter than anybody waits for
/// health.
const LOOK: &str = "BEGIN; SET LOCAL lock_timeout = '1s'";

/// The tables that the migrations make.
#[derive(Debug)]
pub(super) struct Tables {
    names: Vec<String>,
    /// The newest migration.
    version: i64,
}

impl Tables {
    /// Those of an empty database in memory, brought up to date: both engines have the same.
    async fn of(migrations: &[Migration]) -> Result<Self, DbError> {
        let mut empty = SqliteConnection::connect("sqlite::memory:").await?;
        Dialect::Sqlite.migrator(migrations).run(&mut empty).await?;
        let names = sqlx::query_scalar(TABLES_SQLITE)
            .fetch_all(&mut empty)
            .await?;
        empty.close().await?;
        let version = newest(migrations);
        Ok(Self { names, version })
    }

    /// Whether all are there.
    fn check(&self, there: &[String]) -> Result<(), DbError> {
        let Some(gone) = self.names.iter().find(|name| !there.contains(name)) else {
            return Ok(());
        };
        let text = format!(
            "the table {gone} is gone from the database: stop PayFlow and restore the whole store from its backup"
        );
        Err(DbError::Unusable(text.into()))
    }
}

impl Db {
    /// The names of the tables, but for that of the migrations. None where a first start ended
    /// before it had made them.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn tables(&self) -> Result<Vec<String>, DbError> {
        let sql = match self {
            Self::Sqlite { .. } => TABLES_SQLITE,
            Self::Postgres(_) => TABLES_POSTGRES,
        };
        let names: Vec<(String,)> = self.fetch_all(sql, vec![]).await?;
        Ok(names.into_iter().map(|(name,)| name).collect())
    }

    /// Takes note of the tables that there must be, now that they were brought up to date, and
    /// looks whether they are there.
    pub(super) async fn with_tables(self, migrations: Migrations) -> Result<Self, DbError> {
        self.writes().has_tables(Tables::of(migrations).await?);
        match self.check_tables().await {
            Ok(()) => Ok(self),
            Err(error) => {
                self.close().await;
                Err(error)
            }
        }
    }

    /// Whether all tables are there that these migrations have made, as far as they were applied.
    ///
    /// # Errors
    /// [`DbError::Unusable`] where one is gone, or why they cannot be read.
    pub async fn must_have_tables(&self, migrations: Migrations) -> Result<(), DbError> {
        let found = newest_applied(self).await?;
        if found > newest(migrations) {
            return Ok(());
        }
        let applied = migrations.iter().filter(|it| it.version <= found).copied();
        let tables = Tables::of(&applied.collect::<Vec<_>>()).await?;
        tables.check(&self.tables().await?)
    }

    /// Whether the tables are there that there must be, and can be read. A newer PayFlow may drop
    /// some.
    pub(super) async fn check_tables(&self) -> Result<(), DbError> {
        let there = self.tables().await?;
        let Some(tables) = self.writes().tables() else {
            return Ok(());
        };
        match tables.check(&there) {
            Err(_) if matches!(newest_applied(self).await, Ok(newest) if newest > tables.version) =>
                {}
            checked => checked?,
        }
        self.check_locks(tables.names.iter().filter(|name| there.contains(name)))
            .await
    }

    /// Whether nobody has locked one of these tables so that not even reads get to it. SQLite knows
    /// no locks of tables.
    async fn check_locks(&self, tables: impl Iterator<Item = &String>) -> Result<(), DbError> {
        let Self::Postgres(sessions) = self else {
            return Ok(());
        };
        // No row is read: the locks are taken all the same, as by any query.
        let look = |table: &String| format!("SELECT 1 FROM {table} WHERE false");
        let looks: Vec<_> = tables.map(look).collect();
        let mut tx = Transaction::begin(sessions, LOOK).await?;
        let looked = sqlx::query(AssertSqlSafe(looks.join(" UNION ALL ")));
        tx.session()?.fetch_all(looked).await?;
        Ok(())
    }
}
