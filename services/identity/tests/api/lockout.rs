//! Guessing passwords: slow for anyone who guesses, and never the end of the owner's account.

use identity::{Config, LockoutConfig};
use serde_json::Value;
use values::{DAY, SECOND};

use crate::support::{Answer, App, PASSWORD, fast, on_each_engine};

const EMAIL: &str = "ann@example.com";
/// Where the attacker is.
const EVE: &str = "198.51.100.66";

/// A node that is as patient as it is by default.
async fn impatient(app: &App) -> App {
    let config = Config {
        lockout: LockoutConfig::default(),
        ..fast()
    };
    app.another_node_with(config).await
}

/// How long a login that was refused must wait.
fn wait_s(answer: &Answer) -> u32 {
    assert_eq!(answer.refusal(), (429, "login_locked"));
    let seconds = answer.headers["retry-after"].to_str().unwrap();
    assert!(answer.body["detail"].as_str().unwrap().contains(seconds));
    seconds.parse().unwrap()
}

#[tokio::test]
async fn after_three_failures_strangers_wait_ever_longer_and_the_right_password_works_in_the_end() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        app.registered(EMAIL).await;
        let eve = app.from(EVE, "curl/8.0");
        for _ in 0..4 {
            let refused = eve.log_in(EMAIL, "wrong").await;
            assert_eq!(refused.refusal(), (401, "invalid_credentials"));
        }
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            for password in ["wrong", PASSWORD] {
                assert_eq!(wait_s(&eve.log_in(EMAIL, password).await), expected);
            }
            app.clock.advance(i64::from(expected) * SECOND - 1);
            assert_eq!(wait_s(&eve.log_in(EMAIL, PASSWORD).await), 1);
            app.clock.advance(1);
            assert_eq!(eve.log_in(EMAIL, "wrong").await.status, 401);
        }
        app.clock.advance(900 * SECOND);
        assert_eq!(eve.log_in(EMAIL, PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn the_owner_gets_in_on_a_device_that_is_known_while_strangers_wait() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        let registered = app.register(EMAIL).await;
        let cookie = cookie_of(&registered);
        let eve = app.from(EVE, "curl/8.0");
        for _ in 0..5 {
            eve.log_in(EMAIL, "wrong").await;
        }
        assert_eq!(eve.log_in(EMAIL, PASSWORD).await.status, 429);
        // At the same place, and elsewhere with the cookie.
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        let train = app.from("203.0.113.5", "Firefox");
        assert_eq!(train.log_in(EMAIL, PASSWORD).await.status, 429);
        let answer = train.log_in_with_cookie(EMAIL, PASSWORD, &cookie).await;
        assert_eq!(answer.status, 200);
        // The owner's success is no help to strangers.
        assert_eq!(eve.log_in(EMAIL, PASSWORD).await.status, 429);
    })
    .await;
}

#[tokio::test]
async fn a_known_device_has_a_counter_of_its_own_and_waits_too() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        app.registered(EMAIL).await;
        for _ in 0..4 {
            assert_eq!(app.log_in(EMAIL, "wrong").await.status, 401);
        }
        assert_eq!(wait_s(&app.log_in(EMAIL, PASSWORD).await), 1);
        let elsewhere = app.from("203.0.113.5", "Firefox");
        assert_eq!(elsewhere.log_in(EMAIL, PASSWORD).await.status, 200);
        app.clock.advance(SECOND);
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        for _ in 0..4 {
            assert_eq!(app.log_in(EMAIL, "wrong").await.status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn an_email_that_nobody_has_is_answered_in_the_same_way() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        app.registered(EMAIL).await;
        let tried = async |email: &str, address: &str| {
            let eve = app.from(address, "curl/8.0");
            let mut told = Vec::new();
            for _ in 0..6 {
                let Answer {
                    status,
                    headers,
                    body,
                } = eve.log_in(email, "wrong").await;
                told.push((status, headers, body));
            }
            told
        };
        let known = tried(EMAIL, EVE).await;
        let unknown = tried("nobody@example.com", "198.51.100.67").await;
        assert_eq!(known, unknown);
        assert_eq!(known[5].0, 429);
        let typed = "a password that was typed into the wrong field";
        assert_eq!(tried(typed, "198.51.100.68").await, known);
        let keys: Vec<(Vec<u8>,)> = app
            .db
            .fetch_all("SELECT key FROM login_failures", vec![])
            .await
            .unwrap();
        assert!(keys.iter().all(|(key,)| key.len() == 32));
    })
    .await;
}

