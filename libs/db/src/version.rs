//! Which version a service's tables have: the number of their newest migration. It says in a sentence what to do where a
//! store and a program are not of one age.

use sqlx::migrate::{MigrateError, Migrator};

use super::{Db, DbError, Migrations};

/// -> the newest migration that was applied.
const NEWEST: &str = "SELECT max(version) FROM _sqlx_migrations";

/// Brings the tables up to date with `run`, and says what a failure means.
pub(super) fn migrated(migrator: &Migrator, done: Result<(), MigrateError>) -> Result<(), DbError> {
    done.map_err(|error| match error {
        MigrateError::VersionMissing(found) => DbError::NewerTables {
            found,
            known: newest(migrator),
        },
        other => other.into(),
    })
}

impl Db {
    /// Whether the tables are those of these migrations: for commands that read a store as it is.
    ///
    /// # Errors
    /// [`DbError::OlderTables`], [`DbError::NewerTables`], or why they cannot be read.
    pub async fn must_be_current(&self, migrations: Migrations) -> Result<(), DbError> {
        let known = match self {
            Self::Sqlite { .. } => newest(migrations.sqlite),
            Self::Postgres(_) => newest(migrations.postgres),
        };
        let (found,): (Option<i64>,) = self.fetch_one(NEWEST, vec![]).await?;
        let found = found.unwrap_or_default();
        match found.cmp(&known) {
            std::cmp::Ordering::Less => Err(DbError::OlderTables { found, known }),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(DbError::NewerTables { found, known }),
        }
    }
}

fn newest(migrator: &Migrator) -> i64 {
    let versions = migrator.iter().map(|migration| migration.version);
    versions.max().unwrap_or_default()
}
