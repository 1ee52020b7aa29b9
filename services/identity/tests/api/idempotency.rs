//! The same key twice: one effect and one answer, sealed while it is kept, for one user and one
//! route.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use contracts::identity::Role;
use serde_json::{Value, json};
use values::DAY;

use crate::support::{Answer, App, PASSWORD, Purse, on_each_engine};

/// A request with a key, as it is written.
async fn written(app: &App, token: &str, key: &str, path: &str, body: &str) -> Answer {
    let request = Request::post(format!("/api/v1{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_owned()))
        .unwrap();
    app.send(request).await
}

fn is_replayed(answer: &Answer) -> bool {
    let mark = answer.headers.get("idempotent-replayed");
    mark.is_some_and(|mark| mark == "true")
}

/// Sends a request twice with one key: both answers are the same, and the second one says that it
/// is the first.
async fn twice(app: &App, token: &str, path: &str, body: &Value, status: u16) -> Value {
    let body = body.to_string();
    let first = written(app, token, "key 1", path, &body).await;
    assert_eq!(first.status, status, "{path}: {:?}", first.body);
    assert!(!is_replayed(&first), "{path}");
    let again = written(app, token, "key 1", path, &body).await;
    assert!(is_replayed(&again), "{path}: {:?}", again.body);
    assert_eq!((again.status, &again.body), (status, &first.body), "{path}");
    assert_eq!(
        again.headers.get(header::CONTENT_TYPE),
        first.headers.get(header::CONTENT_TYPE)
    );
    assert_eq!(
        again.headers.get(header::CACHE_CONTROL),
        first.headers.get(header::CACHE_CONTROL)
    );
    first.body
}

async fn reused(app: &App, token: &str, path: &str, body: &Value) {
    let refused = written(app, token, "key 1", path, &body.to_string()).await;
    assert_eq!(refused.refusal(), (422, "idempotency_key_reused"), "{path}");
    assert_eq!(refused.body["errors"][0]["param"], "Idempotency-Key");
}

async fn count(app: &App, sql: &'static str) -> i64 {
    app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
}

fn new_user(email: &str) -> Value {
    json!({"email": email, "name": "Ann Example", "password": PASSWORD, "role": "user"})
}

#[tokio::test]
async fn what_administrators_make_is_made_once() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        let ann = new_user("ann@example.com");
        twice(&app, &admin, "/users", &ann, 201).await;
        reused(&app, &admin, "/users", &new_user("bob@example.com")).await;
        let first = json!({"email": "first@example.com", "name": "First", "password": PASSWORD});
        let acme = json!({"slug": "acme", "name": "Acme", "admin": first});
        twice(&app, &admin, "/organisations", &acme, 201).await;
        let other = json!({"slug": "other", "name": "Acme", "admin": first});
        reused(&app, &admin, "/organisations", &other).await;
        assert_eq!(
            count(&app, "SELECT count(*) FROM organisations").await,
            2,
            "the default one, and one more"
        );
        assert_eq!(count(&app, "SELECT count(*) FROM users").await, 3);
    })
    .await;
}

#[tokio::test]
async fn an_api_key_is_made_once_and_shown_to_the_same_request_again() {
    on_each_engine(async |app| {
        let ann = app.confirmed("ann@example.com").await.access;
        let body = json!({"name": "nightly", "scopes": ["wallets:own"]});
        let made = twice(&app, &ann, "/api-keys", &body, 201).await;
        let key = made["key"].as_str().unwrap();
        assert_eq!(app.me(key).await.status, 200);
        let other = json!({"name": "weekly", "scopes": ["wallets:own"]});
        reused(&app, &ann, "/api-keys", &other).await;
        assert_eq!(count(&app, "SELECT count(*) FROM api_keys").await, 1);
        let bob = app.confirmed("bob@example.com").await.access;
        let theirs = twice(&app, &bob, "/api-keys", &body, 201).await;
        assert_ne!(theirs["key"], made["key"], "a key belongs to its user");
    })
    .await;
}

