//! Which tables a database has, and which the migrations make: one that was dropped is noticed when
//! the database is opened, by [`Db::check`], and by commands that read a store as it is.

use sqlx::{Connection, SqliteConnection};

use super::{Db, DbError, Dialect, Migration, Migrations, newest, newest_applied};

/// -> the names of the tables, but for that of the migrations.
const TABLES_SQLITE: &str = "SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'";
/// As `TABLES_SQLITE`, of the service's schema.
const TABLES_POSTGRES: &str = "SELECT CAST(tablename AS TEXT) FROM pg_tables
    WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations'";

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

    /// Whether the tables are there that there must be. A newer PayFlow may drop some.
    pub(super) async fn check_tables(&self) -> Result<(), DbError> {
        let there = self.tables().await?;
        let Some(tables) = self.writes().tables() else {
            return Ok(());
        };
        match tables.check(&there) {
            Err(_) if matches!(newest_applied(self).await, Ok(newest) if newest > tables.version) => {
                Ok(())
            }
            checked => checked,
        }
    }
}
