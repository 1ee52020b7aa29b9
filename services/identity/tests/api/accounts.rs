//! Passwords that are changed or forgotten, profile, preferences, and the end of an account.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use values::{DAY, SECOND};

use crate::passkeys::holder;
use crate::support::{Answer, App, Mail, PASSWORD, Purse, fast, on_each_engine};

const NEW: &str = "purple velocipede uphill";
const FORGOT: &str = "/api/v1/auth/forgot-password";
const RESET: &str = "/api/v1/auth/reset-password";
const CHANGE: &str = "/api/v1/auth/change-password";
const ME: &str = "/api/v1/users/me";
const PREFERENCES: &str = "/api/v1/users/me/preferences";

async fn ask(app: &App, method: Method, path: &str, access: &str, body: Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {access}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    app.send(request).await
}

/// Carries out what was asked for and takes the mails that come of it.
async fn mails(app: &App) -> Vec<Mail> {
    app.service.carry_out_requests().await.unwrap();
    app.service.deliver_messages().await.unwrap();
    app.inbox.take()
}

/// What the mails tell, and their addresses.
async fn told(app: &App) -> Vec<(String, String)> {
    let mails = mails(app).await.into_iter();
    mails.map(|mail| (mail.kind, mail.to)).collect()
}

/// What comes after a mark in a mail, to the end of the line.
fn after(mail: &Mail, mark: &str) -> String {
    let (_, rest) = mail.text.split_once(mark).unwrap();
    rest.lines().next().unwrap().to_owned()
}

async fn reset_token(app: &App, email: &str) -> String {
    let asked = app.post(FORGOT, json!({ "email": email })).await;
    assert_eq!((asked.status, &asked.body), (202, &Value::Null));
    let mails = mails(app).await;
    after(mails.last().unwrap(), "/api/v1/auth/reset-password?token=")
}

async fn reset(app: &App, token: &str, new: &str) -> Answer {
    app.post(RESET, json!({"token": token, "new_password": new}))
        .await
}

async fn count(app: &App, sql: &'static str) -> i64 {
    app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
}

/// Nobody can look whether there is an account: the table is away.
async fn hide_users(app: &App) {
    let sql = "ALTER TABLE users RENAME TO hidden";
    app.db.execute(sql, vec![]).await.unwrap();
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_link_that_is_mailed_and_all_sessions_end() {
    on_each_engine(async |app| {
        let phone = app.registered("Ann@example.com").await;
        let token = reset_token(&app, "ANN@example.com").await;
        assert_eq!(reset(&app, &token, NEW).await.status, 204);
        assert_eq!(app.me(&phone.access).await.status, 401);
        assert_eq!(app.refresh(&phone.refresh).await.status, 401);
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 401);
        let again = app.log_in("ann@example.com", NEW).await;
        assert_eq!(again.status, 200);
        assert_eq!(again.body["user"]["email_verified"], true);
        let expected = ("password_reset", "Ann@example.com");
        assert_eq!(told(&app).await, [(expected.0.to_owned(), expected.1.to_owned())]);
        assert_eq!(reset(&app, &token, PASSWORD).await.refusal(), (422, "invalid_link"));
        let acts = "SELECT count(*) FROM audit_entries WHERE act IN ('password.reset', 'password.reset_requested')";
        assert_eq!(count(&app, acts).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_refused_password_leaves_the_link_good_and_its_time_and_the_use_of_another_end_it() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let first = reset_token(&app, "ann@example.com").await;
        for (bad, code) in [
            ("short", "password_too_short"),
            ("aaaaaaaaaaaaaa", "password_too_weak"),
            ("x ann@example.com x", "password_is_email"),
        ] {
            let refused = reset(&app, &first, bad).await;
            assert_eq!(refused.refusal(), (422, code));
            assert_eq!(refused.body["errors"][0]["param"], "new_password");
        }
        app.clock.advance(60 * SECOND);
        let second = reset_token(&app, "ann@example.com").await;
        assert_eq!(reset(&app, &first, NEW).await.status, 204);
        let refused = reset(&app, &second, PASSWORD).await;
        assert_eq!(refused.refusal(), (422, "invalid_link"));
        app.clock.advance(60 * SECOND);
        let third = reset_token(&app, "ann@example.com").await;
        app.clock.advance(3_600 * SECOND);
        assert_eq!(
            reset(&app, &third, PASSWORD).await.refusal(),
            (422, "invalid_link")
        );
        for none in ["", "pfo_", "x", &"x".repeat(10_000)] {
            assert_eq!(
                reset(&app, none, NEW).await.refusal(),
                (422, "invalid_link")
            );
        }
        assert_eq!(app.log_in("ann@example.com", NEW).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_link_of_one_purpose_is_good_for_no_other() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let verify = after(&mails(&app).await[0], "verify-email?token=");
        assert_eq!(
            reset(&app, &verify, NEW).await.refusal(),
            (422, "invalid_link")
        );
        let token = reset_token(&app, "ann@example.com").await;
        let path = "/api/v1/auth/verify-email";
        let refused = app.follow(&format!("{path}?token={token}")).await;
        assert_eq!(refused.refusal(), (422, "invalid_link"));
        let posted = app.post(path, json!({ "token": verify })).await;
        assert_eq!(posted.status, 204);
    })
    .await;
}

#[tokio::test]
async fn one_mail_a_minute_goes_to_whoever_is_asked_for_and_none_to_others() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        app.registered("bob@example.com").await;
        mails(&app).await;
        app.clock.advance(61 * SECOND);
        for _ in 0..3 {
            for email in ["ann@example.com", "nobody@example.com"] {
                assert_eq!(
                    app.post(FORGOT, json!({ "email": email })).await.status,
                    202
                );
            }
        }
        assert_eq!(told(&app).await.len(), 1);
        app.post(FORGOT, json!({"email": "ann@example.com"})).await;
        assert_eq!(told(&app).await, []);
        app.clock.advance(61 * SECOND);
        app.post(FORGOT, json!({"email": "ann@example.com"})).await;
        assert_eq!(told(&app).await.len(), 1);
        app.suspend_all().await;
        app.clock.advance(61 * SECOND);
        app.post(FORGOT, json!({"email": "bob@example.com"})).await;
        assert_eq!(told(&app).await, []);
    })
    .await;
}

