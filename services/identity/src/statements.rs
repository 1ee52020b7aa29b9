//! Identity's SQL: one text per statement for both engines, and the rows that come back. It decides
//! nothing.
//!
//! A statement names the organisation, or goes by a secret or an id that only one organisation can
//! have (a token's hash, a session's id), or serves the installation as a whole (revocations,
//! cleaning up).

/// Declares statements; `ALL` names each of them, for the test that has both engines prepare it.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: &str = $sql;)*
        #[cfg(test)]
        pub(crate) const ALL: &[&str] = &[$($name),*];
    };
}

/// The condition that a row was not made by a clock that was ahead, with the parameter that holds
/// now: [`crate::clock_watch`].
macro_rules! made_by {
    ($now:literal) => {
        concat!(" AND created_at <= ", $now, " + 600000000")
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn statements_and_code_agree_how_far_ahead_something_may_be_made() {
        let latest = crate::clock_watch::latest_made(values::Timestamp(0));
        let expected = format!(" AND created_at <= $1 + {}", latest.micros());
        assert_eq!(made_by!("$1"), expected);
    }

    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let db = store
                .open(crate::SCHEMA, crate::migrations())
                .await
                .unwrap();
            for sql in [
                crate::accounts::stores::administration::ALL,
                crate::api_keys::store::ALL,
                crate::audit::store::ALL,
                crate::accounts::stores::closings::ALL,
                crate::credentials::store::ALL,
                crate::resealing::store::ALL,
                crate::signing_keys::store::ALL,
                crate::login::store::ALL,
                crate::mail::store::ALL,
                crate::oidc::store::ALL,
                crate::links::store::ALL,
                crate::accounts::stores::preferences::ALL,
                crate::accounts::stores::requests::ALL,
                crate::passkeys::store::ALL,
                crate::factors::store::ALL,
                crate::organisations::store::ALL,
                crate::sessions::store::ALL,
                crate::accounts::stores::users::ALL,
            ]
            .concat()
            {
                assert!(db.prepare(sql).await.is_ok(), "{engine:?}: {sql}");
            }
        }
    }
}
