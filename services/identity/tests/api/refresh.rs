//! Rotation of refresh tokens, and what happens when one is used twice.

use access::Authenticator;
use axum::body::Body;
use axum::http::{Request, header};
use contracts::identity::Role;
use identity::Config;
use serde_json::json;
use values::{DAY, SECOND};

use crate::support::{PASSWORD, fast, master_key, on_each_engine};

#[tokio::test]
async fn a_refresh_gives_new_tokens_for_the_same_session() {
    on_each_engine(async |app| {
        let first = app.registered("ann@example.com").await;
        app.clock.advance(10 * SECOND);
        let answer = app.refresh(&first.refresh).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            (&answer.body["token_type"], &answer.body["expires_in"]),
            (&"Bearer".into(), &900.into())
        );
        let second = answer.tokens();
        assert_ne!(second.refresh, first.refresh);
        assert_ne!(second.access, first.access);

        let of = async |token: &str| {
            app.service
                .authenticate(token, &testkit::client())
                .await
                .unwrap()
        };
        assert_eq!(
            of(&second.access).await,
            of(&first.access).await,
            "the old access token lives on"
        );
        assert_eq!(app.refresh(&second.refresh).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_second_use_of_a_refresh_token_ends_the_whole_family() {
    on_each_engine(async |app| {
        let first = app.registered("ann@example.com").await;
        let second = app.refresh(&first.refresh).await.tokens();
        let third = app.refresh(&second.refresh).await.tokens();
        assert_eq!(app.me(&third.access).await.status, 200);

        assert_eq!(
            app.refresh(&first.refresh).await.refusal(),
            (401, "unauthenticated")
        );
        for tokens in [first, second, third] {
            assert_eq!(
                app.me(&tokens.access).await.refusal(),
                (401, "unauthenticated")
            );
            assert_eq!(
                app.refresh(&tokens.refresh).await.refusal(),
                (401, "unauthenticated")
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refreshes_at_once_and_after_a_lost_answer_get_one_successor() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let (one, two) = tokio::join!(app.refresh(&tokens.refresh), app.refresh(&tokens.refresh));
        app.clock.advance(10 * SECOND - 1);
        let three = app.another_node().await.refresh(&tokens.refresh).await;
        for answer in [&one, &two, &three] {
            assert_eq!(answer.status, 200, "{:?}", answer.body);
            assert_eq!(answer.tokens().refresh, one.tokens().refresh);
            assert_eq!(app.me(&answer.tokens().access).await.status, 200);
        }
        let rows: Vec<(i64,)> = app
            .db
            .fetch_all("SELECT created_at FROM refresh_tokens", vec![])
            .await
            .unwrap();
        assert_eq!(rows.len(), 2, "a repetition makes no token");
        assert_eq!(app.refresh(&one.tokens().refresh).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn after_the_leeway_or_the_next_exchange_a_used_token_ends_the_family() {
    on_each_engine(async |app| {
        let late = app.registered("ann@example.com").await;
        let next = app.refresh(&late.refresh).await.tokens();
        app.clock.advance(10 * SECOND);
        assert_eq!(app.refresh(&late.refresh).await.status, 401);
        assert_eq!(app.me(&next.access).await.status, 401);

        let older = app.log_in("ann@example.com", PASSWORD).await.tokens();
        let next = app.refresh(&older.refresh).await.tokens();
        let newest = app.refresh(&next.refresh).await.tokens();
        assert_eq!(app.refresh(&older.refresh).await.status, 401);
        assert_eq!(app.me(&newest.access).await.status, 401);
        assert_eq!(app.refresh(&newest.refresh).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_used_token_from_another_device_ends_the_family_at_once() {
    on_each_engine(async |app| {
        let phone = app.from("203.0.113.7", "app/1.0");
        app.registered("ann@example.com").await;
        for (thief, ends) in [
            (app.from("203.0.113.7", "app/2.0"), true),
            (app.from("198.51.100.9", "app/1.0"), false),
        ] {
            let tokens = phone.log_in("ann@example.com", PASSWORD).await.tokens();
            let next = phone.refresh(&tokens.refresh).await.tokens();
            let again = thief.refresh(&tokens.refresh).await;
            assert_eq!(again.status == 401, ends);
            assert_eq!(phone.refresh(&next.refresh).await.status == 401, ends);
        }
        // A browser has its cookie as well.
        let login = app.log_in("ann@example.com", PASSWORD).await;
        let cookie = login.headers["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let with_cookie = async |token: &str| {
            let request = Request::post("/api/v1/auth/refresh")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::COOKIE, &cookie)
                .body(Body::from(json!({ "refresh_token": token }).to_string()))
                .unwrap();
            app.send(request).await
        };
        let first = login.tokens().refresh;
        let next = with_cookie(&first).await.tokens();
        assert_eq!(with_cookie(&first).await.tokens().refresh, next.refresh);
        assert_eq!(app.refresh(&first).await.status, 401, "without the cookie");
        assert_eq!(with_cookie(&next.refresh).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn without_a_leeway_a_second_use_at_the_same_moment_ends_the_family() {
    on_each_engine(async |app| {
        let app = app
            .another_node_with(Config {
                refresh_reuse_leeway_s: 0,
                ..fast()
            })
            .await;
        let tokens = app.registered("ann@example.com").await;
        let (one, two) = tokio::join!(app.refresh(&tokens.refresh), app.refresh(&tokens.refresh));
        let (winner, loser) = match one.status {
            200 => (one, two),
            _ => (two, one),
        };
        assert_eq!(winner.status, 200);
        assert_eq!(loser.refusal(), (401, "unauthenticated"));
        assert_eq!(app.me(&winner.tokens().access).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_repeated_across_a_change_of_the_master_key() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let next = app.refresh(&tokens.refresh).await.tokens();
        let rotated = app
            .another_node_with(Config {
                master_key: vec![master_key(2), master_key(1)],
                ..fast()
            })
            .await;
        let again = rotated.refresh(&tokens.refresh).await.tokens();
        assert_eq!(again.refresh, next.refresh);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_token_ends_when_it_is_not_used_for_thirty_days() {
    on_each_engine(async |app| {
        let mut tokens = app.registered("ann@example.com").await;
        app.clock.advance(30 * DAY - 1);
        tokens = app.refresh(&tokens.refresh).await.tokens();
        app.clock.advance(30 * DAY);
        assert_eq!(
            app.refresh(&tokens.refresh).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_after_ninety_days_however_often_it_is_refreshed() {
    on_each_engine(async |app| {
        let mut tokens = app.registered("ann@example.com").await;
        for _ in 0..4 {
            app.clock.advance(20 * DAY);
            tokens = app.refresh(&tokens.refresh).await.tokens();
        }
        app.clock.advance(10 * DAY - 60 * SECOND);
        let last = app.refresh(&tokens.refresh).await;
        assert_eq!(
            last.body["expires_in"], 60,
            "no access token outlives its session"
        );
        app.clock.advance(60 * SECOND);
        assert_eq!(app.me(&last.tokens().access).await.status, 401);
        assert_eq!(
            app.refresh(&last.tokens().refresh).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_no_refresh_token_of_ours_is_refused() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let long = "x".repeat(100_000);
        for token in [
            "",
            "pfr_",
            "' OR 1=1 --",
            &tokens.access,
            &tokens.refresh[4..],
            &long,
        ] {
            assert_eq!(app.refresh(token).await.refusal(), (401, "unauthenticated"));
        }
        assert_eq!(app.refresh(&tokens.refresh).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn refresh_tokens_are_not_stored() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        let rows: Vec<(Vec<u8>,)> = app
            .db
            .fetch_all("SELECT token_hash FROM refresh_tokens", vec![])
            .await
            .unwrap();
        let expected = blake3::hash(tokens.refresh.as_bytes());
        assert_eq!(rows, [(expected.as_bytes().to_vec(),)]);
    })
    .await;
}

#[tokio::test]
async fn a_refresh_looks_at_the_user_again() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        app.db
            .execute("UPDATE users SET role = 'merchant'", vec![])
            .await
            .unwrap();
        let tokens = app.refresh(&tokens.refresh).await.tokens();
        assert_eq!(
            app.service
                .authenticate(&tokens.access, &testkit::client())
                .await
                .unwrap()
                .role,
            Role::Merchant
        );
        app.suspend_all().await;
        assert_eq!(
            app.refresh(&tokens.refresh).await.refusal(),
            (401, "unauthenticated")
        );
    })
    .await;
}
