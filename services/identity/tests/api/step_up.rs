//! Stepping up: a fresh proof of who one is, and the roles that need a second factor before they
//! may do anything.

use access::{Authenticator, Principal, STEP_UP_WITHIN};
use contracts::identity::{OrgId, Permission, Role};
use identity::{NewUser, SecondFactorConfig};
use platform::clock::Clock;
use secrecy::SecretString;
use serde_json::{Value, json};
use values::SECOND;

use crate::app_codes::AppCodes;
use crate::support::{Answer, App, PASSWORD, fast, on_each_engine};

const STEP_UP: &str = "/api/v1/auth/step-up";
const SETUP: &str = "/api/v1/auth/2fa/setup";
const ENABLE: &str = "/api/v1/auth/2fa/enable";

async fn principal(app: &App, access: &str) -> Principal {
    app.service
        .authenticate(access, &testkit::client())
        .await
        .unwrap()
}

async fn is_fresh(app: &App, access: &str) -> bool {
    let principal = principal(app, access).await;
    principal
        .require_recent_second_factor(app.clock.now(), STEP_UP_WITHIN)
        .is_ok()
}

fn access(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer.body["access_token"].as_str().unwrap().to_owned()
}

async fn operator(app: &App) -> String {
    let new = NewUser {
        org: OrgId::DEFAULT,
        email: "olga@example.com".to_owned(),
        name: "Olga".to_owned(),
        password: SecretString::from(PASSWORD),
        role: Role::Operator,
    };
    app.service.create_user(new).await.unwrap();
    app.log_in("olga@example.com", PASSWORD)
        .await
        .tokens()
        .access
}

#[tokio::test]
async fn a_login_is_fresh_for_five_minutes_and_then_again_after_the_password() {
    on_each_engine(async |app| {
        let tokens = app.registered("ann@example.com").await;
        assert!(is_fresh(&app, &tokens.access).await);
        app.clock.advance(300 * SECOND);
        assert!(!is_fresh(&app, &tokens.access).await);
        let refused = app.post_as(&tokens.access, SETUP, json!({})).await;
        assert_eq!(refused.refusal(), (403, "step_up_required"));
        assert_eq!(refused.body["methods"], json!(["password"]));

        let answer = app
            .post_as(&tokens.access, STEP_UP, json!({"password": PASSWORD}))
            .await;
        assert!(is_fresh(&app, &access(&answer)).await);
        let refreshed = app.refresh(&tokens.refresh).await.tokens();
        assert!(
            is_fresh(&app, &refreshed.access).await,
            "the session knows it"
        );
    })
    .await;
}

