//! A database that does not answer, and settings that cannot work.

use access::Authenticator;
use contracts::identity::{Identity, IdentityUnavailable, OrgId};
use identity::{Service, StartError};
use platform::health::HealthCheck;
use testkit::{FakeClock, TestStore, engines};

use crate::support::{PASSWORD, deps, fast, on_each_engine};

#[tokio::test]
async fn without_its_database_identity_says_so_and_still_knows_who_is_asking() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        assert_eq!(app.service.check().await, Ok(()));
        app.db.close().await;

        let answers = [
            app.register("bob@example.com").await,
            app.log_in("ann@example.com", PASSWORD).await,
            app.refresh(&tokens.refresh).await,
            app.me(&tokens.access).await,
        ];
        for answer in answers {
            assert_eq!(answer.refusal(), (503, "database_unavailable"));
            assert_eq!(answer.headers["retry-after"], "1");
        }
        assert_eq!(app.log_out(&tokens.refresh).await, 503);
        assert!(
            app.service
                .authenticate(&tokens.access, &testkit::client())
                .await
                .is_ok()
        );
        let found = app
            .service
            .user_by_email(OrgId::DEFAULT, "ann@example.com")
            .await;
        assert!(matches!(found, Err(IdentityUnavailable)), "{found:?}");
        assert!(app.service.check().await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_setting_that_cannot_work_stops_the_start() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let db = store
            .open(identity::SCHEMA, identity::migrations())
            .await
            .unwrap();
        let mut config = fast();
        config.password.memory_kib = 1;
        let opened = Service::open(db, deps(config, &FakeClock::new())).await;
        let Err(error @ StartError::Setting { .. }) = opened else {
            panic!("{engine:?}: started")
        };
        assert_eq!(
            error.to_string(),
            "identity.password.memory_kib is 1, but must be 8 to 4194304"
        );
    }
}
