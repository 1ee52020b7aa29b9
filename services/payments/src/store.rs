//! Payments' reads: one SQL text per query for both engines, and the rows that come back. It writes
//! nothing (the journal does) and decides nothing.
//!
//! Histories are chains: a row names the row before it, and a recursive query walks from the newest
//! one. A walk is lazy on both engines as long as nothing but filters stands between it and its
//! `LIMIT`, so whatever is joined is joined to the limited page.

pub(crate) mod acceptances;
pub(crate) mod answers;
pub(crate) mod entries;
pub(crate) mod feed;
pub(crate) mod import;
pub(crate) mod ledger;
pub(crate) mod lists;
pub(crate) mod postings;
pub(crate) mod transactions;
pub(crate) mod wallets;
pub(crate) mod zones;

use crate::error::Error;

/// Declares the statements of a file and the list of them that the test prepares.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)*
        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($name),*];
    };
}
pub(crate) use statements;

/// How much of a list is read at most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Rows that pass.
    pub limit: i64,
    /// Rows that are looked at, about, one after the other in a range. What takes longer counts as
    /// several.
    pub effort: i64,
}

impl Bounds {
    /// One row more than a page has, to learn whether there is more.
    pub fn of_page(limit: usize, effort: u32) -> Self {
        Self {
            limit: i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
            effort: effort.into(),
        }
    }

    /// With half of the effort.
    pub const fn halved(self) -> Self {
        Self {
            effort: self.effort / 2,
            ..self
        }
    }

    /// Rows to look at where each is found by its key: along a chain, or in an index. At least two,
    /// the first of which may have been seen before.
    pub fn steps(self) -> i64 {
        (self.effort / 8).max(2)
    }
}

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

    use super::{
        acceptances, answers, entries, feed, import, ledger, lists, postings, transactions,
        wallets, zones,
    };

    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        let all = [
            acceptances::ALL,
            answers::ALL,
            entries::ALL,
            ledger::ALL,
            lists::ALL,
            postings::ALL,
            feed::ALL,
            import::ALL,
            transactions::ALL,
            wallets::ALL,
            zones::ALL,
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

    #[tokio::test]
    async fn few_among_many_are_found_by_their_index() {
        let expected = [
            (lists::OF_STATUS, "transactions_of_status"),
            (lists::LAST_OF_STATUS, "transactions_of_status"),
            (lists::ASKED_TO_REFUND, "transactions_proposed"),
            (lists::OWN_ASKED_TO_REFUND, "transactions_proposed"),
            (lists::LAST_ASKED_TO_REFUND, "transactions_proposed"),
            (wallets::OF_CURRENCY, "accounts_of_currency"),
            (wallets::NOT_ACTIVE, "accounts_not_active"),
            (wallets::OF_OWNER, "wallets_owner"),
            (acceptances::ACCEPTED, "events_of_nobody"),
        ];
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let db = store
                .open(crate::SCHEMA, crate::migrations())
                .await
                .unwrap();
            for (sql, index) in expected {
                let plan = testkit::plan(&store, &db, crate::SCHEMA, sql).await;
                assert!(plan.contains(index), "{engine:?}: {sql}: {plan}");
            }
            let asked = testkit::plan(&store, &db, crate::SCHEMA, lists::ASKED_TO_REFUND).await;
            let is_by_org = |line: &str| {
                let by_index = ["transactions_proposed (", "Index Cond"];
                by_index.iter().any(|it| line.contains(it)) && line.contains("org")
            };
            assert!(asked.lines().any(is_by_org), "{asked}");
            let ranges = testkit::plan(&store, &db, crate::SCHEMA, lists::IN_RANGE).await;
            let key = ["INTEGER PRIMARY KEY", "transactions_pkey"];
            assert!(key.iter().any(|key| ranges.contains(key)), "{ranges}");
        }
    }
}
