//! Somebody who knows a password and no more: what the owner's next step takes from them.

use serde_json::json;
use values::SECOND;

use crate::support::{App, PASSWORD, fast, on_each_engine};
use identity::{Config, LockoutConfig};

const EMAIL: &str = "ann@example.com";

/// The token of the link in the newest mail to an address.
async fn token_to(app: &App, address: &str) -> String {
    app.service.deliver_messages().await.unwrap();
    let mails = app.inbox.take();
    let to = mails.iter().rev().filter(|mail| mail.to == address);
    let mut links = to.filter_map(|mail| mail.text.split_once("token="));
    links.next().unwrap().1.lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn the_first_second_factor_ends_what_began_without_one() {
    on_each_engine(async |app| {
        let owner = app.confirmed(EMAIL).await;
        let thief = app.log_in(EMAIL, PASSWORD).await.tokens();
        let waiting = app.log_in(EMAIL, PASSWORD).await.tokens();
        let (codes, owner, _) = app.with_app(owner).await;
        for path in [
            "/api/v1/auth/2fa/disable",
            "/api/v1/auth/2fa/recovery-codes",
        ] {
            let refused = app.post_as(&thief.access, path, json!({})).await;
            assert_eq!(refused.status, 401, "{path}");
        }
        assert_eq!(app.refresh(&waiting.refresh).await.status, 401);
        assert_eq!(app.me(&owner.access).await.status, 200);
        // A second one ends nobody: who is logged in by now has shown the first.
        app.clock.advance(60 * SECOND);
        let asked = app.log_in(EMAIL, PASSWORD).await;
        let body = json!({"mfa_token": asked.body["mfa_token"], "code": codes.code(&app, 0)});
        let phone = app.post("/api/v1/auth/mfa", body).await.tokens();
        assert_eq!(app.me(&phone.access).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_password_that_comes_with_a_link_is_counted_as_one_of_a_login() {
    on_each_engine(async |app| {
        let config = Config {
            lockout: LockoutConfig::default(),
            ..fast()
        };
        let app = app.another_node_with(config).await;
        app.registered(EMAIL).await;
        let token = token_to(&app, EMAIL).await;
        let with = async |password: &str| {
            let body = json!({"token": token, "password": password});
            app.post("/api/v1/auth/verify-email", body).await
        };
        for _ in 0..4 {
            let refused = with("a wrong password").await;
            assert_eq!(refused.refusal(), (422, "wrong_password"));
        }
        assert_eq!(with(PASSWORD).await.refusal(), (429, "login_locked"));
        let failed = "SELECT count(*) FROM audit_entries WHERE act = 'login.failed'";
        let (count,): (i64,) = app.db.fetch_one(failed, vec![]).await.unwrap();
        assert_eq!(count, 4);
        app.clock.advance(60 * SECOND);
        assert_eq!(with(PASSWORD).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn with_a_session_ends_the_change_of_email_that_it_asked_for() {
    on_each_engine(async |app| {
        let owner = app.confirmed(EMAIL).await;
        let thief = app.log_in(EMAIL, PASSWORD).await.tokens();
        let body = json!({"email": "thief@example.com", "current_password": PASSWORD});
        let asked = app.send_as("PATCH", &thief.access, "/api/v1/users/me", body.to_string());
        assert_eq!(asked.await.status, 200);
        let token = token_to(&app, "thief@example.com").await;
        let path = "/api/v1/auth/sessions";
        let sessions = app.send_as("GET", &owner.access, path, String::new()).await;
        let listed = sessions.body["data"].as_array().unwrap();
        let other = listed.iter().find(|it| it["current"] == json!(false));
        let id = other.unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/auth/sessions/{id}");
        let ended = app
            .send_as("DELETE", &owner.access, &path, String::new())
            .await;
        assert_eq!(ended.status, 204);
        let followed = app
            .post("/api/v1/auth/verify-email", json!({ "token": token }))
            .await;
        assert_eq!(followed.refusal(), (422, "invalid_link"));
        assert_eq!(app.me(&owner.access).await.status, 200);
    })
    .await;
}
