//! Payments' reads: one SQL text per query for both engines, and the rows that come back. It writes nothing (the journal
//! does) and decides nothing.
//!
//! Histories are chains: a row names the row before it, and a recursive query walks from the newest one. A walk is lazy
//! on both engines as long as nothing but filters stands between it and its `LIMIT`, so whatever is joined is joined to
//! the limited page.

pub(crate) mod answers;
pub(crate) mod entries;
pub(crate) mod ledger;
pub(crate) mod survey;
pub(crate) mod transactions;
pub(crate) mod wallets;

use crate::error::Error;

/// Declares the statements of a file and the list of them that the test prepares.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;

/// A row that this version does not understand.
fn unreadable(table: &'static str, key: impl ToString, what: &str, value: impl ToString) -> Error {
    Error::Unreadable {
        table,
        key: key.to_string(),
        detail: format!("unknown {what} {}", value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{answers, entries, ledger, survey, transactions, wallets};

    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        let all = [
            answers::ALL,
            entries::ALL,
            ledger::ALL,
            survey::ALL,
            transactions::ALL,
            wallets::ALL,
        ];
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let db = store
                .open(crate::SCHEMA, crate::migrations())
                .await
                .unwrap();
            for sql in all.into_iter().flatten() {
                let prepared = db.prepare(sql).await;
                assert!(prepared.is_ok(), "{engine:?}: {prepared:?}: {sql}");
            }
        }
    }

    #[test]
    fn both_engines_have_the_same_migrations() {
        let versions = |migrator: &sqlx::migrate::Migrator| {
            migrator
                .iter()
                .map(|migration| migration.version)
                .collect::<Vec<_>>()
        };
        let migrations = crate::migrations();
        assert_eq!(versions(migrations.sqlite), versions(migrations.postgres));
    }
}