#[tokio::test]
async fn a_password_is_no_step_up_where_there_is_a_second_factor() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        app.clock.advance(300 * SECOND);
        let refused = app
            .post_as(&ann.tokens.access, STEP_UP, json!({"password": PASSWORD}))
            .await;
        assert_eq!(refused.refusal(), (403, "step_up_required"));
        assert_eq!(refused.body["methods"], json!(["totp", "recovery_code"]));
        for code in [ann.app.code(&app, 0), ann.recovery_codes[0].clone()] {
            let answer = app
                .post_as(&ann.tokens.access, STEP_UP, json!({"code": code}))
                .await;
            let access = access(&answer);
            assert!(is_fresh(&app, &access).await);
            assert_eq!(
                principal(&app, &access)
                    .await
                    .second_factor_at
                    .map(|at| at.micros() % SECOND),
                Some(0)
            );
            let again = app
                .post_as(&ann.tokens.access, STEP_UP, json!({"code": code}))
                .await;
            assert_eq!(again.refusal(), (422, "invalid_code"));
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_proofs_are_counted_and_refused() {
    on_each_engine(async |app| {
        let token = app.registered("ann@example.com").await.access;
        for _ in 0..5 {
            let wrong = app
                .post_as(&token, STEP_UP, json!({"password": "not it, not it"}))
                .await;
            assert_eq!(wrong.refusal(), (422, "invalid_code"));
        }
        let waits = app
            .post_as(&token, STEP_UP, json!({"password": PASSWORD}))
            .await;
        assert_eq!(waits.refusal(), (429, "too_many_attempts"));
        app.clock.advance(SECOND);
        access(
            &app.post_as(&token, STEP_UP, json!({"password": PASSWORD}))
                .await,
        );
        let code = app
            .post_as(&token, STEP_UP, json!({"code": "123456"}))
            .await;
        assert_eq!(code.refusal(), (422, "invalid_code"), "there is no app");
        for body in [json!({}), json!({"code": "1", "password": PASSWORD})] {
            let refused = app.post_as(&token, STEP_UP, body).await;
            assert_eq!(refused.refusal(), (422, "one_factor"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_that_has_ended_is_not_stepped_up() {
    on_each_engine(async |app| {
        let tokens = app.confirmed("ann@example.com").await;
        let other = app.another_node().await;
        assert_eq!(other.me(&tokens.access).await.status, 200);
        assert_eq!(app.log_out(&tokens.refresh).await, 204);
        let refused = other
            .post_as(&tokens.access, STEP_UP, json!({"password": PASSWORD}))
            .await;
        assert_eq!(
            refused.refusal(),
            (401, "unauthenticated"),
            "though this node has not heard of it"
        );
    })
    .await;
}

#[tokio::test]
async fn an_operator_without_a_second_factor_may_only_set_one_up() {
    on_each_engine(async |app| {
        let token = operator(&app).await;
        let lacking = principal(&app, &token).await;
        assert_eq!(
            lacking.permissions.iter().collect::<Vec<_>>(),
            [Permission::Profile]
        );
        let refused = lacking
            .require(Permission::TransactionsResolve)
            .unwrap_err();
        assert_eq!(
            (refused.status, refused.code.as_str()),
            (403, "second_factor_required")
        );
        assert!(refused.detail.contains("/api/v1/auth/2fa/setup"));
        assert_eq!(app.me(&token).await.status, 200);

        let setup = app.post_as(&token, SETUP, json!({})).await;
        let codes = AppCodes::of(setup.body["secret"].as_str().unwrap());
        let enabled = app
            .post_as(&token, ENABLE, json!({"code": codes.code(&app, 0)}))
            .await;
        let able = principal(&app, &access(&enabled)).await;
        assert_eq!(able.require(Permission::TransactionsResolve), Ok(()));
        assert!(is_fresh(&app, &access(&enabled)).await);
    })
    .await;
}

#[tokio::test]
async fn a_session_from_before_the_second_factor_ends_with_its_first_setup() {
    on_each_engine(async |app| {
        let token = operator(&app).await;
        let elsewhere = app.log_in("olga@example.com", PASSWORD).await.tokens();
        let setup = app.post_as(&token, SETUP, json!({})).await;
        let codes = AppCodes::of(setup.body["secret"].as_str().unwrap());
        let shown = access(
            &app.post_as(&token, ENABLE, json!({"code": codes.code(&app, 0)}))
                .await,
        );
        assert_eq!(app.refresh(&elsewhere.refresh).await.status, 401);
        assert_eq!(
            principal(&app, &shown)
                .await
                .require(Permission::WalletsFreeze),
            Ok(())
        );
    })
    .await;
}

#[tokio::test]
async fn which_roles_need_a_second_factor_is_a_setting() {
    on_each_engine(async |app| {
        let token = operator(&app).await;
        let mut config = fast();
        config.second_factor = SecondFactorConfig {
            required_for: vec![Role::User],
        };
        let other = app.another_node_with(config).await;
        assert_eq!(
            principal(&other, &token)
                .await
                .require(Permission::WalletsFreeze),
            Ok(())
        );
        let user = other.confirmed("ann@example.com").await.access;
        let refused = principal(&other, &user)
            .await
            .require(Permission::WalletsOwn)
            .unwrap_err();
        assert_eq!(refused.code, "second_factor_required");
        assert_eq!(
            principal(&app, &user).await.require(Permission::WalletsOwn),
            Ok(())
        );
    })
    .await;
}

#[tokio::test]
async fn who_is_asking_is_asked_first() {
    on_each_engine(async |app| {
        for (method, path) in [
            ("GET", "/api/v1/auth/2fa"),
            ("POST", SETUP),
            ("POST", "/api/v1/auth/2fa/disable"),
            ("POST", "/api/v1/auth/2fa/recovery-codes"),
            ("POST", "/api/v1/auth/passkeys/registration"),
            ("GET", "/api/v1/auth/passkeys"),
            (
                "DELETE",
                "/api/v1/auth/passkeys/pky_01kdv75j0beef8a1s9xcqr2e5y",
            ),
        ] {
            let refused = app
                .send_as(method, "nobody", path, Value::Null.to_string())
                .await;
            assert_eq!(
                refused.refusal(),
                (401, "unauthenticated"),
                "{method} {path}"
            );
        }
    })
    .await;
}
