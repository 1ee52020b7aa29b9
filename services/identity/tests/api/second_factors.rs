//! Authenticator apps and recovery codes: set up, asked for at a login, used once, guessed at,
//! taken away.

use serde_json::json;
use values::{DAY, SECOND};

use crate::app_codes::texts;
use crate::support::{App, PASSWORD, on_each_engine};

const SETUP: &str = "/api/v1/auth/2fa/setup";
const ENABLE: &str = "/api/v1/auth/2fa/enable";
const DISABLE: &str = "/api/v1/auth/2fa/disable";
const RENEW: &str = "/api/v1/auth/2fa/recovery-codes";

async fn count(app: &App, sql: &'static str) -> i64 {
    app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
}

async fn status(app: &App, access: &str) -> serde_json::Value {
    app.send_as("GET", access, "/api/v1/auth/2fa", String::new())
        .await
        .body
}

#[tokio::test]
async fn a_login_with_an_app_asks_for_a_code_and_then_begins_a_session() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let asked = app.log_in(&ann.email, PASSWORD).await;
        assert_eq!(asked.status, 200);
        assert_eq!(asked.body["methods"], json!(["totp", "recovery_code"]));
        assert!(asked.body.get("access_token").is_none());
        let token = asked.body["mfa_token"].as_str().unwrap();
        assert!(token.starts_with("pfm_"));
        let done = app.mfa(token, &ann.app.code(&app, 0)).await;
        assert_eq!(done.status, 200, "{:?}", done.body);
        assert_eq!(done.body["user"]["two_factor_enabled"], true);
        assert_eq!(app.me(&done.tokens().access).await.status, 200);
        assert_eq!(app.refresh(&done.tokens().refresh).await.status, 200);
        assert_eq!(
            app.mfa(token, &ann.app.code(&app, 1)).await.refusal(),
            (401, "invalid_mfa_token")
        );
    })
    .await;
}

#[tokio::test]
async fn a_setup_has_three_forms_of_one_secret_which_is_sealed() {
    on_each_engine(async |app| {
        let tokens = app.confirmed("ann@example.com").await;
        let setup = app.post_as(&tokens.access, SETUP, json!({})).await;
        let text = |name: &str| setup.body[name].as_str().unwrap().to_owned();
        assert_eq!(text("secret").len(), 32);
        let uri = format!(
            "otpauth://totp/PayFlow:ann%40example.com?secret={}&issuer=PayFlow",
            text("secret")
        );
        assert_eq!(text("otpauth_uri"), uri);
        assert!(text("qr_svg").contains("<svg"));
        let sql = "SELECT secret FROM totp_secrets";
        let (sealed,): (Vec<u8>,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert_eq!(sealed.len(), 1 + 8 + 12 + 20 + 16);
        assert_eq!(
            status(&app, &tokens.access).await,
            json!({"totp": false, "passkeys": 0, "recovery_codes_left": 0})
        );
        assert_eq!(
            app.log_in("ann@example.com", PASSWORD).await.body["mfa_required"],
            json!(null),
            "not in use yet"
        );
    })
    .await;
}

#[tokio::test]
async fn an_app_is_enabled_once_by_a_code_of_the_newest_secret() {
    on_each_engine(async |app| {
        let access = app.confirmed("ann@example.com").await.access;
        let enable = async |code: &str| app.post_as(&access, ENABLE, json!({"code": code})).await;
        assert_eq!(enable("123456").await.refusal(), (409, "totp_not_set_up"));
        let old = app.post_as(&access, SETUP, json!({})).await;
        let new = app.post_as(&access, SETUP, json!({})).await;
        let app_of = |answer: &crate::support::Answer| {
            crate::app_codes::AppCodes::of(answer.body["secret"].as_str().unwrap())
        };
        let old = app_of(&old).code(&app, 0);
        for code in [old.as_str(), "", "12345", "abcdef", &"1".repeat(10_000)] {
            assert_eq!(
                enable(code).await.refusal(),
                (422, "invalid_code"),
                "{code:.9}"
            );
            app.clock.advance(SECOND);
        }
        app.clock.advance(30 * SECOND);
        let done = enable(&app_of(&new).code(&app, 0)).await;
        assert_eq!(
            (done.status, texts(&done.body["recovery_codes"]).len()),
            (200, 10)
        );
        let access = done.body["access_token"].as_str().unwrap();
        let left = json!({"totp": true, "passkeys": 0, "recovery_codes_left": 10});
        assert_eq!(status(&app, access).await, left);
        assert_eq!(
            app.post_as(access, SETUP, json!({})).await.refusal(),
            (409, "totp_in_use")
        );
        let again = json!({"code": app_of(&new).code(&app, 1)});
        assert_eq!(
            app.post_as(access, ENABLE, again).await.refusal(),
            (409, "totp_in_use")
        );
    })
    .await;
}

#[tokio::test]
async fn a_code_is_good_once_also_on_another_node_and_so_is_the_one_before_it() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let other = app.another_node().await;
        let (older, code) = (ann.app.code(&app, 0), ann.app.code(&app, 1));
        let token = app.mfa_token(&ann.email).await;
        assert_eq!(app.mfa(&token, &code).await.status, 200);
        for used in [&code, &older] {
            let token = other.mfa_token(&ann.email).await;
            assert_eq!(
                other.mfa(&token, used).await.refusal(),
                (401, "invalid_code")
            );
        }
        app.clock.advance(60 * SECOND);
        let token = other.mfa_token(&ann.email).await;
        assert_eq!(other.mfa(&token, &ann.app.code(&app, 0)).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_was_ahead_leaves_no_code_unusable_and_none_good_twice() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let use_code = async |code: &str| {
            let token = app.mfa_token(&ann.email).await;
            app.mfa(&token, code).await
        };
        app.clock.step(40 * DAY);
        assert_eq!(use_code(&ann.app.code(&app, 0)).await.status, 200);
        for _ in 0..6 {
            use_code(&ann.app.wrong_code(&app)).await;
        }
        assert_eq!(use_code("000000").await.status, 429);
        app.clock.step(-40 * DAY);
        let code = ann.app.code(&app, 0);
        assert_eq!(use_code(&code).await.status, 200);
        assert_eq!(use_code(&code).await.refusal(), (401, "invalid_code"));
        app.clock.advance(30 * SECOND);
        assert_eq!(use_code(&code).await.refusal(), (401, "invalid_code"));
        assert_eq!(use_code(&ann.app.code(&app, 0)).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn of_two_who_use_one_code_at_once_one_gets_in() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let other = app.another_node().await;
        for code in [ann.app.code(&app, 0), ann.recovery_codes[0].clone()] {
            let (one, two) = (
                app.mfa_token(&ann.email).await,
                app.mfa_token(&ann.email).await,
            );
            let (one, two) = tokio::join!(app.mfa(&one, &code), other.mfa(&two, &code));
            let mut got = [one.status, two.status];
            got.sort_unstable();
            assert_eq!(got, [200, 401], "{code}");
        }
        let token = app.mfa_token(&ann.email).await;
        let (one, two) = (&ann.recovery_codes[1], &ann.recovery_codes[2]);
        let (one, two) = tokio::join!(app.mfa(&token, one), other.mfa(&token, two));
        assert_ne!(
            one.status == 200,
            two.status == 200,
            "one sign-in, one session"
        );
    })
    .await;
}

