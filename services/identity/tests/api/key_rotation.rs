//! Signing keys: exchanged with an overlap, on all nodes, and given up at once where one has
//! leaked.

use identity::{KeyRotation, KeyState, KeysConfig, Service};
use values::{DAY, SECOND};

use crate::support::{App, fast, on_each_engine};

const MINUTE: i64 = 60 * SECOND;

fn states(service: &Service) -> Vec<KeyState> {
    service.list_keys().iter().map(|key| key.state).collect()
}

async fn published(app: &App) -> Vec<String> {
    let body = app.get("/.well-known/jwks.json").await.body;
    let keys = body["keys"].as_array().unwrap();
    let kid = |key: &serde_json::Value| key["kid"].as_str().unwrap().to_owned();
    keys.iter().map(kid).collect()
}

fn kid(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_verifies_until_its_tokens_end() {
    on_each_engine(async |app| {
        let old = published(&app).await.remove(0);
        app.service
            .rotate_keys(KeyRotation::Announced)
            .await
            .unwrap();
        assert_eq!(states(&app.service), [KeyState::Next, KeyState::Signing]);
        let new = published(&app).await.remove(0);
        assert_ne!(new, old);

        app.clock.advance(10 * MINUTE - 1);
        let last_of_old = app.registered("ann@example.com").await;
        assert_eq!(kid(&last_of_old.access), old);
        app.clock.advance(1);
        assert_eq!(states(&app.service), [KeyState::Signing, KeyState::Retired]);
        let first_of_new = app.registered("bob@example.com").await;
        assert_eq!(kid(&first_of_new.access), new);

        app.clock.advance(14 * MINUTE);
        assert_eq!(app.me(&last_of_old.access).await.status, 200);
        assert_eq!(published(&app).await, [new.as_str(), old.as_str()]);
        app.clock.advance(MINUTE + 5 * SECOND);
        assert_eq!(states(&app.service), [KeyState::Signing, KeyState::Ended]);
        assert_eq!(published(&app).await, [new.as_str()]);
        app.service.tend_keys().await.unwrap();
        app.service.poll_keys().await.unwrap();
        assert_eq!(states(&app.service), [KeyState::Signing]);
        assert_eq!(app.refresh(&last_of_old.refresh).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn other_nodes_learn_of_a_new_key_from_a_token_that_names_it() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        app.service.rotate_keys(KeyRotation::AtOnce).await.unwrap();
        let tokens = app.registered("ann@example.com").await;
        assert_eq!(published(&other).await.len(), 1, "not polled yet");
        assert_eq!(other.me(&tokens.access).await.status, 200);
        assert_eq!(published(&other).await, published(&app).await);
    })
    .await;
}

#[tokio::test]
async fn tokens_that_name_unknown_keys_have_them_read_once_a_second_at_most() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let [header, rest @ ..] = &app
            .registered("ann@example.com")
            .await
            .access
            .split('.')
            .map(str::to_owned)
            .collect::<Vec<_>>()[..]
        else {
            panic!("a token has three parts")
        };
        assert!(!header.is_empty());
        let unknown = format!("eyJhbGciOiJFZERTQSIsImtpZCI6Im5vbmUifQ.{}", rest.join("."));
        assert_eq!(
            other.me(&unknown).await.status,
            401,
            "and the keys were read"
        );
        app.service.rotate_keys(KeyRotation::AtOnce).await.unwrap();
        let tokens = app.registered("bob@example.com").await;
        assert_eq!(other.me(&tokens.access).await.status, 401, "too soon");
        app.clock.advance(SECOND);
        assert_eq!(other.me(&tokens.access).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_leaked_key_verifies_nothing_any_more_on_any_node_and_clients_only_refresh() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let tokens = app.registered("ann@example.com").await;
        for node in [&app, &other] {
            assert_eq!(
                node.me(&tokens.access).await.status,
                200,
                "and so remembered"
            );
        }
        app.service.rotate_keys(KeyRotation::Leaked).await.unwrap();
        other.service.poll_keys().await.unwrap();
        for node in [&app, &other] {
            assert_eq!(states(&node.service), [KeyState::Signing]);
            assert_eq!(
                node.me(&tokens.access).await.refusal(),
                (401, "unauthenticated")
            );
        }
        let next = other.refresh(&tokens.refresh).await.tokens();
        assert_eq!(app.me(&next.access).await.status, 200);
        let sql = "SELECT act FROM audit_entries WHERE act LIKE 'signing_key.%' ORDER BY no";
        let acts: Vec<(String,)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        let acts: Vec<_> = acts.iter().map(|(act,)| act.as_str()).collect();
        assert_eq!(acts, ["signing_key.made", "signing_key.revoked"]);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_waits_is_not_announced_twice_but_can_be_taken_at_once() {
    on_each_engine(async |app| {
        app.service
            .rotate_keys(KeyRotation::Announced)
            .await
            .unwrap();
        let refused = app.service.rotate_keys(KeyRotation::Announced).await;
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("--now"), "{said}");
        app.service.rotate_keys(KeyRotation::AtOnce).await.unwrap();
        assert_eq!(states(&app.service), [KeyState::Signing, KeyState::Retired]);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_a_clock_that_was_ahead_has_announced_signs_once_the_clock_is_right() {
    on_each_engine(async |app| {
        app.clock.step(40 * DAY);
        let announced = KeyRotation::Announced;
        app.service.rotate_keys(announced).await.unwrap();
        app.clock.step(-40 * DAY);
        app.service.tend_keys().await.unwrap();
        app.clock.advance(11 * MINUTE);
        let waits = [KeyState::Next, KeyState::Signing];
        assert_eq!(
            states(&app.service),
            waits,
            "the trail's last entry says that this clock is behind"
        );
        app.registered("ann@example.com").await;
        app.service.tend_keys().await.unwrap();
        assert_eq!(states(&app.service), waits, "published first");
        app.clock.advance(10 * MINUTE);
        assert_eq!(states(&app.service), [KeyState::Signing, KeyState::Retired]);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_exchanged_by_itself_when_it_is_old_and_by_one_node_only() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        app.clock.advance(90 * DAY - 11 * MINUTE);
        app.service.tend_keys().await.unwrap();
        assert_eq!(states(&app.service), [KeyState::Signing], "not yet");
        app.clock.advance(MINUTE);
        app.service.tend_keys().await.unwrap();
        other.service.tend_keys().await.unwrap();
        for node in [&app, &other] {
            node.service.poll_keys().await.unwrap();
            assert_eq!(states(&node.service), [KeyState::Next, KeyState::Signing]);
        }
        app.clock.advance(10 * MINUTE);
        assert_eq!(
            states(&other.service),
            [KeyState::Signing, KeyState::Retired]
        );
    })
    .await;
}

#[tokio::test]
async fn a_key_is_kept_where_the_settings_say_so() {
    on_each_engine(async |app| {
        let config = identity::Config {
            keys: KeysConfig {
                rotate_after_days: 0,
            },
            ..fast()
        };
        let node = app.another_node_with(config).await;
        app.clock.advance(1_000 * DAY);
        node.service.tend_keys().await.unwrap();
        assert_eq!(states(&node.service), [KeyState::Signing]);
    })
    .await;
}

#[tokio::test]
async fn a_key_that_somebody_slips_in_is_not_taken_up_while_nodes_run() {
    on_each_engine(async |app| {
        let sql =
            "INSERT INTO signing_keys (org, generation, kid, algorithm, private_key, created_at, signs_from)
            VALUES (1, 2, 'theirs', 'EdDSA', $1, 0, 0)";
        let theirs = vec![0x30_u8; 48];
        app.db.execute(sql, db::args![theirs]).await.unwrap();
        assert!(app.service.poll_keys().await.is_err());
        assert_eq!(published(&app).await.len(), 1);
        assert_eq!(app.register("ann@example.com").await.status, 201);
    })
    .await;
}
