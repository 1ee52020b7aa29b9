//! API keys: made, shown once, used, and no good any more.

use access::{AuthenticationError, Authenticator, Principal};
use contracts::identity::{Credential, Permission, Role};
use serde_json::{Value, json};
use values::SECOND;
use web::client::Client;

use crate::support::{Answer, App, PASSWORD, on_each_engine};

async fn create(app: &App, token: &str, body: Value) -> Answer {
    app.ask(token, "POST", "/api-keys", Some(body)).await
}

/// A key with these scopes: its id and its text.
async fn key(app: &App, token: &str, scopes: &[&str]) -> (String, String) {
    let made = create(app, token, json!({"name": "test", "scopes": scopes})).await;
    assert_eq!(made.status, 201, "{:?}", made.body);
    let text = |name: &str| made.body[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

async fn who(app: &App, key: &str, client: &Client) -> Result<Principal, AuthenticationError> {
    app.service.authenticate(key, client).await
}

async fn is_good(app: &App, key: &str) -> bool {
    match who(app, key, &testkit::client()).await {
        Ok(_) => true,
        Err(AuthenticationError::Unauthenticated) => false,
        Err(fault) => panic!("{fault}"),
    }
}

#[tokio::test]
async fn a_key_is_shown_once_and_the_database_does_not_hold_it() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let asked = json!({"name": " nightly ", "scopes": ["wallets:own"], "addresses": ["192.0.2.7"],
            "expires_at": app.clock_in(SECOND)});
        let made = create(&app, &token, asked).await;
        assert_eq!(made.status, 201, "{:?}", made.body);
        assert_eq!(made.headers["cache-control"], "no-store");
        let text = made.body["key"].as_str().unwrap();
        assert!(text.starts_with("payflow_sk_"));

        let listed = app.see(&token, "/api-keys").await;
        assert!(!listed.body.to_string().contains(text));
        let shown = &listed.body["data"][0];
        assert_eq!(shown["begins_with"], text[..17]);
        assert_eq!(shown["name"], "nightly");
        assert_eq!(shown["scopes"], json!(["wallets:own"]));
        assert_eq!(shown["addresses"], json!(["192.0.2.7/32"]));
        assert_eq!(shown["last_used_at"], Value::Null);

        let sql = "SELECT name || shown || scopes || addresses FROM api_keys";
        let (row,): (String,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert!(!row.contains(&text[17..]));
    })
    .await;
}