#[tokio::test]
async fn wrong_codes_cost_ever_longer_waits_and_never_lock_the_owner_out() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let mut answered = vec![];
        let mut token = app.mfa_token(&ann.email).await;
        for tried in 0..6 {
            if tried == 4 {
                token = app.mfa_token(&ann.email).await;
            }
            let answer = app.mfa(&token, &ann.app.wrong_code(&app)).await;
            answered.push(answer.refusal().0);
        }
        assert_eq!(answered, [401, 401, 401, 401, 401, 429]);
        let waits = app.mfa(&token, &ann.app.code(&app, 0)).await;
        assert_eq!(
            waits.refusal(),
            (429, "too_many_attempts"),
            "a right one, too"
        );
        assert_eq!(waits.headers["retry-after"], "1");
        assert_eq!(
            app.mfa(&token, &ann.recovery_codes[0]).await.status,
            200,
            "not this one"
        );

        app.clock.advance(30 * SECOND);
        let token = app.mfa_token(&ann.email).await;
        assert_eq!(app.mfa(&token, &ann.app.code(&app, 0)).await.status, 200);
        let left = "SELECT failures FROM proof_failures";
        assert_eq!(count(&app, left).await, 0, "a right one ends the count");
    })
    .await;
}

#[tokio::test]
async fn guessing_for_an_hour_gets_a_handful_of_looks() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let mut looked_at = 0;
        for _ in 0..360 {
            let token = app.mfa_token(&ann.email).await;
            let answer = app.mfa(&token, &ann.app.wrong_code(&app)).await;
            looked_at += i32::from(answer.refusal().1 == "invalid_code");
            app.clock.advance(10 * SECOND);
        }
        assert!((10..=20).contains(&looked_at), "{looked_at}");
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_ends_after_five_tries_five_minutes_or_with_the_user() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let code = &ann.recovery_codes[0];
        let tried = app.mfa_token(&ann.email).await;
        for _ in 0..5 {
            assert_eq!(
                app.mfa(&tried, "nonsense").await.refusal(),
                (401, "invalid_code")
            );
        }
        assert_eq!(
            app.mfa(&tried, code).await.refusal(),
            (401, "invalid_mfa_token")
        );

        let late = app.mfa_token(&ann.email).await;
        app.clock.advance(300 * SECOND);
        assert_eq!(
            app.mfa(&late, code).await.refusal(),
            (401, "invalid_mfa_token")
        );
        app.delete_expired().await;
        assert_eq!(
            count(&app, "SELECT count(*) FROM pending_sign_ins").await,
            0
        );

        let suspended = app.mfa_token(&ann.email).await;
        app.suspend_all().await;
        assert_eq!(
            app.mfa(&suspended, code).await.refusal(),
            (401, "invalid_mfa_token")
        );
        for token in ["", "pfm_", &suspended.to_uppercase(), &ann.tokens.refresh] {
            assert_eq!(
                app.mfa(token, code).await.refusal(),
                (401, "invalid_mfa_token"),
                "{token}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_takes_exactly_one_factor() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let token = app.mfa_token(&ann.email).await;
        let none = app
            .post("/api/v1/auth/mfa", json!({"mfa_token": token}))
            .await;
        assert_eq!(none.refusal(), (422, "one_factor"));
        let more = json!({"mfa_token": token, "code": "123456", "password": PASSWORD});
        assert_eq!(
            app.post("/api/v1/auth/mfa", more).await.refusal(),
            (400, "unknown_field")
        );
    })
    .await;
}

