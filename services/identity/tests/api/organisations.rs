//! Organisations: made by the first one's administrators, apart from each other.

use contracts::identity::Role;
use serde_json::{Value, json};

use crate::support::{Answer, App, PASSWORD, on_each_engine};

fn acme(slug: &str, email: &str) -> Value {
    let admin = json!({"email": email, "password": PASSWORD, "name": "First Admin"});
    json!({"slug": slug, "name": "Acme", "admin": admin})
}

async fn create(app: &App, token: &str, body: Value) -> Answer {
    app.ask(token, "POST", "/organisations", Some(body)).await
}

async fn log_in_at(app: &App, slug: &str, email: &str) -> Answer {
    let body = json!({"email": email, "password": PASSWORD, "organisation": slug});
    app.post("/api/v1/auth/login", body).await
}

/// The access token of the first administrator of the other organisation.
async fn boss(app: &App) -> String {
    let tokens = log_in_at(app, "acme", "boss@example.com").await.tokens();
    app.with_app(tokens).await.1.access
}

#[tokio::test]
async fn one_email_may_be_in_several_organisations_and_a_login_says_which() {
    on_each_engine(async |app| {
        let (_, root) = app.somebody("ann@example.com", Role::Admin).await;
        let made = create(&app, &root, acme("acme", "ann@example.com")).await;
        assert_eq!(made.status, 201, "{:?}", made.body);
        assert_eq!(made.body["organisation"]["slug"], "acme");
        assert_eq!(made.body["admin"]["role"], "admin");

        let here = log_in_at(&app, "default", "ann@example.com").await;
        let there = log_in_at(&app, "acme", "ann@example.com").await;
        assert_eq!((here.status, there.status), (200, 200));
        assert_eq!(there.body["user"]["id"], made.body["admin"]["id"]);
        assert_eq!(here.body["mfa_required"], true, "the root has an app");
        assert_eq!(
            app.log_in("ann@example.com", PASSWORD).await.body["mfa_required"],
            true
        );
        for slug in ["nowhere", "", "ACME", "organisation-2"] {
            let refused = log_in_at(&app, slug, "ann@example.com").await;
            assert_eq!(refused.refusal(), (401, "invalid_credentials"), "{slug}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_administrator_sees_and_changes_nobody_of_another_organisation() {
    on_each_engine(async |app| {
        let (root_id, root) = app.somebody("root@example.com", Role::Admin).await;
        let made = create(&app, &root, acme("acme", "boss@example.com")).await;
        let boss_id = made.body["admin"]["id"].as_str().unwrap();
        let boss = boss(&app).await;
        for (token, other, own) in [
            (&boss, root_id.as_str(), boss_id),
            (&root, boss_id, &root_id),
        ] {
            let listed = app.see(token, "/users").await.body.to_string();
            assert!(listed.contains(own) && !listed.contains(other));
            let path = format!("/users/{other}");
            let suspend = json!({"status": "suspended", "reason": "x"});
            for (method, path, body) in [
                ("GET", path.clone(), None),
                ("PATCH", path.clone(), Some(suspend)),
                ("POST", format!("{path}/sessions/end"), None),
            ] {
                let missing = app.ask(token, method, &path, body).await;
                assert_eq!(missing.refusal(), (404, "not_found"), "{method} {path}");
            }
        }
        let new =
            json!({"email": "c@example.com", "password": PASSWORD, "name": "C", "role": "user"});
        assert_eq!(
            app.ask(&boss, "POST", "/users", Some(new)).await.status,
            201
        );
        assert_eq!(log_in_at(&app, "acme", "c@example.com").await.status, 200);
        assert_eq!(app.log_in("c@example.com", PASSWORD).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn only_the_first_organisation_makes_others() {
    on_each_engine(async |app| {
        let (_, root) = app.somebody("root@example.com", Role::Admin).await;
        create(&app, &root, acme("acme", "boss@example.com")).await;
        let boss = boss(&app).await;
        let refused = create(&app, &boss, acme("more", "boss@example.com")).await;
        assert_eq!(refused.refusal(), (403, "forbidden"));
        assert_eq!(app.see(&boss, "/organisations").await.status, 403);
        let asked = json!({"name": "x", "scopes": ["organisations:manage"]});
        let key = app.ask(&boss, "POST", "/api-keys", Some(asked)).await;
        assert_eq!(key.refusal(), (422, "scope_not_allowed"));
        let listed = app.see(&root, "/organisations").await;
        let slugs: Vec<_> = listed.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["slug"])
            .collect();
        assert_eq!(slugs, ["acme", "default"]);
    })
    .await;
}

#[tokio::test]
async fn an_organisation_that_cannot_be_made_leaves_nothing() {
    on_each_engine(async |app| {
        let (_, root) = app.somebody("root@example.com", Role::Admin).await;
        assert_eq!(
            create(&app, &root, acme("acme", "a@example.com"))
                .await
                .status,
            201
        );
        let called = |name: &str, admin: &str| {
            let mut asked = acme("new", "b@example.com");
            asked["name"] = json!(name);
            asked["admin"]["name"] = json!(admin);
            asked
        };
        for (asked, code) in [
            (acme("acme", "b@example.com"), (409, "slug_taken")),
            (acme("default", "b@example.com"), (409, "slug_taken")),
            (acme("Acme", "b@example.com"), (422, "invalid_slug")),
            (acme("", "b@example.com"), (422, "invalid_slug")),
            (acme("new", "b"), (422, "invalid_email")),
            (called("\u{202e}emcA", "First Admin"), (422, "invalid_name")),
            (called("Acme", "\u{200b}"), (422, "invalid_name")),
            (
                json!({"slug": "new", "name": "New"}),
                (400, "missing_field"),
            ),
        ] {
            let refused = create(&app, &root, asked.clone()).await;
            assert_eq!(refused.refusal(), code, "{asked}");
        }
        let sql = "SELECT (SELECT count(*) FROM organisations), (SELECT count(*) FROM users)";
        let counts: (i64, i64) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert_eq!(counts, (2, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn organisations_that_are_made_at_once_on_two_nodes_have_numbers_of_their_own() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, root) = app.somebody("root@example.com", Role::Admin).await;
        let made = tokio::join!(
            create(&app, &root, acme("a", "a@example.com")),
            create(&other, &root, acme("b", "a@example.com")),
            create(&app, &root, acme("c", "a@example.com")),
            create(&other, &root, acme("a", "a@example.com"))
        );
        let mut statuses = [made.0.status, made.1.status, made.2.status, made.3.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 201, 201, 409]);
    })
    .await;
}
