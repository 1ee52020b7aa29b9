//! Signing keys at rest: sealed, also those of older stores, and openable after the master key was
//! exchanged.

use aws_lc_rs::signature::Ed25519KeyPair;
use db::args;
use identity::{Config, Fault, KeyRotation, Service, StartError};
use secrecy::SecretString;
use values::SECOND;

use crate::support::{App, PASSWORD, deps, fast, master_key, on_each_engine};

/// The rows of the keys as the database has them.
async fn stored(app: &App) -> Vec<(String, Vec<u8>)> {
    let sql = "SELECT kid, private_key FROM signing_keys ORDER BY generation";
    app.db.fetch_all(sql, vec![]).await.unwrap()
}

fn with_keys(keys: Vec<SecretString>) -> Config {
    Config {
        master_key: keys,
        ..fast()
    }
}

async fn refused(app: &App, config: Config) -> StartError {
    let opened = Service::open(app.db.clone(), deps(config, &app.clock)).await;
    opened.err().unwrap()
}

fn unsealed() -> Vec<u8> {
    let pair = Ed25519KeyPair::generate().unwrap();
    pair.to_pkcs8v1().unwrap().as_ref().to_vec()
}

#[tokio::test]
async fn a_signing_key_is_sealed_from_the_first_start_on() {
    on_each_engine(async |app| {
        let rows = stored(&app).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].1[0], 1, "the version of the vault, not DER");
        assert!(Ed25519KeyPair::from_pkcs8(&rows[0].1).is_err());
    })
    .await;
}