#[tokio::test]
async fn recovery_codes_are_good_once_each_and_end_with_their_renewal() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let access = &ann.tokens.access;
        let (first, second) = (&ann.recovery_codes[0], &ann.recovery_codes[1]);
        let token = app.mfa_token(&ann.email).await;
        assert_eq!(
            app.mfa(&token, &first.to_uppercase().replace('-', " "))
                .await
                .status,
            200
        );
        assert_eq!(status(&app, access).await["recovery_codes_left"], 9);
        let token = app.mfa_token(&ann.email).await;
        assert_eq!(
            app.mfa(&token, first).await.refusal(),
            (401, "invalid_code")
        );
        let renewed = app.post_as(access, RENEW, json!({})).await;
        assert_eq!(renewed.status, 200);
        assert_eq!(
            app.mfa(&token, second).await.refusal(),
            (401, "invalid_code")
        );
        let new = texts(&renewed.body["recovery_codes"]);
        assert_eq!(app.mfa(&token, &new[0]).await.status, 200);

        let bob = app.enrolled("bob@example.com").await;
        let token = app.mfa_token(&bob.email).await;
        assert_eq!(
            app.mfa(&token, &new[1]).await.refusal(),
            (401, "invalid_code"),
            "another's"
        );
    })
    .await;
}

#[tokio::test]
async fn what_protects_an_account_is_taken_away_only_after_a_fresh_second_factor() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        app.clock.advance(300 * SECOND);
        let old = &ann.tokens.access;
        for path in [DISABLE, RENEW, SETUP] {
            let refused = app.post_as(old, path, json!({})).await;
            assert_eq!(refused.refusal(), (403, "step_up_required"), "{path}");
            assert_eq!(refused.body["methods"], json!(["totp", "recovery_code"]));
        }
        let body = json!({"code": ann.app.code(&app, 0)});
        let fresh = app.post_as(old, "/api/v1/auth/step-up", body).await;
        let fresh = fresh.body["access_token"].as_str().unwrap();
        assert_eq!(app.post_as(fresh, DISABLE, json!({})).await.status, 204);
        assert_eq!(
            app.post_as(fresh, DISABLE, json!({})).await.refusal(),
            (409, "totp_not_set_up")
        );
        assert_eq!(
            app.post_as(fresh, RENEW, json!({})).await.refusal(),
            (409, "no_second_factor")
        );
        assert_eq!(count(&app, "SELECT count(*) FROM recovery_codes").await, 0);
        let answer = app.log_in(&ann.email, PASSWORD).await;
        assert_eq!(answer.body["user"]["two_factor_enabled"], false);
    })
    .await;
}

#[tokio::test]
async fn every_change_is_mailed_and_written_to_the_audit_trail() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let token = app.mfa_token(&ann.email).await;
        app.mfa(&token, &ann.app.wrong_code(&app)).await;
        app.mfa(&token, &ann.recovery_codes[0]).await;
        app.post_as(&ann.tokens.access, RENEW, json!({})).await;
        app.post_as(&ann.tokens.access, DISABLE, json!({})).await;
        app.service.deliver_messages().await.unwrap();
        let mails = app.inbox.take();
        let changed = |mail: &&crate::support::Mail| mail.kind == "second_factor_changed";
        assert_eq!(mails.iter().filter(changed).count(), 3);
        let sql = "SELECT act, outcome FROM audit_entries WHERE no > 2 ORDER BY no";
        let acts: Vec<(String, String)> = app.db.fetch_all(sql, vec![]).await.unwrap();
        let acts: Vec<_> = acts
            .iter()
            .map(|(act, outcome)| (act.as_str(), outcome.as_str()))
            .collect();
        let expected = [
            ("totp.enabled", "done"),
            ("second_factor.asked", "done"),
            ("second_factor.failed", "refused"),
            ("session.begun", "done"),
            ("recovery_codes.renewed", "done"),
            ("totp.disabled", "done"),
        ];
        assert_eq!(acts, expected);
        // The test has confirmed the e-mail past the trail.
        let as_told = "UPDATE users SET email_verified = 0";
        app.db.execute(as_told, vec![]).await.unwrap();
        assert!(identity::verify_audit(&app.db).await.is_ok());
    })
    .await;
}
