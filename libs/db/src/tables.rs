//! Which tables a database has. They are noted when it is opened for writing, so that [`Db::check`] notices one that was dropped
//! since.

use super::{Db, DbError, newest_applied};

/// -> the names of the tables, but for that of the migrations.
const TABLES_SQLITE: &str = "SELECT name FROM sqlite_master
    WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations'";
/// As `TABLES_SQLITE`, of the service's schema.
const TABLES_POSTGRES: &str = "SELECT CAST(tablename AS TEXT) FROM pg_tables
    WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations'";

/// The tables that a database had when it was opened.
#[derive(Debug)]
pub(super) struct Tables {
    names: Vec<String>,
    /// The newest migration that was applied.
    version: i64,
}

impl Db {
    /// The names of the tables, but for that of the migrations. None where a first start ended before it had made them.
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

    /// Notes which tables there are, after they were brought up to date.
    pub(super) async fn noting_tables(self) -> Result<Self, DbError> {
        let (names, version) = (self.tables().await?, newest_applied(&self).await?);
        self.writes().has_tables(Tables { names, version });
        Ok(self)
    }

    /// Whether the tables are there that were when the database was opened. A newer PayFlow may drop some.
    pub(super) async fn check_tables(&self) -> Result<(), DbError> {
        let there = self.tables().await?;
        let Some(Tables { names, version }) = self.writes().tables() else {
            return Ok(());
        };
        let Some(gone) = names.iter().find(|name| !there.contains(name)) else {
            return Ok(());
        };
        if matches!(newest_applied(self).await, Ok(newest) if newest > *version) {
            return Ok(());
        }
        let text = format!(
            "the table {gone} is gone from the database: stop PayFlow and restore the whole store from its backup"
        );
        Err(DbError::Unusable(text.into()))
    }
}
