//! Identity's SQL: one text per statement for both engines, and the rows that come back. It decides nothing.
//!
//! A statement names the organisation, or goes by a secret or an id that only one organisation can have
//! (a token's hash, a session's id), or serves the installation as a whole (revocations, cleaning up).

/// Declares statements; `ALL` names each of them, for the test that has both engines prepare it.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(crate) const $name: &str = $sql;)*
        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$($name),*];
    };
}

pub(crate) mod administration;
pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod closings;
pub(crate) mod credentials;
pub(crate) mod idempotency;
pub(crate) mod keys;
pub(crate) mod lockout;
pub(crate) mod messages;
pub(crate) mod oidc;
pub(crate) mod one_time;
pub(crate) mod organisations;
pub(crate) mod passkeys;
pub(crate) mod preferences;
pub(crate) mod requests;
pub(crate) mod second_factors;
pub(crate) mod sessions;
pub(crate) mod users;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_statement_is_accepted_by_both_engines() {
        for engine in testkit::engines() {
            let store = testkit::TestStore::new(engine);
            let db = store
                .open(crate::SCHEMA, crate::migrations())
                .await
                .unwrap();
            for sql in [
                administration::ALL,
                api_keys::ALL,
                audit::ALL,
                closings::ALL,
                credentials::ALL,
                idempotency::ALL,
                keys::ALL,
                lockout::ALL,
                messages::ALL,
                oidc::ALL,
                one_time::ALL,
                preferences::ALL,
                requests::ALL,
                passkeys::ALL,
                second_factors::ALL,
                organisations::ALL,
                sessions::ALL,
                users::ALL,
            ]
            .concat()
            {
                assert!(db.prepare(sql).await.is_ok(), "{engine:?}: {sql}");
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
