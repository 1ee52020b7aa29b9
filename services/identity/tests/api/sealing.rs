//! Signing keys at rest: sealed, also those of older stores, and openable after the master key was exchanged.

use aws_lc_rs::signature::Ed25519KeyPair;
use db::args;
use identity::{Config, Fault, Service, StartError};
use secrecy::SecretString;

use crate::support::{App, deps, fast, master_key, on_each_engine};

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
