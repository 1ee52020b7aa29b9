//! Several nodes on one store, restarts, and what is cleaned up.

use access::Authenticator;
use axum::body::Body;
use axum::http::{Request, header};
use identity::{Deps, Service};
use platform::clock::Clock;
use serde_json::json;
use testkit::{FakeClock, TestStore, engines};
use values::{DAY, SECOND};

use crate::support::{PASSWORD, deps, fast, on_each_engine};

const HOUR: i64 = 3_600 * SECOND;

#[tokio::test]
async fn a_node_accepts_the_tokens_of_another() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let jwks = "/.well-known/jwks.json";
        assert_eq!(app.get(jwks).await.body, other.get(jwks).await.body);
        let tokens = app.registered("ann@example.com").await;
        assert_eq!(other.me(&tokens.access).await.status, 200);
        assert_eq!(other.refresh(&tokens.refresh).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_for_the_first_time_at_once_agree_on_one_key() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let db = store
            .open(identity::SCHEMA, identity::migrations())
            .await
            .unwrap();
        let clock = FakeClock::new();
        let start = || {
            let opened = identity::Service::open(db.clone(), deps(fast(), &clock));
            tokio::spawn(opened)
        };
        for started in [start(), start(), start(), start()] {
            assert!(started.await.unwrap().is_ok());
        }
        let keys: Vec<(i64,)> = db
            .fetch_all("SELECT generation FROM signing_keys", vec![])
            .await
            .unwrap();
        assert_eq!(keys, [(1,)], "{engine:?}");
    }
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_begun_is_over_when_it_is_right_again() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        app.registered("bob@example.com").await;
        app.clock.step(100 * DAY);
        let waits = app.mfa_token(&ann.email).await;
        let tokens = app.log_in("bob@example.com", PASSWORD).await.tokens();
        let body = json!({"email": "bob@example.com", "password": PASSWORD, "session": "cookie"});
        let browser = app.post("/api/v1/auth/login", body).await;
        let cookies: Vec<_> = browser.headers.get_all(header::SET_COOKIE).iter().collect();
        let cookies = cookies
            .iter()
            .map(|value| value.to_str().unwrap().split(';').next().unwrap());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        assert_eq!(browser.status, 200);
        app.clock.step(-100 * DAY);
        assert_eq!(app.refresh(&tokens.refresh).await.refusal().0, 401);
        assert_eq!(app.me(&tokens.access).await.status, 401);
        let restarted = app.another_node().await;
        let request = Request::get("/api/v1/auth/me").header(header::COOKIE, &cookies);
        assert_eq!(
            restarted
                .send(request.body(Body::empty()).unwrap())
                .await
                .status,
            401
        );
        let went_on = app.mfa(&waits, &ann.app.code(&app, 0)).await;
        assert_eq!(went_on.refusal().0, 401);
        let token = app.mfa_token(&ann.email).await;
        assert_eq!(
            app.mfa(&token, &ann.app.code(&app, 0)).await.status,
            200,
            "this one is right"
        );
    })
    .await;
}

#[tokio::test]
async fn a_logout_on_one_node_is_known_on_another_after_its_next_poll() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let tokens = app.registered("ann@example.com").await;
        app.clock.advance(SECOND);
        other.service.poll_revocations().await.unwrap();
        assert_eq!(
            other.me(&tokens.access).await.status,
            200,
            "and so in its memory"
        );

        assert_eq!(app.log_out(&tokens.refresh).await, 204);
        assert_eq!(other.me(&tokens.access).await.status, 200, "not polled yet");
        app.clock.advance(SECOND);
        other.service.poll_revocations().await.unwrap();
        assert_eq!(
            other.me(&tokens.access).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}

