//! Acts of an account that ask for a fresh proof of who one is.

use access::STEP_UP_WITHIN;
use contracts::identity::Role;
use serde_json::{Value, json};
use values::SECOND;

use crate::support::{Answer, App, PASSWORD, on_each_engine};

/// The acts, each as far as it gets without doing anything: a proof is asked for before anything
/// else of a request is looked at.
fn acts() -> [(&'static str, &'static str, Value); 11] {
    let nobody = "/users/usr_0000000000e008000000001ypy";
    let passkey = "/auth/passkeys/pky_0000000000e008000000001ypy";
    [
        ("POST", "/api-keys", json!({"name": "x", "scopes": []})),
        (
            "POST",
            "/users",
            json!({"email": "x", "password": PASSWORD, "name": "x", "role": "admin"}),
        ),
        ("PATCH", nobody, json!({"role": "admin"})),
        (
            "POST",
            "/organisations",
            json!({"slug": "X", "name": "x", "admin": {"email": "x", "password": PASSWORD, "name": "x"}}),
        ),
        ("POST", "/auth/oauth/none/link", json!({})),
        ("DELETE", "/auth/linked-accounts/none", json!({})),
        ("POST", "/auth/passkeys/registration", json!({})),
        ("DELETE", passkey, json!({})),
        ("POST", "/auth/2fa/setup", json!({})),
        ("POST", "/auth/2fa/recovery-codes", json!({})),
        ("POST", "/auth/2fa/disable", json!({})),
    ]
}

async fn act(app: &App, token: &str, (method, path, body): (&str, &str, Value)) -> Answer {
    app.ask(token, method, path, Some(body)).await
}

#[tokio::test]
async fn dangerous_acts_ask_for_a_second_factor_of_the_last_minutes() {
    on_each_engine(async |app| {
        let (_, first) = app.somebody("root@example.com", Role::Admin).await;
        let codes = app.renewed_recovery_codes(&first).await;
        app.clock.advance(STEP_UP_WITHIN);
        for one in acts() {
            let refused = act(&app, &first, one.clone()).await;
            assert_eq!(refused.refusal(), (403, "step_up_required"), "{one:?}");
            let methods = &refused.body["methods"];
            assert_eq!(methods, &json!(["totp", "recovery_code"]), "{one:?}");
        }
        let shown = json!({"code": codes[0]});
        let fresh = app.ask(&first, "POST", "/auth/step-up", Some(shown)).await;
        let fresh = fresh.body["access_token"].as_str().unwrap();
        for one in acts() {
            let answer = act(&app, fresh, one.clone()).await;
            assert_ne!(answer.status, 403, "{one:?}: {:?}", answer.body);
            assert_ne!(answer.status, 401, "{one:?}: {:?}", answer.body);
        }
    })
    .await;
}

#[tokio::test]
async fn who_has_no_second_factor_shows_the_password_before_a_key_is_made() {
    on_each_engine(async |app| {
        let (_, token) = app.somebody("ann@example.com", Role::User).await;
        let asked = || json!({"name": "x", "scopes": ["wallets:own"]});
        app.clock.advance(STEP_UP_WITHIN - SECOND);
        let made = act(&app, &token, ("POST", "/api-keys", asked())).await;
        assert_eq!(made.status, 201, "{:?}", made.body);
        app.clock.advance(SECOND);
        let refused = act(&app, &token, ("POST", "/api-keys", asked())).await;
        assert_eq!(refused.refusal(), (403, "step_up_required"));
        assert_eq!(refused.body["methods"], json!(["password"]));
        let shown = json!({"password": PASSWORD});
        let fresh = app.ask(&token, "POST", "/auth/step-up", Some(shown)).await;
        let fresh = fresh.body["access_token"].as_str().unwrap();
        let made = act(&app, fresh, ("POST", "/api-keys", asked())).await;
        assert_eq!(made.status, 201, "{:?}", made.body);
    })
    .await;
}

#[tokio::test]
async fn what_stops_somebody_else_is_quick() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let (ann, token) = app.somebody("ann@example.com", Role::User).await;
        let asked = json!({"name": "x", "scopes": ["wallets:own"]});
        let made = act(&app, &token, ("POST", "/api-keys", asked)).await;
        let key = made.body["id"].as_str().unwrap();
        app.clock.advance(STEP_UP_WITHIN);
        let path = format!("/api-keys/{key}");
        assert_eq!(app.ask(&token, "DELETE", &path, None).await.status, 204);
        let path = format!("/users/{ann}/sessions/end");
        assert_eq!(app.ask(&admin, "POST", &path, None).await.status, 200);
    })
    .await;
}
