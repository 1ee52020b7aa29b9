//! What a user may not have any more ends, also what others made in their name.

use std::sync::atomic::Ordering;

use axum::http::{Method, StatusCode};
use contracts::events::Party;
use contracts::identity::Role;
use serde_json::{Value, json};
use testkit::{Engine, engines};

use crate::support::App;

const ENDPOINTS: &str = "/webhook-endpoints";
const PREFERENCES: &str = "/users/me/notification-preferences";

/// Somebody with an endpoint for all events; its path.
async fn with_endpoint(engine: Engine, who: &str) -> (App, String) {
    let app = App::on(engine).await;
    let body = json!({"url": "https://hooks.invalid/", "event_types": ["*"]});
    let (status, made) = app.post(who, ENDPOINTS, body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let path = format!("{ENDPOINTS}/{}", made["id"].as_str().unwrap());
    (app, path)
}

async fn happens(app: &App, kind: &str, who: &str, data: Value) {
    app.feed.push(kind, "usr_1", &[(Party::Owner, who)], data);
    let paid = json!({"type": "transfer", "amount": "777.00", "currency": "USD"});
    let parties = [(Party::Payer, "ann"), (Party::Payee, "bob")];
    app.feed
        .push("transaction.completed", "txn_1", &parties, paid);
    app.service.catch_up().await.unwrap();
}

#[tokio::test]
async fn a_password_reset_by_a_link_ends_what_was_made_before_it() {
    for engine in engines() {
        let (app, path) = with_endpoint(engine, "bob").await;
        let mut wanted = app.get("bob", PREFERENCES).await;
        let as_before = wanted.clone();
        wanted["groups"]["payments"]["email"] = json!(false);
        wanted["groups"]["payments"]["in_app"] = json!(false);
        let put = app.request("bob", Method::PUT, PREFERENCES, Some(wanted));
        assert_eq!(put.await.0, StatusCode::OK);
        let changed = json!({"credential": "password", "change": "changed"});
        happens(&app, "credential.changed", "bob", changed).await;
        assert_eq!(app.get("bob", &path).await["status"], "enabled");
        let reset = json!({"credential": "password", "change": "reset"});
        happens(&app, "credential.changed", "bob", reset).await;
        let found = app.get("bob", &path).await;
        assert_eq!(found["disabled_reason"], "not_allowed", "{found}");
        let now = app.get("bob", PREFERENCES).await;
        assert_eq!(now["groups"], as_before["groups"]);
        let waiting = format!("{path}/deliveries?status=waiting");
        assert_eq!(app.get("bob", &waiting).await["data"], json!([]));
    }
}

#[tokio::test]
async fn nothing_is_sent_for_who_may_not_log_in() {
    for engine in engines() {
        let (app, path) = with_endpoint(engine, "bob").await;
        happens(&app, "user.changed", "bob", json!({"status": "active"})).await;
        assert_eq!(app.get("bob", &path).await["status"], "enabled");
        happens(&app, "user.changed", "bob", json!({"status": "suspended"})).await;
        let found = app.get("bob", &path).await;
        assert_eq!(found["disabled_reason"], "not_allowed", "{found}");
    }
}

#[tokio::test]
async fn who_is_no_operator_any_more_reads_nothing_of_the_organisation() {
    for engine in engines() {
        let (app, path) = with_endpoint(engine, "operator").await;
        happens(&app, "user.changed", "operator", json!({"role": "admin"})).await;
        assert_eq!(app.get("operator", &path).await["status"], "enabled");
        app.village
            .change("operator", |operator| operator.role = Role::User);
        happens(&app, "user.changed", "operator", json!({"role": "user"})).await;
        let (status, _) = app.send("operator", &format!("{path}/test")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let left: (i64,) = app
            .db
            .fetch_one("SELECT count(*) FROM webhook_deliveries", vec![])
            .await
            .unwrap();
        assert_eq!(left, (0,));
    }
}

#[tokio::test]
async fn who_is_no_operator_any_more_gets_nothing_while_identity_is_away() {
    for engine in engines() {
        let (app, path) = with_endpoint(engine, "operator").await;
        app.village.away.store(true, Ordering::SeqCst);
        happens(&app, "user.changed", "operator", json!({"role": "admin"})).await;
        assert_eq!(app.get("operator", &path).await["status"], "enabled");
        happens(&app, "user.changed", "operator", json!({"role": "user"})).await;
        let sql = "SELECT count(*) FROM webhook_deliveries";
        let left: (i64,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert_eq!(left, (0,));
    }
}
