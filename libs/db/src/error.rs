//! What went wrong in a database, sorted by what a caller can do about it. The one place that reads
//! the engines' error codes.

use std::borrow::Cow;
use std::io;

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

/// What went wrong in the database, sorted by what a caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique index or primary key already holds this value.
    #[error("a unique value is already taken")]
    Unique(#[source] sqlx::Error),
    /// The database cannot be reached, is overloaded, starting, stopping or only reads; a retry may
    /// help.
    #[error("{}", unavailable(.0))]
    Unavailable(#[source] sqlx::Error),
    /// It broke while something was committed, which may have been done.
    #[error("the database broke during a commit, which may have been done")]
    OutcomeUnknown(#[source] sqlx::Error),
    /// The disk is full.
    #[error("the disk of the database is full: make room on it")]
    Full(#[source] sqlx::Error),
    /// The file is no database, or damaged, or may not be written.
    #[error(
        "the database file is damaged, foreign or read-only: it must be a PayFlow file that this user may write to"
    )]
    Damaged(#[source] sqlx::Error),
    /// Another database is in the place of the one that was committed to, or an older state of it.
    /// The source says how that was noticed.
    #[error(
        "the database is not the one that was committed to, or an older state of it: bring back the right one, or stop PayFlow and go \
         on with what is there by `payflow history accept`"
    )]
    HistoryLost(#[source] std::io::Error),
    /// The address of the database, or what lies in front of it, cannot be used; what to do about
    /// it.
    #[error("{0}")]
    Unusable(Cow<'static, str>),
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
    #[error("the tables could not be migrated")]
    Migration(#[source] MigrateError),
    /// Anything else: ours to mend.
    #[error("a query failed")]
    Query(#[source] sqlx::Error),
}

impl DbError {
    /// Whether the store cannot do its work at the moment, whatever it is asked.
    #[must_use]
    pub const fn is_of_store(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_)
                | Self::OutcomeUnknown(_)
                | Self::Full(_)
                | Self::Damaged(_)
                | Self::HistoryLost(_)
        )
    }

    /// Whether a page of a SQLite file is damaged, or no page of a database: CORRUPT, NOTADB.
    pub(super) fn is_malformed(&self) -> bool {
        let Self::Damaged(sqlx::Error::Database(inner)) = self else {
            return false;
        };
        let code = inner.code().and_then(|code| code.parse::<i64>().ok());
        inner.try_downcast_ref::<PgDatabaseError>().is_none()
            && code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
    }

    /// What stands against making or opening a file.
    pub(super) fn of_file(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(error.into()),
            _ => Self::Damaged(error.into()),
        }
    }

    /// What an error of a commit means, or of a statement that commits by itself.
    pub(super) fn of_commit(error: sqlx::Error) -> Self {
        match Self::from(error) {
            Self::Unavailable(error) if leaves_open(&error) => Self::OutcomeUnknown(error),
            error => error,
        }
    }
}

/// A lock that was waited for too long, and a statement that ran too long, say so.
fn unavailable(error: &sqlx::Error) -> &'static str {
    let code = error.as_database_error().and_then(DatabaseError::code);
    match code.as_deref() {
        Some("55P03") => {
            "the database is busy: another transaction holds for too long what this one waits for; try again shortly"
        }
        Some("57014") => {
            "the database is busy: a statement was ended before it was done; try again shortly"
        }
        _ => "the database cannot be reached",
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        let make = match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Unique,
            sqlx::Error::Database(inner) => of_database(&**inner),
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable,
            _ => Self::Query,
        };
        make(error)
    }
}

impl From<MigrateError> for DbError {
    /// What stopped the store stops migrations, too, and is named alike.
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) => error.into(),
            MigrateError::ExecuteMigration(error, version) => match Self::from(error) {
                Self::Query(error) => {
                    Self::Migration(MigrateError::ExecuteMigration(error, version))
                }
                error => error,
            },
            error => Self::Migration(error),
        }
    }
}

