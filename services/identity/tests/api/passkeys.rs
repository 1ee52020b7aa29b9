//! Passkeys: registered, used as a second factor, to sign in and to step up; and what is refused
//! because it was asked elsewhere, of somebody else, or before.

use serde_json::{Value, json};
use values::SECOND;

use crate::app_codes::texts;
use crate::authenticator::{Authenticator, encoded};
use crate::support::{Answer, App, PASSWORD, Tokens, on_each_engine};

const REGISTRATION: &str = "/api/v1/auth/passkeys/registration";
const PASSKEYS: &str = "/api/v1/auth/passkeys";
const CHALLENGE: &str = "/api/v1/auth/passkeys/challenge";
const LOGIN: &str = "/api/v1/auth/passkeys/login";
const STEP_UP: &str = "/api/v1/auth/step-up";

/// Registers a passkey of this authenticator.
pub async fn register(app: &App, access: &str, key: &mut Authenticator) -> Answer {
    let asked = app.post_as(access, REGISTRATION, json!({})).await;
    assert_eq!(asked.status, 200, "{:?}", asked.body);
    let credential = key.create(&asked.body["public_key"]);
    let body =
        json!({"ceremony": asked.body["ceremony"], "name": "Phone", "credential": credential});
    app.post_as(access, PASSKEYS, body).await
}

/// The answer of this authenticator to a new question.
pub async fn answer(app: &App, key: &mut Authenticator) -> Value {
    let asked = app.post(CHALLENGE, json!({})).await;
    assert_eq!(asked.status, 200, "{:?}", asked.body);
    json!({"ceremony": asked.body["ceremony"], "credential": key.get(&asked.body["public_key"])})
}

/// Somebody with a passkey, and their tokens.
pub async fn holder(app: &App, email: &str) -> (Authenticator, Tokens) {
    let mut key = Authenticator::new();
    let mut tokens = app.confirmed(email).await;
    let registered = register(app, &tokens.access, &mut key).await;
    assert_eq!(registered.status, 201, "{:?}", registered.body);
    tokens.access = registered.body["access_token"].as_str().unwrap().to_owned();
    (key, tokens)
}

async fn list(app: &App, access: &str) -> Value {
    app.send_as("GET", access, PASSKEYS, String::new())
        .await
        .body["data"]
        .clone()
}

#[tokio::test]
async fn a_passkey_signs_in_without_a_password_and_counts_as_two_factors() {
    on_each_engine(async |app| {
        let (mut key, _) = holder(&app, "ann@example.com").await;
        app.clock.advance(3_600 * SECOND);
        let body = answer(&app, &mut key).await;
        let done = app.post(LOGIN, body.clone()).await;
        assert_eq!(done.status, 200, "{:?}", done.body);
        assert_eq!(done.body["user"]["email"], "ann@example.com");
        let renew = "/api/v1/auth/2fa/recovery-codes";
        assert_eq!(
            app.post_as(&done.tokens().access, renew, json!({}))
                .await
                .status,
            200,
            "fresh"
        );
        assert_eq!(
            app.post(LOGIN, body).await.refusal(),
            (422, "invalid_ceremony"),
            "once"
        );
        let key = &list(&app, &done.tokens().access).await[0];
        assert_eq!(key["name"], "Phone");
        assert!(key["last_used_at"].is_string());
    })
    .await;
}