#[tokio::test]
async fn a_key_acts_for_its_owner_within_its_scopes() {
    on_each_engine(async |app| {
        let (id, token) = app.somebody("root@example.com", Role::Admin).await;
        let (key_id, text) = key(&app, &token, &["users:read_all"]).await;
        let principal = who(&app, &text, &testkit::client()).await.unwrap();
        assert_eq!(principal.user.to_string(), id);
        assert!(matches!(principal.credential, Credential::ApiKey(it) if it.to_string() == key_id));
        let may: Vec<_> = principal.permissions.iter().collect();
        assert_eq!(may, [Permission::UsersReadAll]);

        assert_eq!(app.see(&text, "/users").await.status, 200);
        let path = format!("/users/{id}/sessions/end");
        let refused = app.ask(&text, "POST", &path, None).await;
        assert_eq!(refused.refusal(), (403, "forbidden"));
        assert_eq!(refused.body["errors"][0]["code"], "users:manage");
        let more = create(
            &app,
            &text,
            json!({"name": "more", "scopes": ["users:read_all"]}),
        )
        .await;
        assert_eq!(more.refusal(), (403, "forbidden"), "a key makes no keys");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_cannot_be_made_is_refused_with_its_reason() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let past = app.clock_in(0);
        for (asked, code) in [
            (json!({"scopes": ["wallets:own"]}), (400, "missing_field")),
            (
                json!({"name": "x", "scopes": "wallets:own"}),
                (400, "invalid_value"),
            ),
            (
                json!({"name": "x", "scopes": ["wallets:own"], "role": "admin"}),
                (400, "unknown_field"),
            ),
            (
                json!({"name": "x", "scopes": ["wallets:own"], "expires_at": "soon"}),
                (400, "invalid_value"),
            ),
            (
                // In UTC it is a year that has no text: the list of keys would fail ever after.
                json!({"name": "x", "scopes": ["wallets:own"], "expires_at": "9999-12-31T23:59:59-00:01"}),
                (400, "invalid_value"),
            ),
            (
                json!({"name": " ", "scopes": ["wallets:own"]}),
                (422, "invalid_name"),
            ),
            (
                json!({"name": "\u{2066}key\u{2069}", "scopes": ["wallets:own"]}),
                (422, "invalid_name"),
            ),
            (json!({"name": "x", "scopes": []}), (422, "scope_missing")),
            (
                json!({"name": "x", "scopes": ["*"]}),
                (422, "unknown_scope"),
            ),
            (
                json!({"name": "x", "scopes": ["ledger"]}),
                (422, "scope_not_allowed"),
            ),
            (
                json!({"name": "x", "scopes": ["profile"]}),
                (422, "scope_not_allowed"),
            ),
            (
                json!({"name": "x", "scopes": ["wallets:own"], "addresses": ["10.0.0.0/33"]}),
                (422, "invalid_address"),
            ),
            (
                json!({"name": "x", "scopes": ["wallets:own"], "expires_at": past}),
                (422, "expired_already"),
            ),
        ] {
            let refused = create(&app, &token, asked.clone()).await;
            assert_eq!(refused.refusal(), code, "{asked}");
        }
        assert_eq!(app.see(&token, "/api-keys").await.body["data"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn nobody_has_keys_without_end() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        for _ in 0..100 {
            key(&app, &token, &["wallets:own"]).await;
        }
        let asked = json!({"name": "x", "scopes": ["wallets:own"]});
        let refused = create(&app, &token, asked).await;
        assert_eq!(refused.refusal(), (422, "too_many_api_keys"));
        let page = app.see(&token, "/api-keys?limit=60").await;
        let cursor = page.body["next_cursor"].as_str().unwrap();
        let rest = app
            .see(&token, &format!("/api-keys?limit=60&cursor={cursor}"))
            .await;
        assert_eq!(rest.body["data"].as_array().unwrap().len(), 40);
    })
    .await;
}

#[tokio::test]
async fn an_ended_key_is_refused_at_once_here_and_within_a_second_elsewhere() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let (_, stranger) = app.somebody("bob@example.com", Role::Admin).await;
        let (id, text) = key(&app, &token, &["wallets:own"]).await;
        assert!(is_good(&app, &text).await && is_good(&other, &text).await);
        let path = format!("/api-keys/{id}");
        let not_theirs = app.ask(&stranger, "DELETE", &path, None).await;
        assert_eq!(not_theirs.refusal(), (404, "not_found"));

        assert_eq!(app.ask(&token, "DELETE", &path, None).await.status, 204);
        assert!(!is_good(&app, &text).await);
        assert!(is_good(&other, &text).await, "asked a moment ago");
        app.clock.advance(SECOND);
        assert!(!is_good(&other, &text).await);
        assert_eq!(app.ask(&token, "DELETE", &path, None).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn a_key_dies_with_the_role_and_sleeps_while_its_owner_is_suspended() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (ann, token) = app.somebody("ann@example.com", Role::Operator).await;
        let (_, text) = key(&app, &token, &["users:read_all"]).await;
        assert_eq!(other.see(&text, "/users").await.status, 200);
        let change = async |asked: Value| {
            let path = format!("/users/{ann}");
            assert_eq!(
                app.ask(&admin, "PATCH", &path, Some(asked)).await.status,
                200
            );
            app.clock.advance(SECOND);
        };
        change(json!({"role": "user"})).await;
        for node in [&app, &other] {
            assert_eq!(
                node.see(&text, "/users").await.refusal(),
                (403, "forbidden")
            );
        }
        change(json!({"status": "suspended", "reason": "x"})).await;
        for node in [&app, &other] {
            assert_eq!(
                node.see(&text, "/users").await.refusal(),
                (401, "unauthenticated")
            );
        }
        change(json!({"status": "active", "role": "auditor"})).await;
        for node in [&app, &other] {
            assert_eq!(node.see(&text, "/users").await.status, 200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_suspension_or_another_role_stops_keys_at_once_here_and_within_a_second_elsewhere() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let suspended = json!({"status": "suspended", "reason": "x"});
        for (email, change, code) in [
            ("ann@example.com", suspended, (401, "unauthenticated")),
            (
                "bob@example.com",
                json!({"role": "user"}),
                (403, "forbidden"),
            ),
        ] {
            let (user, token) = app.somebody(email, Role::Auditor).await;
            let (_, text) = key(&app, &token, &["users:read_all"]).await;
            for node in [&app, &other] {
                assert_eq!(node.see(&text, "/users").await.status, 200);
            }
            let path = format!("/users/{user}");
            let changed = app.ask(&admin, "PATCH", &path, Some(change)).await;
            assert_eq!(changed.status, 200, "{:?}", changed.body);
            assert_eq!(app.see(&text, "/users").await.refusal(), code);
            app.clock.advance(SECOND);
            assert_eq!(other.see(&text, "/users").await.refusal(), code);
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_expires_is_refused_on_every_node_to_the_microsecond() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let asked =
            json!({"name": "x", "scopes": ["wallets:own"], "expires_at": app.clock_in(SECOND / 2)});
        let made = create(&app, &token, asked).await;
        let text = made.body["key"].as_str().unwrap();
        app.clock.advance(SECOND / 2 - 1);
        assert!(is_good(&app, text).await && is_good(&other, text).await);
        app.clock.advance(1);
        assert!(!is_good(&app, text).await && !is_good(&other, text).await);
    })
    .await;
}

#[tokio::test]
async fn a_key_is_good_until_it_expires_and_from_its_addresses_only() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let asked = json!({"name": "x", "scopes": ["wallets:own"], "addresses": ["198.51.100.0/24", "2001:db8::1"],
            "expires_at": app.clock_in(SECOND / 2)});
        let made = create(&app, &token, asked).await;
        let text = made.body["key"].as_str().unwrap();
        let from = |address: &str| Client::new(address.parse().unwrap(), None);
        for inside in ["198.51.100.9", "::ffff:198.51.100.9", "2001:db8::1"] {
            assert!(who(&app, text, &from(inside)).await.is_ok(), "{inside}");
        }
        for outside in ["198.51.101.9", "192.0.2.7", "2001:db8::2"] {
            let refused = who(&app, text, &from(outside)).await;
            assert!(matches!(refused, Err(AuthenticationError::Unauthenticated)), "{outside}");
        }
        app.clock.advance(SECOND / 2);
        assert!(who(&app, text, &from("198.51.100.9")).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_known_to_the_minute() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let (_, text) = key(&app, &token, &["wallets:own"]).await;
        let last = async || {
            let sql = "SELECT last_used_at FROM api_keys";
            let (at,): (Option<i64>,) = app.db.fetch_one(sql, vec![]).await.unwrap();
            at
        };
        assert_eq!(last().await, None);
        assert!(is_good(&app, &text).await);
        let first = last().await.unwrap();
        app.clock.advance(60 * SECOND);
        assert!(is_good(&app, &text).await);
        assert_eq!(last().await, Some(first));
        app.clock.advance(SECOND);
        assert!(is_good(&app, &text).await);
        assert_eq!(last().await, Some(first + 61 * SECOND));
    })
    .await;
}

#[tokio::test]
async fn what_only_looks_like_a_key_is_refused() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let (_, text) = key(&app, &token, &["wallets:own"]).await;
        let longer = format!("{text}0");
        let upper = text.to_uppercase();
        for wrong in ["payflow_sk_", "payflow_sk_x", &text[..44], &longer, &upper] {
            assert!(!is_good(&app, wrong).await, "{wrong}");
        }
        assert!(is_good(&app, &text).await);
        assert_eq!(app.refresh(&text).await.status, 401);
        assert_eq!(app.log_in("ann@example.com", &text).await.status, 401);
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 200);
    })
    .await;
}