fn of_database(error: &(dyn DatabaseError + 'static)) -> fn(sqlx::Error) -> DbError {
    match error.try_downcast_ref::<PgDatabaseError>() {
        Some(error) => of_postgres(error.code(), ends_session(error)),
        None => of_sqlite(error.code().and_then(|code| code.parse().ok())),
    }
}

/// Error codes: PostgreSQL manual, appendix A.
fn of_postgres(code: &str, session_ended: bool) -> fn(sqlx::Error) -> DbError {
    match (code, code.get(..2).unwrap_or_default()) {
        ("53100", _) => DbError::Full,
        // Damaged data or index, a missing file, a missing table or schema.
        ("XX001" | "XX002" | "58P01" | "42P01" | "3F000", _) => DbError::Damaged,
        // A server that only reads may have been the primary until a moment ago: another one may
        // answer next time. A lock; no connection, no access, no such database; a serialisation
        // failure or deadlock; no resources; an operator's doing, or a time-out; the system's
        // failure.
        ("25006" | "55P03", _) | (_, "08" | "28" | "3D" | "40" | "53" | "57" | "58") => {
            DbError::Unavailable
        }
        _ if session_ended => DbError::Unavailable,
        _ => DbError::Query,
    }
}

/// Extended result codes say more in their higher bytes (SQLite documentation, "Result and Error
/// Codes").
fn of_sqlite(code: Option<i64>) -> fn(sqlx::Error) -> DbError {
    // IOERR_SHMSIZE: the index of the write-ahead log could not grow.
    if code == Some(4874) {
        return DbError::Full;
    }
    match code.map(|code| code & 0xff) {
        // FULL.
        Some(13) => DbError::Full,
        // PERM, READONLY, CORRUPT, CANTOPEN, NOTADB.
        Some(3 | 8 | 11 | 14 | 26) => DbError::Damaged,
        // BUSY, LOCKED, NOMEM, INTERRUPT, IOERR, PROTOCOL.
        Some(5 | 6 | 7 | 9 | 10 | 15) => DbError::Unavailable,
        _ => DbError::Query,
    }
}

/// Whether what was asked for may have been done all the same: nobody has answered, or the file
/// system failed on the way.
fn leaves_open(error: &sqlx::Error) -> bool {
    let of_file_system = |error: &dyn DatabaseError| {
        let code = error.code().and_then(|code| code.parse::<i64>().ok());
        code.is_some_and(|code| code & 0xff == 10)
    };
    match error {
        sqlx::Error::Database(inner) => match inner.try_downcast_ref::<PgDatabaseError>() {
            // A commit that waits for a standby has been done here already when its session is
            // ended.
            Some(error) => ends_session(error),
            None => of_file_system(&**inner),
        },
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => false,
        _ => true,
    }
}

fn ends_session(error: &PgDatabaseError) -> bool {
    matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic)
}

/// What a failed statement says about the session on PostgreSQL that it was sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionFate {
    /// It goes on.
    Sound,
    /// It is of no use any more.
    Lost,
    /// Its server stops, or only reads: every session with that server is of no use any more.
    ServerLeft,
}

impl SessionFate {
    /// After this error.
    #[must_use]
    pub fn after(error: &sqlx::Error) -> Self {
        let sqlx::Error::Database(of_server) = error else {
            return match error {
                // What this side could not encode or read leaves the session as it was.
                sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound => {
                    Self::Sound
                }
                _ => Self::Lost,
            };
        };
        let fatal = of_server
            .try_downcast_ref::<PgDatabaseError>()
            .is_some_and(ends_session);
        // A server that only reads; one that is stopped, has crashed, or is starting.
        match of_server.code().as_deref() {
            Some("25006" | "57P01" | "57P02" | "57P03") => Self::ServerLeft,
            _ if fatal => Self::Lost,
            _ => Self::Sound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(make: fn(sqlx::Error) -> DbError) -> String {
        let text = format!("{:?}", make(sqlx::Error::PoolClosed));
        text.split('(').next().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_an_operator_does_or_the_system_lacks_is_no_bug_of_ours() {
        for code in [
            "57014", "57P01", "57P02", "57P03", "57P05", "25006", "55P03", "40001", "40P01",
            "53300", "08006", "28P01", "3D000", "58030",
        ] {
            assert_eq!(name(of_postgres(code, false)), "Unavailable", "{code}");
        }
        assert_eq!(name(of_postgres("53100", false)), "Full");
        assert_eq!(name(of_postgres("42P01", false)), "Damaged");
        assert_eq!(name(of_postgres("42601", false)), "Query");
        assert_eq!(name(of_postgres("XX000", true)), "Unavailable");
    }

    #[tokio::test]
    async fn a_disk_that_is_full_stops_migrations_under_its_own_name() {
        use sqlx::Connection;
        let mut session = sqlx::SqliteConnection::connect("sqlite::memory:")
            .await
            .unwrap();
        let make = "PRAGMA max_page_count = 1; CREATE TABLE one (id INTEGER)";
        let full = async || sqlx::raw_sql(make).execute(&mut session).await.unwrap_err();
        let mut full = full;
        for error in [
            MigrateError::Execute(full().await),
            MigrateError::ExecuteMigration(full().await, 7),
        ] {
            let error = DbError::from(error);
            assert!(matches!(error, DbError::Full(_)), "{error:?}");
        }
    }

    #[test]
    fn a_code_of_sqlite_is_known_by_its_last_byte() {
        for (code, expected) in [
            (13, "Full"),
            (4874, "Full"),
            (5, "Unavailable"),
            (517, "Unavailable"),
            (10, "Unavailable"),
            // IOERR_WRITE, IOERR_FSYNC.
            (778, "Unavailable"),
            (1034, "Unavailable"),
            (8, "Damaged"),
            (1544, "Damaged"),
            (11, "Damaged"),
            (1, "Query"),
        ] {
            assert_eq!(name(of_sqlite(Some(code))), expected, "{code}");
        }
    }
}
