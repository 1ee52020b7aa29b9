//! Risk's SQL: one text per statement for both engines, and the rows that come back. It decides
//! nothing.

/// Declares statements; `ALL` names each of them, for the test that has both engines prepare it.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        #[cfg(test)]
        pub(crate) const ALL: &[&str] = &[$($name),*];
    };
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let opened = store.open(crate::SCHEMA, crate::migrations()).await;
            let db = opened.unwrap();
            let all = [
                crate::step_up::store::ALL,
                crate::subjects::store::ALL,
                crate::decisions::store::ALL,
                crate::rules::store::ALL,
                crate::lists::store::ALL,
                crate::conditions::store::ALL,
                crate::breakers::store::ALL,
                crate::kyc::store::documents::ALL,
                crate::kyc::store::standings::ALL,
                crate::kyc::store::submissions::ALL,
                crate::cases::store::ALL,
                crate::cases::store::acts::ALL,
                crate::cases::store::reading::ALL,
                crate::cases::store::sweeps::ALL,
                crate::sanctions::store::lists::ALL,
                crate::sanctions::store::screenings::ALL,
                crate::sanctions::store::matches::ALL,
            ];
            for sql in all.concat() {
                let prepared = db.prepare(sql).await;
                assert!(prepared.is_ok(), "{engine:?}: {prepared:?}: {sql}");
            }
        }
    }
}
