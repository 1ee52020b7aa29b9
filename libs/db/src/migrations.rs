//! A service's migrations: one text each, written once for both engines. Type words are replaced,
//! and what truly differs stands in marked blocks. It knows no table.
//!
//! A text is written in SQLite's words, and `UUID`. Of it SQLite gets `BLOB` for `UUID`; PostgreSQL
//! gets `BIGINT` for `INTEGER`, `BYTEA` for `BLOB`, and no `STRICT` and `WITHOUT ROWID`. Lines
//! after `-- only sqlite` are for SQLite only, those after `-- only postgres` for PostgreSQL, until
//! `-- both`.

use std::borrow::Cow;

use sqlx::migrate::{MigrateError, Migration as Applied, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{Db, DbError};

/// Versions below were made by builds from before the first edition.
const FIRST_EDITION: i64 = 100;

/// A service's migrations, in the order of their versions.
pub type Migrations = &'static [Migration];

/// A step from one version of a service's tables to the next.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The version that it leads to; the first edition is 100.
    pub version: i64,
    /// What it does, in a few words.
    pub name: &'static str,
    /// The text for both engines.
    pub sql: &'static str,
}

/// The two engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// What this engine gets of a text for both.
    #[must_use]
    pub fn text(self, sql: &str) -> String {
        let mut mine = true;
        let mut text = String::with_capacity(sql.len());
        for line in sql.lines() {
            match line.trim() {
                "-- only sqlite" => mine = self == Self::Sqlite,
                "-- only postgres" => mine = self == Self::Postgres,
                "-- both" => mine = true,
                _ if mine => {
                    text.push_str(&self.line(line));
                    text.push('\n');
                }
                _ => {}
            }
        }
        text
    }

    fn line(self, line: &str) -> Cow<'_, str> {
        if line.trim_start().starts_with("--") {
            return Cow::Borrowed(line);
        }
        let words: &[(&str, &str)] = match self {
            Self::Sqlite => &[("UUID", "BLOB")],
            Self::Postgres => &[
                (" STRICT, WITHOUT ROWID;", ";"),
                (" STRICT;", ";"),
                ("INTEGER", "BIGINT"),
                ("BLOB", "BYTEA"),
            ],
        };
        words.iter().fold(Cow::Borrowed(line), |line, (from, to)| {
            match line.contains(from) {
                true => Cow::Owned(line.replace(from, to)),
                false => line,
            }
        })
    }

    /// sqlx's form of migrations, for this engine.
    #[must_use]
    pub fn migrator(self, migrations: &[Migration]) -> Migrator {
        let of = |migration: &Migration| {
            let sql = AssertSqlSafe(self.text(migration.sql)).into_sql_str();
            let name = Cow::Borrowed(migration.name);
            Applied::new(migration.version, name, MigrationType::Simple, sql, false)
        };
        Migrator {
            migrations: migrations.iter().map(of).collect(),
            ..Migrator::DEFAULT
        }
    }
}

/// -> the newest migration that was applied.
const NEWEST: &str = "SELECT max(version) FROM _sqlx_migrations";

/// Says what it means that tables could not be brought up to date.
pub(super) fn migrated(
    migrations: Migrations,
    done: Result<(), MigrateError>,
) -> Result<(), DbError> {
    done.map_err(|error| match error {
        MigrateError::VersionMissing(found) if found < FIRST_EDITION => earlier_build(),
        MigrateError::VersionMissing(found) => DbError::NewerTables {
            found,
            known: newest(migrations),
        },
        other => other.into(),
    })
}

fn earlier_build() -> DbError {
    let text = "its tables were made by a build from before the first edition, which this PayFlow cannot bring up to date: use \
                the build that made them, or begin with a new data folder or database";
    DbError::Unusable(text.into())
}

/// The version that these migrations lead to.
#[must_use]
pub fn newest(migrations: &[Migration]) -> i64 {
    let versions = migrations.iter().map(|migration| migration.version);
    versions.max().unwrap_or_default()
}

/// The newest migration that was applied; 0 where none was.
pub(super) async fn newest_applied(db: &Db) -> Result<i64, DbError> {
    let (found,): (Option<i64>,) = db.fetch_one(NEWEST, vec![]).await?;
    Ok(found.unwrap_or_default())
}

impl Db {
    /// Whether the tables are those of these migrations, and all there: for commands that read a
    /// store as it is.
    ///
    /// # Errors
    /// [`DbError::OlderTables`], [`DbError::NewerTables`], [`DbError::Unusable`] where one is gone,
    /// or why they cannot be read.
    pub async fn must_be_current(&self, migrations: Migrations) -> Result<(), DbError> {
        let known = newest(migrations);
        let found = newest_applied(self).await?;
        match found.cmp(&known) {
            _ if found < FIRST_EDITION => Err(earlier_build()),
            std::cmp::Ordering::Less => Err(DbError::OlderTables { found, known }),
            std::cmp::Ordering::Equal => self.must_have_tables(migrations).await,
            std::cmp::Ordering::Greater => Err(DbError::NewerTables { found, known }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &str = "\
-- An INTEGER in a comment stays.
CREATE TABLE things (
    id UUID NOT NULL PRIMARY KEY,
    no INTEGER NOT NULL,
-- only sqlite
    name TEXT NOT NULL,
-- only postgres
    name TEXT COLLATE \"C\" NOT NULL,
-- both
    mark BLOB
) STRICT, WITHOUT ROWID;
";

    #[test]
    fn each_engine_gets_its_own_words_and_blocks() {
        let sqlite = "-- An INTEGER in a comment stays.\nCREATE TABLE things (\n    id BLOB NOT NULL PRIMARY KEY,\n    \
                      no INTEGER NOT NULL,\n    name TEXT NOT NULL,\n    mark BLOB\n) STRICT, WITHOUT ROWID;\n";
        assert_eq!(Dialect::Sqlite.text(BOTH), sqlite);
        let postgres = "-- An INTEGER in a comment stays.\nCREATE TABLE things (\n    id UUID NOT NULL PRIMARY KEY,\n    \
                        no BIGINT NOT NULL,\n    name TEXT COLLATE \"C\" NOT NULL,\n    mark BYTEA\n);\n";
        assert_eq!(Dialect::Postgres.text(BOTH), postgres);
    }
}