#[tokio::test]
async fn another_link_is_mailed_to_those_who_have_not_confirmed() {
    on_each_engine(async |app| {
        let path = "/api/v1/auth/resend-verification";
        app.registered("ann@example.com").await;
        mails(&app).await;
        app.clock.advance(61 * SECOND);
        let ask = async || {
            app.post(path, json!({"email": "Ann@example.com"}))
                .await
                .status
        };
        assert_eq!(ask().await, 202);
        let sent = mails(&app).await;
        let token = after(&sent[0], "verify-email?token=");
        assert_eq!(
            app.follow(&format!("/api/v1/auth/verify-email?token={token}"))
                .await
                .status,
            204
        );
        app.clock.advance(61 * SECOND);
        assert_eq!(ask().await, 202);
        assert_eq!(told(&app).await, []);
        for bad in ["", "ann", "a@b", "ann@example.com\r\nBcc: e@x.y"] {
            for path in [path, FORGOT] {
                let refused = app.post(path, json!({ "email": bad })).await;
                assert_eq!(refused.refusal(), (422, "invalid_email"));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn no_answer_depends_on_whether_there_is_an_account() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let mut config = fast();
        config.registration.confirm_email_first = true;
        let careful = app.another_node_with(config).await;
        hide_users(&app).await;
        for email in ["ann@example.com", "nobody@example.com"] {
            let body = json!({ "email": email });
            for path in [FORGOT, "/api/v1/auth/resend-verification"] {
                assert_eq!(app.post(path, body.clone()).await.status, 202);
            }
            let registered = careful.register(email).await;
            assert_eq!(registered.status, 202);
            assert_eq!(registered.body, json!({"status": "check_your_email"}));
        }
        assert!(app.log_in("ann@example.com", PASSWORD).await.status >= 500);
    })
    .await;
}

#[tokio::test]
async fn where_emails_are_confirmed_first_an_account_begins_with_the_link() {
    on_each_engine(async |app| {
        let mut config = fast();
        config.registration.confirm_email_first = true;
        let app = app.another_node_with(config).await;
        assert_eq!(app.register("Ann@example.com").await.status, 202);
        let sealed = "SELECT data FROM account_requests";
        let (data,): (Vec<u8>,) = app.db.fetch_one(sealed, vec![]).await.unwrap();
        assert!(!data.windows(3).any(|bytes| bytes == b"nn@"));
        let mail = mails(&app).await.remove(0);
        assert_eq!(
            (mail.kind.as_str(), mail.to.as_str()),
            ("confirm_registration", "Ann@example.com")
        );
        assert_eq!(count(&app, "SELECT count(*) FROM users").await, 0);
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 401);

        let link = format!(
            "/api/v1/auth/verify-email?token={}",
            after(&mail, "verify-email?token=")
        );
        assert_eq!(app.follow(&link).await.status, 204);
        assert_eq!(app.follow(&link).await.refusal(), (422, "invalid_link"));
        let user = app.log_in("ann@example.com", PASSWORD).await;
        assert_eq!(user.body["user"]["email_verified"], true);

        assert_eq!(app.register("ANN@example.com").await.status, 202);
        assert_eq!(
            told(&app).await,
            [("email_taken".to_owned(), "Ann@example.com".to_owned())]
        );
        let weak = json!({"email": "ann@example.com", "password": "aaaaaaaaaaaaaa", "name": "Ann"});
        let weak = app.post("/api/v1/auth/register", weak).await;
        assert_eq!(weak.refusal(), (422, "password_too_weak"));
    })
    .await;
}

#[tokio::test]
async fn of_two_registrations_of_one_email_the_link_that_is_followed_first_makes_the_account() {
    on_each_engine(async |app| {
        let mut config = fast();
        config.registration.confirm_email_first = true;
        let app = app.another_node_with(config).await;
        let mallory = json!({"email": "ann@example.com", "password": NEW, "name": "Mallory"});
        app.post("/api/v1/auth/register", mallory).await;
        app.register("ann@example.com").await;
        let sent = mails(&app).await;
        let path = |mail| {
            format!(
                "/api/v1/auth/verify-email?token={}",
                after(mail, "verify-email?token=")
            )
        };
        let (first, second) = (path(&sent[0]), path(&sent[1]));
        assert_eq!(app.follow(&second).await.status, 204);
        assert_eq!(app.follow(&first).await.refusal(), (422, "invalid_link"));
        assert_eq!(count(&app, "SELECT count(*) FROM users").await, 1);
        app.register("bob@example.com").await;
        let late = path(&mails(&app).await[0]);
        app.clock.advance(DAY);
        assert_eq!(app.follow(&late).await.refusal(), (422, "invalid_link"));
        app.delete_expired().await;
        assert_eq!(count(&app, "SELECT count(*) FROM registrations").await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_and_a_mail_tells() {
    on_each_engine(async |app| {
        let phone = app.registered("ann@example.com").await;
        let laptop = app.log_in("ann@example.com", PASSWORD).await.tokens();
        mails(&app).await;
        let body = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
        let change = async |body| ask(&app, Method::POST, CHANGE, &laptop.access, body).await;
        assert_eq!(change(body("wrong", NEW)).await.refusal(), (422, "wrong_password"));
        let weak = change(body(PASSWORD, "payflow-2026")).await;
        assert_eq!(weak.refusal(), (422, "password_too_weak"));
        assert_eq!(app.me(&phone.access).await.status, 200);
        assert_eq!(change(body(PASSWORD, NEW)).await.status, 204);
        assert_eq!(app.me(&phone.access).await.status, 401);
        assert_eq!(app.me(&laptop.access).await.status, 200);
        assert_eq!(app.refresh(&laptop.refresh).await.status, 200);
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 401);
        assert_eq!(app.log_in("ann@example.com", NEW).await.status, 200);
        assert_eq!(told(&app).await.len(), 1);
        let refused = "SELECT count(*) FROM audit_entries WHERE act = 'password.changed' AND outcome = 'refused'";
        assert_eq!(count(&app, refused).await, 1);
        let nobody = app.post(CHANGE, body(NEW, PASSWORD)).await;
        assert_eq!(nobody.refusal(), (401, "unauthenticated"));
    })
    .await;
}

#[tokio::test]
async fn a_new_email_counts_when_it_is_confirmed_and_the_old_one_is_told() {
    on_each_engine(async |app| {
        let access = app.registered("ann@example.com").await.access;
        app.registered("bob@example.com").await;
        mails(&app).await;
        let patch = async |body| ask(&app, Method::PATCH, ME, &access, body).await;
        for body in [
            json!({"email": "new@example.com"}),
            json!({"email": "new@example.com", "current_password": "wrong"}),
        ] {
            assert_eq!(patch(body).await.refusal(), (422, "wrong_password"));
        }
        let taken = patch(json!({"email": "bob@example.com", "current_password": PASSWORD})).await;
        let free = patch(json!({"email": "New@example.com", "current_password": PASSWORD})).await;
        assert_eq!((taken.status, &taken.body), (200, &free.body));
        assert_eq!(free.body["email"], "ann@example.com");
        let sent = mails(&app).await;
        let to: Vec<_> = sent.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!(
            to,
            [
                "bob@example.com",
                "ann@example.com",
                "New@example.com",
                "ann@example.com"
            ]
        );
        let token = after(&sent[2], "verify-email?token=");
        assert_eq!(
            app.follow(&format!("/api/v1/auth/verify-email?token={token}"))
                .await
                .status,
            204
        );
        let me = app.me(&access).await.body;
        assert_eq!(
            (&me["email"], &me["email_verified"]),
            (&json!("New@example.com"), &json!(true))
        );
        assert_eq!(app.log_in("new@example.com", PASSWORD).await.status, 200);
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn an_email_that_somebody_else_took_meanwhile_is_not_given() {
    on_each_engine(async |app| {
        let access = app.registered("ann@example.com").await.access;
        mails(&app).await;
        let body = json!({"email": "new@example.com", "current_password": PASSWORD});
        assert_eq!(
            ask(&app, Method::PATCH, ME, &access, body).await.status,
            200
        );
        let token = after(&mails(&app).await[0], "verify-email?token=");
        app.registered("new@example.com").await;
        let refused = app
            .follow(&format!("/api/v1/auth/verify-email?token={token}"))
            .await;
        assert_eq!(refused.refusal(), (422, "invalid_link"));
        assert_eq!(app.me(&access).await.body["email"], "ann@example.com");
    })
    .await;
}

#[tokio::test]
async fn a_name_changes_at_once_and_what_is_no_name_is_refused() {
    on_each_engine(async |app| {
        let access = app.registered("ann@example.com").await.access;
        let patch = async |body| ask(&app, Method::PATCH, ME, &access, body).await;
        let named = patch(json!({"name": " Ann Other "})).await;
        assert_eq!(
            (named.status, &named.body["name"]),
            (200, &json!("Ann Other"))
        );
        assert_eq!(app.me(&access).await.body, named.body);
        let seen = app.ask(&access, "GET", "/users/me", None).await;
        assert_eq!((seen.status, seen.body), (200, named.body.clone()));
        assert_eq!(patch(json!({})).await.body, named.body);
        for (body, code) in [
            (json!({"name": "  "}), (422, "invalid_name")),
            (json!({"name": "\u{200b}"}), (422, "invalid_name")),
            (json!({"name": "x".repeat(101)}), (422, "invalid_name")),
            (
                json!({"email": "ann", "current_password": PASSWORD}),
                (422, "invalid_email"),
            ),
            (json!({"role": "admin"}), (400, "unknown_field")),
        ] {
            assert_eq!(patch(body).await.refusal(), code);
        }
        let nobody = ask(&app, Method::PATCH, ME, "x", json!({"name": "Eve"})).await;
        assert_eq!(nobody.status, 401);
    })
    .await;
}

#[tokio::test]
async fn preferences_are_each_users_own_and_what_is_left_out_stays() {
    on_each_engine(async |app| {
        let ann = app.registered("ann@example.com").await.access;
        let bob = app.registered("bob@example.com").await.access;
        let get = async |access: &str| ask(&app, Method::GET, PREFERENCES, access, json!({})).await;
        let patch = async |body| ask(&app, Method::PATCH, PREFERENCES, &ann, body).await;
        let standard = json!({
            "theme": "system", "density": "comfortable", "notifications_enabled": true, "locale": "en", "timezone": "UTC"
        });
        assert_eq!(get(&ann).await.body, standard);
        let body = json!({"theme": "dark", "locale": "de-ch", "timezone": "Europe/Zurich"});
        assert_eq!(patch(body).await.status, 200);
        let body = json!({"density": "compact", "notifications_enabled": false});
        let changed = patch(body).await.body;
        let expected = json!({
            "theme": "dark", "density": "compact", "notifications_enabled": false, "locale": "de-CH", "timezone": "Europe/Zurich"
        });
        assert_eq!(changed, expected);
        assert_eq!(get(&ann).await.body, expected);
        assert_eq!(get(&bob).await.body, standard);
        for (body, code) in [
            (json!({"theme": "pink"}), (400, "invalid_value")),
            (json!({"locale": "no language"}), (422, "invalid_locale")),
            (json!({"timezone": "Mars/Olympus"}), (422, "invalid_timezone")),
            (json!({"colour": "red"}), (400, "unknown_field")),
        ] {
            assert_eq!(patch(body).await.refusal(), code);
        }
        assert_eq!(get(&ann).await.body, expected);
        assert_eq!(app.get(PREFERENCES).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_is_erased_and_its_email_is_free_again() {
    on_each_engine(async |app| {
        app.service.set_wallets(Arc::new(Purse(Ok(false))));
        let tokens = app.registered("ann@example.com").await;
        ask(
            &app,
            Method::PATCH,
            PREFERENCES,
            &tokens.access,
            json!({"theme": "dark"}),
        )
        .await;
        let close = async |password| {
            ask(
                &app,
                Method::DELETE,
                ME,
                &tokens.access,
                json!({ "password": password }),
            )
            .await
        };
        assert_eq!(close("wrong").await.refusal(), (422, "wrong_password"));
        assert_eq!(close(PASSWORD).await.status, 204);
        assert_eq!(app.me(&tokens.access).await.status, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.status, 401);
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 401);
        assert_eq!(
            told(&app).await,
            [("account_closed".to_owned(), "ann@example.com".to_owned())]
        );
        let (id, email, name, hash): (String, String, String, String) = app
            .db
            .fetch_one(
                "SELECT email_normalised, email, name, password_hash FROM users",
                vec![],
            )
            .await
            .unwrap();
        assert_eq!((email, name, hash), Default::default());
        assert_eq!(
            app.log_in(&id, "").await.refusal(),
            (401, "invalid_credentials")
        );
        for sql in [
            "SELECT count(*) FROM user_preferences",
            "SELECT count(*) FROM one_time_tokens",
            "SELECT count(*) FROM known_devices",
        ] {
            assert_eq!(count(&app, sql).await, 0);
        }
        let again = app.registered("ann@example.com").await;
        assert_eq!(app.me(&again.access).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_leaves_no_second_factor_behind() {
    on_each_engine(async |app| {
        app.service.set_wallets(Arc::new(Purse(Ok(false))));
        let ann = app.enrolled("ann@example.com").await;
        app.mfa_token(&ann.email).await;
        let (_, tokens) = holder(&app, "bob@example.com").await;
        for access in [ann.tokens.access, tokens.access] {
            let body = json!({ "password": PASSWORD });
            let closed = ask(&app, Method::DELETE, ME, &access, body).await;
            assert_eq!(closed.status, 204, "{:?}", closed.body);
        }
        for sql in [
            "SELECT count(*) FROM totp_secrets",
            "SELECT count(*) FROM recovery_codes",
            "SELECT count(*) FROM passkeys",
            "SELECT count(*) FROM passkey_ceremonies",
            "SELECT count(*) FROM pending_sign_ins",
            "SELECT count(*) FROM proof_failures",
        ] {
            assert_eq!(count(&app, sql).await, 0, "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_with_open_wallets_or_of_which_nobody_knows_stays() {
    on_each_engine(async |app| {
        for (purse, code) in [
            (Some(Purse(Ok(true))), (409, "wallets_open")),
            (Some(Purse(Err(()))), (503, "wallets_unavailable")),
            (None, (503, "wallets_unavailable")),
        ] {
            let node = app.another_node().await;
            if let Some(purse) = purse {
                node.service.set_wallets(Arc::new(purse));
            }
            let email = format!("{}{}@example.com", code.1.replace('_', ""), code.0);
            let access = match node.log_in(&email, PASSWORD).await {
                known if known.status == 200 => known.tokens().access,
                _ => node.registered(&email).await.access,
            };
            let refused = ask(
                &node,
                Method::DELETE,
                ME,
                &access,
                json!({"password": PASSWORD}),
            )
            .await;
            assert_eq!(refused.refusal(), code);
            assert_eq!(node.me(&access).await.status, 200);
        }
    })
    .await;
}
