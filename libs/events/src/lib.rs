//! How services hear of one another, and how the world hears of PayFlow. A service that owns tables
//! offers a [`Feed`]: what it committed, in order. A [`Consumer`] reads one into a [`Handler`] and
//! keeps its position in its own database, moved in the transaction of what the handler writes: so
//! each event has its effect once. What cannot be handled becomes a dead letter; what has to
//! wait for another service is put aside. Neither holds up anybody.

pub mod consumer;
pub mod dead_letters;
pub mod feed;
pub mod handler;
pub mod log_ends;
mod parked;
pub mod queue;
mod store;
pub mod waiting;

pub use consumer::{Consumer, Step};
pub use dead_letters::{
    CommitHook, DeadLetterId, DeadLetters, Letter, LetterError, LetterFilter, LetterState, Replay,
    ReplayId,
};
pub use feed::{Feed, FeedError, Page, event_id};
pub use handler::{Handler, HandlerError, Start};
pub use log_ends::LogEnds;
pub use queue::{Queue, QueueReport};

use db::{Db, DbError, Migration};

/// The tables of consumers, as a migration of the service that has some.
#[must_use]
pub const fn tables(version: i64) -> Migration {
    Migration {
        version,
        name: "consumers and dead letters",
        sql: include_str!("../migrations/consumers.sql"),
    }
}

/// The table of replays under way, as a migration of the service that has consumers.
#[must_use]
pub const fn replays(version: i64) -> Migration {
    Migration {
        version,
        name: "replays of dead letters",
        sql: include_str!("../migrations/replays.sql"),
    }
}

/// The table of how far other services' logs were seen, as a migration of the service that has
/// consumers.
#[must_use]
pub const fn log_ends(version: i64) -> Migration {
    Migration {
        version,
        name: "ends of logs",
        sql: include_str!("../migrations/log_ends.sql"),
    }
}

/// The table of events that wait, as a migration of the service that has consumers.
#[must_use]
pub const fn parked(version: i64) -> Migration {
    Migration {
        version,
        name: "events that wait",
        sql: include_str!("../migrations/parked.sql"),
    }
}

/// How often events that wait failed although no service was away, as a migration of the service
/// that has consumers.
#[must_use]
pub const fn parked_failures(version: i64) -> Migration {
    Migration {
        version,
        name: "failures of events that wait",
        sql: "ALTER TABLE parked_events ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;",
    }
}

/// Whether no consumer has ever begun in this database.
///
/// # Errors
/// [`DbError`].
pub async fn is_untouched(db: &Db) -> Result<bool, DbError> {
    Ok(!store::has_any(db).await?)
}

/// Declares the statements of a file and the list of them that a test prepares.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        #[cfg(test)]
        pub(crate) const ALL: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        const TABLES: db::Migrations = &[
            super::tables(100),
            super::replays(101),
            super::log_ends(102),
            super::parked(103),
            super::parked_failures(104),
        ];
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let db = store.open("consumers", TABLES).await.unwrap();
            let all = [
                super::store::ALL,
                super::parked::ALL,
                super::dead_letters::store::ALL,
            ];
            for sql in all.concat() {
                let prepared = db.prepare(sql).await;
                assert!(prepared.is_ok(), "{engine:?}: {prepared:?}: {sql}");
            }
        }
    }
}