/// What the mails of this kind say.
async fn told(app: &App, kind: &str) -> Vec<String> {
    app.service.deliver_messages().await.unwrap();
    let mails = app.inbox.take().into_iter();
    mails
        .filter(|mail| mail.kind == kind)
        .map(|mail| mail.text)
        .collect()
}

#[tokio::test]
async fn a_new_key_is_mailed_to_its_owner() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let (_, text) = key(&app, &token, &["wallets:own"]).await;
        let mails = told(&app, "api_key_created").await;
        assert_eq!(mails.len(), 1);
        for part in [
            "name: test\n",
            &format!("shown: {}\n", &text[..17]),
            "scopes: wallets:own\n",
        ] {
            assert!(mails[0].contains(part), "{}", mails[0]);
        }
        assert!(!mails[0].contains(&text[17..]));
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_leaves_keys_and_says_how_many_unless_it_ends_them() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let (_, first) = key(&app, &token, &["wallets:own"]).await;
        key(&app, &token, &["wallets:own"]).await;
        let ends = json!({"name": "short", "scopes": ["wallets:own"], "expires_at": app.clock_in(SECOND)});
        assert_eq!(create(&app, &token, ends).await.status, 201);
        app.clock.advance(SECOND);
        let change = async |current: &str, new: &str, revoke: Value| {
            let mut body = json!({"current_password": current, "new_password": new});
            if !revoke.is_null() {
                body["revoke_api_keys"] = revoke;
            }
            app.post_as(&token, "/api/v1/auth/change-password", body).await.status
        };
        let (kind, new) = ("password_changed", "purple velocipede uphill");
        told(&app, kind).await;
        assert_eq!(change(PASSWORD, new, Value::Null).await, 204);
        assert!(is_good(&app, &first).await);
        let mail = told(&app, kind).await.remove(0);
        assert!(mail.contains("keys_ended: 0\n") && mail.contains("keys_left: 2\n"), "{mail}");
        assert_eq!(change(new, PASSWORD, json!(true)).await, 204);
        assert!(!is_good(&app, &first).await);
        let mail = told(&app, kind).await.remove(0);
        assert!(mail.contains("keys_ended: 3\n") && mail.contains("keys_left: 0\n"), "{mail}");
        let ended = "SELECT count(*) FROM audit_entries WHERE act = 'password.changed' AND details LIKE '%\"api_keys_ended\":3%'";
        assert_eq!(app.db.fetch_one::<(i64,)>(ended, vec![]).await.unwrap().0, 1);
    })
    .await;
}