#[tokio::test]
async fn a_thousand_accounts_tried_from_one_address_get_nowhere() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        app.registered(EMAIL).await;
        let eve = app.from(EVE, "curl/8.0");
        let mut judged = 0;
        for number in 0..1_000 {
            // One of the stolen passwords is right.
            let answer = match number {
                500 => eve.log_in(EMAIL, PASSWORD).await,
                _ => eve.log_in(&format!("u{number}@x.example"), PASSWORD).await,
            };
            assert_ne!(answer.status, 200);
            judged += usize::from(answer.status == 401);
        }
        assert_eq!(judged, 31);
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        let neighbour = app.from("198.51.100.67", "curl/8.0");
        assert_eq!(neighbour.log_in(EMAIL, PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_are_counted_as_one() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        let mut judged = 0;
        for number in 0..100 {
            let eve = app.from(&format!("2001:db8:1:2::{number:x}"), "curl/8.0");
            let email = format!("u{number}@x.example");
            judged += usize::from(eve.log_in(&email, PASSWORD).await.status == 401);
        }
        assert_eq!(judged, 31);
        let other = app.from("2001:db8:1:3::1", "curl/8.0");
        assert_eq!(other.log_in("u@x.example", PASSWORD).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn one_account_tried_from_a_thousand_addresses_gets_nowhere() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        app.registered(EMAIL).await;
        let mut judged = 0;
        for number in 0..1_000 {
            let eve = app.from(&format!("10.66.{}.{}", number / 250, number % 250), "bot");
            let password = if number == 999 { PASSWORD } else { "wrong" };
            let answer = eve.log_in(EMAIL, password).await;
            assert_ne!(answer.status, 200);
            judged += usize::from(answer.status == 401);
        }
        assert_eq!(judged, 4);
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tries_at_the_same_moment_on_two_nodes_learn_no_more_than_one_after_the_other() {
    on_each_engine(async |app| {
        let (one, two) = (impatient(&app).await, impatient(&app).await);
        app.registered(EMAIL).await;
        let (one, two) = (one.from(EVE, "bot"), two.from(EVE, "bot"));
        let guess = async |node: &App| {
            let mut judged = 0;
            for _ in 0..5 {
                judged += usize::from(node.log_in(EMAIL, "wrong").await.status == 401);
            }
            judged
        };
        let judged = tokio::join!(guess(&one), guess(&two), guess(&one), guess(&two));
        assert_eq!(judged.0 + judged.1 + judged.2 + judged.3, 4);
    })
    .await;
}

#[tokio::test]
async fn waits_outlive_a_restart_and_what_is_forgotten_is_deleted() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        let eve = app.from(EVE, "bot");
        for _ in 0..4 {
            eve.log_in(EMAIL, "wrong").await;
        }
        let restarted = impatient(&app).await.from(EVE, "bot");
        assert_eq!(restarted.log_in(EMAIL, "wrong").await.status, 429);

        let count = async || {
            let sql = "SELECT count(*) FROM login_failures";
            app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
        };
        app.delete_expired().await;
        assert_eq!(count().await, 2);
        app.clock.advance(7 * DAY);
        app.delete_expired().await;
        assert_eq!(count().await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_trail_tells_of_each_failure_that_was_judged_and_of_the_wait() {
    on_each_engine(async |app| {
        let app = impatient(&app).await;
        let eve = app.from(EVE, "bot");
        for _ in 0..50 {
            eve.log_in(EMAIL, "wrong").await;
        }
        let sql = "SELECT act, details FROM audit_entries ORDER BY no";
        let told: Vec<(String, String)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        assert_eq!(told.len(), 4, "who must wait is not worth an entry");
        assert!(told.iter().all(|(act, _)| act == "login.failed"));
        let details: Value = serde_json::from_str(&told[3].1).unwrap();
        assert_eq!(details["wait_s"], 1);
        assert_eq!(told[2].1, "{}");
    })
    .await;
}

/// The cookie by which the device of an answer is known: `name=value`.
fn cookie_of(answer: &Answer) -> String {
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}