#[tokio::test]
async fn a_password_is_changed_once() {
    on_each_engine(async |app| {
        let ann = app.confirmed("ann@example.com").await.access;
        let new = "purple velocipede uphill";
        let body = json!({"current_password": PASSWORD, "new_password": new});
        twice(&app, &ann, "/auth/change-password", &body, 204).await;
        let other =
            json!({"current_password": PASSWORD, "new_password": "another velocipede uphill"});
        reused(&app, &ann, "/auth/change-password", &other).await;
        assert_eq!(app.log_in("ann@example.com", new).await.status, 200);
        let told = "SELECT count(*) FROM messages WHERE kind LIKE 'password%'";
        assert_eq!(count(&app, told).await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_app_is_disabled_once_and_sessions_are_ended_once() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await.tokens.access;
        twice(&app, &ann, "/auth/2fa/disable", &Value::Null, 204).await;
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        let (bob, token) = app.somebody("bob@example.com", Role::User).await;
        let path = format!("/users/{bob}/sessions/end");
        let ended = twice(&app, &admin, &path, &Value::Null, 200).await;
        assert_eq!(ended, json!({"ended": 1}));
        assert_eq!(app.me(&token).await.status, 401);
        app.log_in("bob@example.com", PASSWORD).await;
        let again = twice_more(&app, &admin, &path).await;
        assert_eq!(again, json!({"ended": 1}), "the new session goes on");
    })
    .await;
}

/// What was answered under the key before is answered again.
async fn twice_more(app: &App, token: &str, path: &str) -> Value {
    let again = written(app, token, "key 1", path, "null").await;
    assert!(is_replayed(&again));
    again.body
}

#[tokio::test]
async fn a_body_is_the_same_however_it_is_written() {
    on_each_engine(async |app| {
        let ann = app.confirmed("ann@example.com").await.access;
        let send = async |body: &str| written(&app, &ann, "k", "/api-keys", body).await;
        let made = send(r#"{"name":"nightly","scopes":["wallets:own"]}"#).await;
        let same = send(" {\"scopes\": [\"wallets:own\"],\n \"name\": \"night\\u006cy\"}").await;
        assert_eq!((is_replayed(&same), same.body), (true, made.body));
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_is_sealed_and_forgotten_after_a_week_or_with_the_account() {
    on_each_engine(async |app| {
        let ann = app.confirmed("ann@example.com").await.access;
        let body = json!({"name": "nightly", "scopes": ["wallets:own"]});
        let made = twice(&app, &ann, "/api-keys", &body, 201).await;
        let sql = "SELECT answer FROM idempotency";
        let (kept,): (Vec<u8>,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        for secret in [made["key"].as_str().unwrap(), "nightly", "payflow_sk_"] {
            let seen = kept.windows(secret.len()).any(|it| it == secret.as_bytes());
            assert!(!seen, "{secret}");
        }
        // On another node too.
        let node = app.another_node().await;
        let again = written(&node, &ann, "key 1", "/api-keys", &body.to_string()).await;
        assert_eq!((is_replayed(&again), again.body), (true, made));

        let rows = "SELECT count(*) FROM idempotency";
        let bob = app.confirmed("bob@example.com").await.access;
        twice(&app, &bob, "/api-keys", &body, 201).await;
        app.service.set_wallets(Arc::new(Purse(Ok(false))));
        let closing = Some(json!({"password": PASSWORD}));
        let closed = app.ask(&bob, "DELETE", "/users/me", closing).await;
        assert_eq!((closed.status, count(&app, rows).await), (204, 1));

        app.clock.advance(7 * DAY);
        app.delete_expired().await;
        assert_eq!(count(&app, rows).await, 1);
        app.clock.advance(1);
        app.delete_expired().await;
        assert_eq!(count(&app, rows).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        let weak =
            json!({"email": "ann@example.com", "name": "Ann", "password": "short", "role": "user"});
        let refused = written(&app, &admin, "k", "/users", &weak.to_string()).await;
        assert_eq!(refused.status, 422);
        let good = new_user("ann@example.com").to_string();
        let made = written(&app, &admin, "k", "/users", &good).await;
        assert_eq!((made.status, is_replayed(&made)), (201, false));
        // The same without a key is refused, and with another key.
        let taken = written(&app, &admin, "k2", "/users", &good).await;
        assert_eq!(taken.refusal(), (409, "email_taken"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_at_the_same_time_with_one_key_happen_once() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        let (app, admin) = (&app, &admin);
        let body = &json!({"name": "nightly", "scopes": ["wallets:own"]}).to_string();
        let ann = &new_user("ann@example.com").to_string();
        let one = || written(app, admin, "k", "/api-keys", body);
        let user = || written(app, admin, "k", "/users", ann);
        let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
        let (e, f, g, h) = tokio::join!(user(), user(), user(), user());
        for answers in [[a, b, c, d], [e, f, g, h]] {
            let first = &answers[0];
            for answer in &answers {
                assert_eq!((answer.status, &answer.body), (201, &first.body));
            }
            let replayed = answers.iter().filter(|it| is_replayed(it)).count();
            assert_eq!(replayed, 3);
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_has_1_to_255_printable_characters() {
    on_each_engine(async |app| {
        let ann = app.confirmed("ann@example.com").await.access;
        let body = json!({"name": "nightly", "scopes": ["wallets:own"]}).to_string();
        for key in ["", &"k".repeat(256), "k\tk"] {
            let refused = written(&app, &ann, key, "/api-keys", &body).await;
            assert_eq!(refused.refusal(), (400, "invalid_idempotency_key"), "{key}");
        }
        let longest = "k".repeat(255);
        let made = written(&app, &ann, &longest, "/api-keys", &body).await;
        assert_eq!(made.status, 201);
    })
    .await;
}