#[tokio::test]
async fn the_question_asks_for_a_passkey_that_is_found_and_verifies_its_user() {
    on_each_engine(async |app| {
        let access = app.confirmed("ann@example.com").await.access;
        let question =
            app.post_as(&access, REGISTRATION, json!({})).await.body["public_key"].take();
        assert_eq!(
            question["rp"],
            json!({"id": "localhost", "name": "PayFlow"})
        );
        let selection = &question["authenticatorSelection"];
        assert_eq!(
            (&selection["residentKey"], &selection["userVerification"]),
            (&"required".into(), &"required".into())
        );
        let question = app.post(CHALLENGE, json!({})).await.body["public_key"].take();
        assert_eq!(question["userVerification"], "required");
        assert_eq!(
            question["allowCredentials"],
            json!([]),
            "tells nobody who has one"
        );
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_a_second_factor_with_recovery_codes_of_its_own() {
    on_each_engine(async |app| {
        let mut key = Authenticator::new();
        let access = app.confirmed("ann@example.com").await.access;
        let registered = register(&app, &access, &mut key).await;
        let codes = texts(&registered.body["recovery_codes"]);
        assert_eq!(codes.len(), 10);
        let asked = app.log_in("ann@example.com", PASSWORD).await;
        assert_eq!(asked.body["methods"], json!(["passkey", "recovery_code"]));
        let token = asked.body["mfa_token"].as_str().unwrap();
        let passkey = answer(&app, &mut key).await;
        let done = app
            .post(
                "/api/v1/auth/mfa",
                json!({"mfa_token": token, "passkey": passkey}),
            )
            .await;
        assert_eq!(done.status, 200, "{:?}", done.body);
        let token = app.mfa_token("ann@example.com").await;
        assert_eq!(app.mfa(&token, &codes[0]).await.status, 200);

        let access = registered.body["access_token"].as_str().unwrap();
        let second = register(&app, access, &mut Authenticator::new()).await;
        assert_eq!(
            (second.status, second.body.get("recovery_codes")),
            (201, None)
        );
    })
    .await;
}

#[tokio::test]
async fn another_users_passkey_is_no_second_factor_and_no_step_up() {
    on_each_engine(async |app| {
        let (mut ann, tokens) = holder(&app, "ann@example.com").await;
        let (mut bob, _) = holder(&app, "bob@example.com").await;
        let token = app.mfa_token("ann@example.com").await;
        let body = json!({"mfa_token": token, "passkey": answer(&app, &mut bob).await});
        assert_eq!(
            app.post("/api/v1/auth/mfa", body).await.refusal(),
            (401, "invalid_code")
        );
        let body = json!({"passkey": answer(&app, &mut bob).await});
        assert_eq!(
            app.post_as(&tokens.access, STEP_UP, body).await.refusal(),
            (422, "invalid_code")
        );
        app.clock.advance(300 * SECOND);
        let body = json!({"passkey": answer(&app, &mut ann).await});
        assert_eq!(app.post_as(&tokens.access, STEP_UP, body).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_was_given_elsewhere_or_without_the_user_is_refused() {
    on_each_engine(async |app| {
        let (key, _) = holder(&app, "ann@example.com").await;
        let changed = |change: fn(&mut Authenticator)| {
            let mut key = key.clone();
            change(&mut key);
            key
        };
        for (what, mut lying) in [
            (
                "another page",
                changed(|key| key.origin = "http://localhost.evil.example:8080".to_owned()),
            ),
            (
                "another port",
                changed(|key| key.origin = "http://localhost:8081".to_owned()),
            ),
            (
                "another scheme",
                changed(|key| key.origin = "https://localhost:8080".to_owned()),
            ),
            (
                "another installation",
                changed(|key| key.rp_id = "evil.example".to_owned()),
            ),
            ("not verified", key.clone().without_verification()),
            ("nobody there", changed(|key| key.flags = 4)),
        ] {
            let body = answer(&app, &mut lying).await;
            assert_eq!(
                app.post(LOGIN, body).await.refusal(),
                (401, "invalid_code"),
                "{what}"
            );
        }
        let body = answer(&app, &mut key.clone()).await;
        assert_eq!(
            app.post(LOGIN, body).await.status,
            200,
            "and the same without a lie"
        );
    })
    .await;
}

#[tokio::test]
async fn an_answer_to_another_question_or_by_another_key_is_refused() {
    on_each_engine(async |app| {
        let (mut key, tokens) = holder(&app, "ann@example.com").await;
        let (one, two) = (answer(&app, &mut key).await, answer(&app, &mut key).await);
        let crossed = json!({"ceremony": one["ceremony"], "credential": two["credential"]});
        assert_eq!(
            app.post(LOGIN, crossed).await.refusal(),
            (401, "invalid_code")
        );
        assert_eq!(
            app.post(LOGIN, one).await.refusal(),
            (422, "invalid_ceremony"),
            "used up all the same"
        );

        let unknown = answer(&app, &mut Authenticator::new()).await;
        assert_eq!(
            app.post(LOGIN, unknown).await.refusal(),
            (401, "invalid_code")
        );
        for (field, forged) in [
            ("userHandle", encoded(&[7; 16])),
            ("signature", encoded(&[7; 70])),
            ("userHandle", String::new()),
        ] {
            let mut body = answer(&app, &mut key).await;
            body["credential"]["response"][field] = forged.into();
            assert_eq!(
                app.post(LOGIN, body).await.refusal(),
                (401, "invalid_code"),
                "{field}"
            );
        }
        let registration = app
            .post_as(&tokens.access, REGISTRATION, json!({}))
            .await
            .body;
        let confused =
            json!({"ceremony": registration["ceremony"], "credential": two["credential"]});
        assert_eq!(
            app.post(LOGIN, confused).await.refusal(),
            (422, "invalid_ceremony")
        );
        let late = answer(&app, &mut key).await;
        app.clock.advance(300 * SECOND);
        assert_eq!(
            app.post(LOGIN, late).await.refusal(),
            (422, "invalid_ceremony")
        );
    })
    .await;
}

#[tokio::test]
async fn of_two_who_send_one_answer_at_once_one_gets_in() {
    on_each_engine(async |app| {
        let (mut key, _) = holder(&app, "ann@example.com").await;
        let other = app.another_node().await;
        let body = answer(&app, &mut key).await;
        let (one, two) = tokio::join!(app.post(LOGIN, body.clone()), other.post(LOGIN, body));
        assert_ne!(one.status == 200, two.status == 200);
    })
    .await;
}

#[tokio::test]
async fn a_passkey_whose_counter_goes_back_is_refused_and_written_down() {
    on_each_engine(async |app| {
        let mut key = Authenticator::new();
        key.counter = 5;
        let access = app.confirmed("ann@example.com").await.access;
        assert_eq!(register(&app, &access, &mut key).await.status, 201);
        let mut copy = key.clone();
        let body = answer(&app, &mut key).await;
        assert_eq!(app.post(LOGIN, body).await.status, 200);
        let body = answer(&app, &mut copy).await;
        assert_eq!(app.post(LOGIN, body).await.refusal(), (401, "invalid_code"));
        let sql = "SELECT count(*) FROM audit_entries WHERE act = 'passkey.copied' AND subject IS NOT NULL";
        let (told,): (i64,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert_eq!(told, 1);
        let body = answer(&app, &mut key).await;
        assert_eq!(app.post(LOGIN, body).await.status, 200, "the one that is ahead goes on");
    })
    .await;
}

#[tokio::test]
async fn a_registration_is_refused_unless_it_answers_ones_own_question_here_and_verified() {
    on_each_engine(async |app| {
        let access = app.confirmed("ann@example.com").await.access;
        let mut elsewhere = Authenticator::new();
        elsewhere.origin = "https://evil.example".to_owned();
        for key in [&mut elsewhere, &mut Authenticator::new().without_verification()] {
            assert_eq!(register(&app, &access, key).await.refusal(), (422, "passkey_refused"));
        }
        let bob = app.confirmed("bob@example.com").await.access;
        let asked = app.post_as(&bob, REGISTRATION, json!({})).await.body;
        let mut key = Authenticator::new();
        let body = json!({"ceremony": asked["ceremony"], "name": "Phone", "credential": key.create(&asked["public_key"])});
        assert_eq!(app.post_as(&access, PASSKEYS, body.clone()).await.refusal(), (422, "invalid_ceremony"));
        for name in ["", "  ", "a\nb", "\u{200b}", "a\u{202e}b", &"x".repeat(101)] {
            let mut named = body.clone();
            named["name"] = name.into();
            assert_eq!(app.post_as(&bob, PASSKEYS, named).await.refusal(), (422, "invalid_name"), "{name}");
        }
        assert_eq!(app.post_as(&bob, PASSKEYS, body.clone()).await.status, 201, "theirs all the while");
        assert_eq!(app.post_as(&bob, PASSKEYS, body).await.refusal(), (422, "invalid_ceremony"));
        assert_eq!(register(&app, &access, &mut key).await.refusal(), (409, "passkey_taken"));
        let nonsense = json!({"ceremony": "x", "name": "Phone", "credential": {"id": 7}});
        assert_eq!(app.post_as(&bob, PASSKEYS, nonsense).await.refusal().0, 400);
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_renamed_by_its_owner_alone() {
    on_each_engine(async |app| {
        let (_, tokens) = holder(&app, "ann@example.com").await;
        let (_, bob) = holder(&app, "bob@example.com").await;
        let before = list(&app, &tokens.access).await[0].clone();
        let path = format!("{PASSKEYS}/{}", before["id"].as_str().unwrap());
        let rename = async |access: &str, name: &str| {
            let body = json!({ "name": name }).to_string();
            app.send_as("PATCH", access, &path, body).await
        };
        assert_eq!(
            rename(&bob.access, "Mine").await.refusal(),
            (404, "not_found")
        );
        for name in ["", "  ", "a\u{202e}b", &"x".repeat(101)] {
            assert_eq!(
                rename(&tokens.access, name).await.refusal(),
                (422, "invalid_name"),
                "{name}"
            );
        }
        let renamed = rename(&tokens.access, " Work phone ").await;
        assert_eq!(renamed.status, 200);
        assert_eq!(renamed.body["name"], "Work phone");
        let mut expected = before;
        expected["name"] = "Work phone".into();
        assert_eq!(list(&app, &tokens.access).await[0], expected);
        assert_ne!(list(&app, &bob.access).await[0]["name"], "Work phone");
    })
    .await;
}

#[tokio::test]
async fn a_passkey_is_deleted_by_its_owner_alone_after_a_fresh_second_factor() {
    on_each_engine(async |app| {
        let (mut key, tokens) = holder(&app, "ann@example.com").await;
        let (_, bob) = holder(&app, "bob@example.com").await;
        let id = list(&app, &tokens.access).await[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("{PASSKEYS}/{id}");
        let delete = async |access: &str| app.send_as("DELETE", access, &path, String::new()).await;
        assert_eq!(delete(&bob.access).await.refusal(), (404, "not_found"));
        assert_eq!(list(&app, &bob.access).await.as_array().unwrap().len(), 1);

        let ceremony = answer(&app, &mut key).await;
        app.clock.advance(299 * SECOND);
        assert_eq!(delete(&tokens.access).await.status, 204);
        assert_eq!(
            app.post(LOGIN, ceremony).await.refusal(),
            (401, "invalid_code")
        );
        assert_eq!(delete(&tokens.access).await.refusal(), (404, "not_found"));
        app.clock.advance(SECOND);
        assert_eq!(
            delete(&tokens.access).await.refusal(),
            (403, "step_up_required")
        );
        let again = app.log_in("ann@example.com", PASSWORD).await;
        assert_eq!(again.body["user"]["two_factor_enabled"], false);
    })
    .await;
}