#[tokio::test]
async fn a_revocation_that_commits_late_is_still_seen() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let tokens = app.registered("ann@example.com").await;
        // Its time is from before the other node's last poll.
        app.clock.advance(4 * SECOND);
        other.service.poll_revocations().await.unwrap();
        app.clock.advance(-4 * SECOND);
        assert_eq!(app.log_out(&tokens.refresh).await, 204);
        app.clock.advance(5 * SECOND);
        other.service.poll_revocations().await.unwrap();
        assert_eq!(other.me(&tokens.access).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn sessions_whose_end_commits_long_after_its_time_was_taken_are_found() {
    on_each_engine(async |app| {
        for late in [8 * SECOND, 300 * SECOND] {
            let other = app.another_node().await;
            let email = format!("ann{late}@example.com");
            let tokens = app.registered(&email).await;
            assert_eq!(other.me(&tokens.access).await.status, 200);
            // The other node polls meanwhile, at later times than that of the end.
            let asked_at = app.clock.now();
            app.clock.advance(late);
            other.service.poll_revocations().await.unwrap();
            let behind = FakeClock::at(asked_at);
            let node = Service::open(app.db.clone(), deps(fast(), &behind))
                .await
                .unwrap();
            let client = testkit::client();
            let principal = node.authenticate(&tokens.access, &client).await.unwrap();
            node.end_sessions(&principal, true, &client).await.unwrap();
            other.service.poll_revocations().await.unwrap();
            assert_eq!(other.me(&tokens.access).await.status, 401, "{late}");
        }
    })
    .await;
}

/// As a node of an earlier version ends one.
#[tokio::test]
async fn a_session_that_ended_without_a_number_is_found() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let other = app.another_node().await;
        assert_eq!(other.me(&tokens.access).await.status, 200);
        let sql = "UPDATE sessions SET revoked_at = 1";
        app.db.execute(sql, vec![]).await.unwrap();
        other.service.poll_revocations().await.unwrap();
        assert_eq!(other.me(&tokens.access).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_was_wrong_for_a_while_revives_no_ended_session() {
    on_each_engine(async |app| {
        for step in [5_000 * SECOND, 8 * DAY, -5_000 * SECOND] {
            let tokens = app.registered(&format!("ann{step}@example.com")).await;
            assert_eq!(app.log_out(&tokens.refresh).await, 204);
            app.service.poll_revocations().await.unwrap();
            app.clock.step(step);
            for _ in 0..3 {
                app.clock.advance(SECOND);
                app.service.poll_revocations().await.unwrap();
            }
            // A node that starts meanwhile.
            let other = app.another_node().await;
            app.clock.step(-step);
            for node in [&app, &other] {
                assert_eq!(node.me(&tokens.access).await.status, 401, "{step}");
                node.service.poll_revocations().await.unwrap();
                assert_eq!(node.me(&tokens.access).await.status, 401, "{step}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_after_an_end_was_forgotten_finds_it_again() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        assert_eq!(app.log_out(&tokens.refresh).await, 204);
        app.service.poll_revocations().await.unwrap();
        app.clock.advance(4_000 * SECOND);
        app.service.poll_revocations().await.unwrap();
        app.clock.step(-3_990 * SECOND);
        app.service.poll_revocations().await.unwrap();
        assert_eq!(app.me(&tokens.access).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_ended_before_a_restart_stays_ended() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        assert_eq!(app.log_out(&tokens.refresh).await, 204);
        app.clock.advance(890 * SECOND);
        let restarted = app.another_node().await;
        assert_eq!(
            restarted.me(&tokens.access).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}

#[tokio::test]
async fn the_background_work_learns_of_revocations_by_itself() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let other = app.another_node().await;
        assert_eq!(app.log_out(&tokens.refresh).await, 204);
        let background = other.service.start_background();
        while other.me(&tokens.access).await.status == 200 {
            tokio::task::yield_now().await;
        }
        drop(background);
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_deleted_and_nothing_else() {
    on_each_engine(async |app| {
        let count = async |sql| app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0;
        let old = app.registered("ann@example.com").await;
        app.clock.advance(29 * DAY);
        let newer = app.refresh(&old.refresh).await.tokens();
        app.clock.advance(2 * DAY);
        app.delete_expired().await;
        assert_eq!(
            count("SELECT count(*) FROM refresh_tokens").await,
            1,
            "the newer one"
        );
        assert_eq!(app.refresh(&newer.refresh).await.status, 200);

        app.clock.advance(90 * DAY);
        app.delete_expired().await;
        assert_eq!(count("SELECT count(*) FROM refresh_tokens").await, 0);
        assert_eq!(count("SELECT count(*) FROM sessions").await, 0);
        assert_eq!(count("SELECT count(*) FROM users").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_far_ahead_deletes_nothing_after_a_start_and_nothing_once_it_was_set() {
    on_each_engine(async |app| {
        let count = async |sql| app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0;
        let links = "SELECT count(*) FROM one_time_tokens";
        app.registered("ann@example.com").await;
        assert_eq!(count(links).await, 1);
        app.service.clean_up().await.unwrap();
        app.clock.step(8 * DAY);
        let started_ahead = app.another_node().await;
        for node in [&app, &app, &started_ahead] {
            node.service.clean_up().await.unwrap();
            assert_eq!(count(links).await, 1);
        }
        app.clock.step(-8 * DAY);
        app.service.clean_up().await.unwrap();
        assert_eq!(count(links).await, 1);
        // Time that passes is another thing.
        for left in [1, 0] {
            app.clock.advance(8 * DAY);
            app.service.clean_up().await.unwrap();
            assert_eq!(count(links).await, left);
        }
    })
    .await;
}

#[tokio::test]
async fn a_time_that_an_operator_accepts_is_believed_on_every_node_whose_clock_agrees() {
    on_each_engine(async |app| {
        let links = "SELECT count(*) FROM one_time_tokens";
        let count = async || app.db.fetch_one::<(i64,)>(links, vec![]).await.unwrap().0;
        app.registered("ann@example.com").await;
        let other = app.another_node().await;
        for node in [&app, &other] {
            node.service.clean_up().await.unwrap();
        }
        // The clock was behind, and is set right.
        app.clock.step(8 * DAY);
        let (last, now) = (app.clock.now().plus(-8 * DAY), app.clock.now());
        app.clock.advance(HOUR);
        other.service.clean_up().await.unwrap();
        app.clock.advance(HOUR);
        other.service.clean_up().await.unwrap();
        assert_eq!(count().await, 1, "nobody has accepted it");
        let accepted = app.service.record_accepted_time(last, now, "it was behind");
        accepted.await.unwrap();
        for left in [1, 0] {
            app.clock.advance(HOUR);
            other.service.clean_up().await.unwrap();
            assert_eq!(count().await, left);
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_clock_that_was_ahead_has_made_is_gone_once_the_time_is_accepted() {
    const ROWS: &[&str] = &[
        "SELECT count(*) FROM sessions",
        "SELECT count(*) FROM refresh_tokens",
        "SELECT count(*) FROM one_time_tokens",
        "SELECT count(*) FROM login_failures",
    ];
    on_each_engine(async |app| {
        let count = async |sql| app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0;
        let make = async |email: &str| {
            app.registered(email).await;
            app.log_in(email, "a wrong password 9").await;
        };
        make("ann@example.com").await;
        let mut before = Vec::new();
        for sql in ROWS {
            before.push(count(sql).await);
        }
        assert!(before.iter().all(|count| *count > 0), "{before:?}");
        let right = app.clock.now();
        app.clock.step(100 * DAY);
        make("bob@example.com").await;
        app.clock.step(-100 * DAY);
        for (sql, before) in ROWS.iter().zip(&before) {
            assert!(count(sql).await > *before, "{sql}");
        }
        let ahead = right.plus(100 * DAY);
        let accepted = app.service.record_accepted_time(ahead, right, "was ahead");
        accepted.await.unwrap();
        for (sql, before) in ROWS.iter().zip(&before) {
            assert_eq!(count(sql).await, *before, "{sql}");
        }
        let latest = "SELECT max(seen_at) FROM known_devices";
        assert!(count(latest).await <= right.plus(HOUR).micros());
    })
    .await;
}

#[tokio::test]
async fn where_redis_is_away_logouts_are_found_by_polling() {
    on_each_engine(async |app| {
        let away = Deps {
            redis_url: "redis://127.0.0.1:1/".to_owned(),
            ..deps(fast(), &app.clock)
        };
        let node = Service::open(app.db.clone(), away).await.unwrap();
        let tokens = app.registered("ann@example.com").await;
        let client = testkit::client();
        assert!(node.authenticate(&tokens.access, &client).await.is_ok());
        node.log_out(&tokens.refresh, &client).await.unwrap();
        assert!(node.authenticate(&tokens.access, &client).await.is_err());
        app.service.poll_revocations().await.unwrap();
        assert_eq!(app.me(&tokens.access).await.status, 401);

        let tokens = app.registered("bob@example.com").await;
        let background = node.start_background();
        assert_eq!(app.log_out(&tokens.refresh).await, 204);
        while node.authenticate(&tokens.access, &client).await.is_ok() {
            tokio::task::yield_now().await;
        }
        drop(background);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_address_of_redis_stops_the_start_and_is_not_shown() {
    on_each_engine(async |app| {
        let wrong = Deps {
            redis_url: "http://:hunter2@127.0.0.1/".to_owned(),
            ..deps(fast(), &app.clock)
        };
        let error = Service::open(app.db.clone(), wrong).await.err().unwrap();
        let said = error.to_string();
        assert!(
            said.contains("redis_url") && !said.contains("hunter2"),
            "{said}"
        );
    })
    .await;
}