#[tokio::test]
async fn keys_of_an_older_store_are_sealed_at_the_next_start_and_tokens_stay_good() {
    on_each_engine(async |app| {
        let plain = unsealed();
        let sql = "UPDATE signing_keys SET kid = 'old', private_key = $1";
        app.db.execute(sql, args![plain.clone()]).await.unwrap();
        let older =
            "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at, signs_from)
            VALUES (1, 0, 'older', 'EdDSA', $1, 0, 0)";
        app.db.execute(older, args![unsealed()]).await.unwrap();

        let upgraded = app.another_node().await;
        for (kid, sealed) in stored(&app).await {
            assert_eq!(sealed[0], 1, "{kid}");
            assert!(!sealed.windows(plain.len()).any(|bytes| bytes == plain));
        }
        let tokens = upgraded.registered("ann@example.com").await;
        let restarted = app.another_node().await;
        assert_eq!(restarted.me(&tokens.access).await.status, 200);
        assert_eq!(
            restarted.get("/.well-known/jwks.json").await.body["keys"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_seal_an_older_store_at_once_all_start() {
    on_each_engine(async |app| {
        let sql = "UPDATE signing_keys SET private_key = $1";
        app.db.execute(sql, args![unsealed()]).await.unwrap();
        let start = || tokio::spawn(Service::open(app.db.clone(), deps(fast(), &app.clock)));
        for started in [start(), start(), start(), start()] {
            assert!(started.await.unwrap().is_ok());
        }
    })
    .await;
}

#[tokio::test]
async fn the_master_key_can_be_exchanged() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let before = stored(&app).await;
        let both = with_keys(vec![master_key(2), master_key(1)]);
        let exchanged = app.another_node_with(both).await;
        assert_eq!(exchanged.me(&tokens.access).await.status, 200);
        assert_ne!(stored(&app).await, before, "sealed anew");

        let new_only = app.another_node_with(with_keys(vec![master_key(2)])).await;
        assert_eq!(new_only.me(&tokens.access).await.status, 200);
        let error = refused(&app, with_keys(vec![master_key(1)])).await;
        assert!(
            matches!(
                error,
                StartError::Fault(Fault::Vault(vault::Fault::UnknownMasterKey))
            ),
            "{error}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_older_master_key_may_go_after_a_start_with_the_new_one_before_it() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let heads = "SELECT DISTINCT substr(secret, 1, 9) FROM totp_secrets";
        let head = async || {
            app.db
                .fetch_one::<(Vec<u8>,)>(heads, vec![])
                .await
                .unwrap()
                .0
        };
        let before = head().await;
        // A node that seals with the old key still: what it seals must be found by the start that
        // seals anew.
        let both = with_keys(vec![master_key(2), master_key(1)]);
        let exchanged = app.another_node_with(both).await;
        assert_ne!(head().await, before);
        let token = exchanged.mfa_token(&ann.email).await;
        assert_eq!(
            exchanged.mfa(&token, &ann.app.code(&app, 0)).await.status,
            200
        );

        let new_only = app.another_node_with(with_keys(vec![master_key(2)])).await;
        app.clock.advance(30 * SECOND);
        let token = new_only.mfa_token(&ann.email).await;
        assert_eq!(
            new_only.mfa(&token, &ann.app.code(&app, 0)).await.status,
            200
        );
    })
    .await;
}

#[tokio::test]
async fn a_node_without_the_master_key_of_an_app_does_not_start() {
    on_each_engine(async |app| {
        app.enrolled("ann@example.com").await;
        let secrets = "SELECT user_id, secret FROM totp_secrets";
        let (user, sealed): (uuid::Uuid, Vec<u8>) =
            app.db.fetch_one(secrets, vec![]).await.unwrap();
        app.another_node_with(with_keys(vec![master_key(2), master_key(1)]))
            .await;
        // Another node, which knows only the old key, has set this one up.
        let set_up = "UPDATE totp_secrets SET secret = $2 WHERE user_id = $1";
        app.db.execute(set_up, args![user, sealed]).await.unwrap();
        let error = refused(&app, with_keys(vec![master_key(2)])).await;
        assert!(
            matches!(
                error,
                StartError::Fault(Fault::Vault(vault::Fault::UnknownMasterKey))
            ),
            "{error}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_node_that_lacks_the_newest_master_key_keeps_the_keys_that_it_knows_and_says_so() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let both = with_keys(vec![master_key(2), master_key(1)]);
        let exchanged = app.another_node_with(both).await;
        exchanged
            .service
            .rotate_keys(KeyRotation::AtOnce)
            .await
            .unwrap();
        let told = async || {
            let mut told = vec![];
            for (name, check) in module::Opened::checks(app.service.clone()) {
                told.extend(check.check().await.err().map(|error| (name, error)));
            }
            told
        };
        app.clock.advance(31 * SECOND);
        assert_eq!(app.me(&tokens.access).await.status, 200);
        let theirs = exchanged.log_in("ann@example.com", PASSWORD).await.tokens();
        assert_eq!(app.me(&theirs.access).await.status, 401);
        let background = app.service.start_background();
        let seen = async || told().await.iter().all(|(name, _)| *name == "signing_keys");
        while !seen().await {
            tokio::task::yield_now().await;
        }
        drop(background);
        let told = told().await;
        assert!(
            told.len() == 1 && told[0].1.contains("identity.master_key"),
            "{told:?}"
        );

        exchanged
            .service
            .rotate_keys(KeyRotation::Leaked)
            .await
            .unwrap();
        app.service.poll_keys().await.unwrap();
        assert_eq!(app.me(&tokens.access).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn with_a_wrong_master_key_nothing_starts_and_nothing_is_changed() {
    on_each_engine(async |app| {
        let before = stored(&app).await;
        let error = refused(&app, with_keys(vec![master_key(9)])).await;
        assert!(
            matches!(
                error,
                StartError::Fault(Fault::Vault(vault::Fault::UnknownMasterKey))
            ),
            "{error}"
        );
        let error = refused(&app, with_keys(vec![])).await;
        assert!(
            matches!(error, StartError::MasterKey(vault::MasterKeyError::NotSet)),
            "{error}"
        );
        assert_eq!(stored(&app).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_somebody_slips_in_is_not_made_our_own() {
    on_each_engine(async |app| {
        let sql =
            "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at, signs_from)
            VALUES (1, 2, 'theirs', 'EdDSA', $1, 0, 0)";
        app.db.execute(sql, args![unsealed()]).await.unwrap();
        let error = refused(&app, fast()).await;
        assert!(
            matches!(
                &error,
                StartError::Fault(Fault::ForeignKey { kid }) if kid == "theirs"
            ),
            "{error}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_sealed_key_under_another_name_does_not_open() {
    on_each_engine(async |app| {
        let sql = "UPDATE signing_keys SET kid = 'other'";
        app.db.execute(sql, vec![]).await.unwrap();
        assert!(matches!(
            refused(&app, fast()).await,
            StartError::Fault(Fault::Vault(vault::Fault::Seal))
        ));
    })
    .await;
}
