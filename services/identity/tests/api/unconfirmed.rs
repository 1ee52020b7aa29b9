//! An address that was never confirmed is nobody's: nothing is made that would outlive the owner's
//! proof, no money goes there, and the owner's proof ends whatever a stranger has begun. A link
//! alone is no proof that the account belongs to anyone who reads the mail.

use access::Authenticator as _;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use contracts::identity::{Identity, OrgId, Role};
use identity::ImportedUser;
use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::fake_browser::{bearer, begin_link, come_back, count, on_each_engine_with, sign_in};
use crate::passkeys::{answer, register};
use crate::support::{Answer, App, Mail, PASSWORD, Purse, fast, on_each_engine};

const EMAIL: &str = "ann@example.com";
const NEW: &str = "purple velocipede uphill";
const VERIFY: &str = "/api/v1/auth/verify-email";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

async fn mails(app: &App) -> Vec<Mail> {
    app.service.carry_out_requests().await.unwrap();
    app.service.deliver_messages().await.unwrap();
    app.inbox.take()
}

/// The token of the newest mail that has a link.
async fn token(app: &App) -> String {
    let sent = mails(app).await;
    let links = sent.iter().rev().flat_map(|mail| mail.text.lines());
    let link = links
        .into_iter()
        .find(|line| line.contains("token="))
        .unwrap();
    link.split_once("token=").unwrap().1.to_owned()
}

async fn open(app: &App, token: &str) -> Answer {
    app.post(VERIFY, json!({ "token": token })).await
}

async fn open_with(app: &App, token: &str, name: &str, value: &str) -> Answer {
    let request = Request::post(VERIFY)
        .header(header::CONTENT_TYPE, "application/json")
        .header(name, value)
        .body(Body::from(json!({ "token": token }).to_string()))
        .unwrap();
    app.send(request).await
}

async fn is_confirmed(app: &App) -> bool {
    let known = app.service.user_by_email(OrgId::DEFAULT, EMAIL).await;
    known.unwrap().is_some()
}

async fn reset(app: &App) -> u16 {
    let body = json!({ "email": EMAIL });
    app.post("/api/v1/auth/forgot-password", body).await;
    let body = json!({"token": token(app).await, "new_password": NEW});
    app.post("/api/v1/auth/reset-password", body).await.status
}

async fn make_key(app: &App, access: &str) -> Answer {
    let body = json!({"name": "robot", "scopes": ["wallets:own"]});
    app.post_as(access, "/api/v1/api-keys", body).await
}

fn device(answer: &Answer) -> String {
    let all = answer.headers.get_all(header::SET_COOKIE).into_iter();
    let mut all = all.map(|value| value.to_str().unwrap());
    let cookie = all.find(|cookie| cookie.starts_with("payflow_device="));
    cookie.unwrap().split(';').next().unwrap().to_owned()
}

fn acts() -> [(&'static str, Value); 3] {
    [
        (
            "/api/v1/api-keys",
            json!({"name": "robot", "scopes": ["wallets:own"]}),
        ),
        ("/api/v1/auth/2fa/setup", json!({})),
        ("/api/v1/auth/passkeys/registration", json!({})),
    ]
}

#[tokio::test]
async fn keys_and_factors_are_for_those_who_have_confirmed_their_email() {
    on_each_engine(async |app| {
        let access = app.registered(EMAIL).await.access;
        for (path, body) in acts() {
            let refused = app.post_as(&access, path, body).await;
            assert_eq!(refused.refusal(), (403, "email_not_verified"), "{path}");
        }
        assert_eq!(open(&app, &token(&app).await).await.status, 204);
        for (path, body) in acts() {
            let made = app.post_as(&access, path, body).await;
            assert!([200, 201].contains(&made.status), "{path}: {:?}", made.body);
        }
    })
    .await;
}

#[tokio::test]
async fn a_provider_is_linked_by_those_who_have_confirmed_their_email() {
    on_each_engine_with(async |app, _fake| {
        let access = app.registered(EMAIL).await.access;
        let path = "/api/v1/auth/oauth/fake/link";
        let refused = bearer(&app, "POST", path, &access).await;
        assert_eq!(refused.refusal(), (403, "email_not_verified"));
        assert_eq!(open(&app, &token(&app).await).await.status, 204);
        let sent = begin_link(&app, &access).await;
        assert_eq!(come_back(&app, &sent).await.status, 204);
    })
    .await;
}

/// What a store may hold that was filled before keys and factors waited for the confirmation.
#[tokio::test]
async fn the_owners_new_password_ends_all_that_a_stranger_has_made_of_their_address() {
    on_each_engine_with(async |app, _fake| {
        let stranger = app.from("203.0.113.9", "curl/8");
        let tokens = stranger.confirmed(EMAIL).await;
        let linked = begin_link(&stranger, &tokens.access).await;
        assert_eq!(come_back(&stranger, &linked).await.status, 204);
        let made = make_key(&stranger, &tokens.access).await;
        let key = made.body["key"].as_str().unwrap().to_owned();
        let mut passkey = Authenticator::new();
        let access =
            register(&stranger, &tokens.access, &mut passkey).await.body["access_token"].clone();
        let with_app = stranger.with_app(crate::support::Tokens {
            access: access.as_str().unwrap().to_owned(),
            ..tokens.clone()
        });
        let (_, tokens, _) = with_app.await;
        let before = "UPDATE users SET email_verified = 0";
        app.db.execute(before, vec![]).await.unwrap();
        mails(&app).await;

        assert_eq!(reset(&app).await, 204);
        assert_eq!(app.me(&tokens.access).await.status, 401);
        assert_eq!(app.refresh(&tokens.refresh).await.status, 401);
        let used = app.service.authenticate(&key, &testkit::client()).await;
        assert!(used.is_err(), "the key");
        let assertion = answer(&stranger, &mut passkey).await;
        let by_passkey = stranger
            .post("/api/v1/auth/passkeys/login", assertion)
            .await;
        assert_eq!(by_passkey.status, 401);
        assert_eq!(sign_in(&stranger).await.refusal(), (409, "link_required"));
        let owner = app.log_in(EMAIL, NEW).await;
        assert_eq!(
            (owner.status, &owner.body["mfa_required"]),
            (200, &Value::Null)
        );
        for sql in [
            "SELECT count(*) FROM api_keys",
            "SELECT count(*) FROM totp_secrets",
            "SELECT count(*) FROM passkeys",
            "SELECT count(*) FROM recovery_codes",
            "SELECT count(*) FROM linked_accounts",
        ] {
            assert_eq!(count(&app, sql).await, 0, "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_password_of_a_confirmed_account_ends_its_keys_and_leaves_its_second_factors() {
    on_each_engine(async |app| {
        let ann = app.enrolled(EMAIL).await;
        let made = make_key(&app, &ann.tokens.access).await;
        let key = made.body["key"].as_str().unwrap().to_owned();
        mails(&app).await;
        assert_eq!(reset(&app).await, 204);
        let used = app.service.authenticate(&key, &testkit::client()).await;
        assert!(used.is_err());
        assert_eq!(app.log_in(EMAIL, NEW).await.body["mfa_required"], true);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_found_by_an_email_that_is_not_confirmed() {
    on_each_engine(async |app| {
        app.registered(EMAIL).await;
        assert!(!is_confirmed(&app).await);
        assert_eq!(open(&app, &token(&app).await).await.status, 204);
        assert!(is_confirmed(&app).await);
        app.suspend_all().await;
        assert!(!is_confirmed(&app).await);
    })
    .await;
}

#[tokio::test]
async fn who_is_vouched_for_is_confirmed_and_nobody_else() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        assert_eq!(app.me(&admin).await.body["email_verified"], true);
        let body = json!({"email": "bob@example.com", "name": "Bob", "password": PASSWORD, "role": "user"});
        let added = app.post_as(&admin, "/api/v1/users", body).await;
        assert_eq!((added.status, &added.body["email_verified"]), (201, &json!(true)));
        for email_verified in [true, false] {
            let user = ImportedUser {
                org: OrgId::DEFAULT,
                email: format!("{email_verified}@example.com"),
                name: "Ann".to_owned(),
                password_hash: "$2y$04$e0MYzXyjpJS7Pd0RVvHwHeFkYUkKZcsP6vDqJ3xHfYJZnT1jb5X6K".into(),
                role: Role::User,
                email_verified,
            };
            let email = user.email.clone();
            app.service.import_user(user).await.unwrap();
            let found = app.service.user_by_email(OrgId::DEFAULT, &email).await;
            assert_eq!(found.unwrap().is_some(), email_verified);
        }
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_followed_by_somebody_who_did_not_register_gives_the_account_to_nobody() {
    on_each_engine(async |app| {
        let stranger = app.from("203.0.113.9", FIREFOX);
        let tokens = stranger.registered(EMAIL).await;
        let token = token(&app).await;
        for owner in [
            app.from("198.51.100.7", FIREFOX),
            app.from("198.51.100.7", "scanner/1.0"),
            // In the same house, with the same browser.
            app.from("203.0.113.9", FIREFOX),
        ] {
            for _ in 0..2 {
                let refused = open(&owner, &token).await;
                assert_eq!(refused.refusal(), (403, "unknown_device"));
            }
        }
        assert!(!is_confirmed(&app).await);
        assert_eq!(app.me(&tokens.access).await.status, 200);
        // The owner makes it theirs.
        assert_eq!(reset(&app.from("198.51.100.7", FIREFOX)).await, 204);
        assert_eq!(app.me(&tokens.access).await.status, 401);
        assert!(is_confirmed(&app).await);
        let by_stranger = open(&stranger, &token).await;
        assert_eq!(by_stranger.status, 403, "the device is known no more");
        assert_eq!(stranger.log_in(EMAIL, PASSWORD).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn whoever_registered_confirms_in_the_same_browser_with_a_session_or_with_the_password() {
    on_each_engine(async |app| {
        let laptop = app.from("203.0.113.9", FIREFOX);
        let elsewhere = app.from("198.51.100.7", FIREFOX);
        for way in ["cookie", "session", "password", "program"] {
            let sql = "DELETE FROM messages";
            app.db.execute(sql, vec![]).await.unwrap();
            let email = format!("{way}@example.com");
            let (node, registered) = match way {
                "program" => {
                    let program = app.from("203.0.113.9", "curl/8");
                    let registered = program.register(&email).await;
                    (program, registered)
                }
                _ => (
                    laptop.from("203.0.113.9", FIREFOX),
                    laptop.register(&email).await,
                ),
            };
            let token = token(&app).await;
            assert_eq!(
                open(&elsewhere, &token).await.refusal(),
                (403, "unknown_device")
            );
            let access = registered.tokens().access;
            let confirmed = match way {
                "cookie" => open_with(&elsewhere, &token, "cookie", &device(&registered)).await,
                "session" => {
                    let other = app.registered("other@example.com").await.access;
                    let with = async |access: &str| {
                        open_with(
                            &elsewhere,
                            &token,
                            "authorization",
                            &format!("Bearer {access}"),
                        )
                        .await
                    };
                    assert_eq!(with(&other).await.refusal(), (403, "unknown_device"));
                    with(&access).await
                }
                "password" => {
                    let with = async |password: &str| {
                        let body = json!({"token": token, "password": password});
                        elsewhere.post(VERIFY, body).await
                    };
                    assert_eq!(with("wrong").await.refusal(), (422, "wrong_password"));
                    with(PASSWORD).await
                }
                _ => open(&node, &token).await,
            };
            assert_eq!(confirmed.status, 204, "{way}: {:?}", confirmed.body);
            let me = app.me(&access).await;
            assert_eq!(
                (me.status, &me.body["email_verified"]),
                (200, &json!(true)),
                "{way}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_registration_that_waits_is_opened_by_whoever_asked_for_it() {
    on_each_engine(async |app| {
        let mut config = fast();
        config.registration.confirm_email_first = true;
        let app = app.another_node_with(config).await;
        let stranger = app.from("203.0.113.9", FIREFOX);
        let owner = app.from("198.51.100.7", FIREFOX);
        let asked = stranger.register(EMAIL).await;
        assert_eq!(asked.status, 202);
        let token = token(&app).await;
        assert_eq!(
            open(&owner, &token).await.refusal(),
            (403, "unknown_device")
        );
        assert_eq!(
            open(&stranger, &token).await.refusal(),
            (403, "unknown_device"),
            "without its cookie"
        );
        let with = async |password: &str| {
            owner
                .post(VERIFY, json!({"token": token, "password": password}))
                .await
        };
        assert_eq!(with("wrong").await.refusal(), (422, "wrong_password"));
        assert_eq!(count(&app, "SELECT count(*) FROM users").await, 0);
        let opened = open_with(&owner, &token, "cookie", &device(&asked)).await;
        assert_eq!(opened.status, 204);
        assert_eq!(with(PASSWORD).await.refusal(), (422, "invalid_link"));
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        stranger.register("bob@example.com").await;
        let body = json!({"token": self::token(&app).await, "password": PASSWORD});
        assert_eq!(owner.post(VERIFY, body).await.status, 204);
    })
    .await;
}

#[tokio::test]
async fn an_email_is_not_changed_to_the_address_of_somebody_who_only_follows_the_link() {
    on_each_engine(async |app| {
        let stranger = app.from("203.0.113.9", "curl/8");
        let tokens = stranger.confirmed("eve@example.com").await;
        mails(&app).await;
        let body = json!({"email": EMAIL, "current_password": PASSWORD}).to_string();
        let asked = stranger
            .send_as("PATCH", &tokens.access, "/api/v1/users/me", body)
            .await;
        assert_eq!(asked.status, 200);
        let sent = mails(&app).await;
        let mail = sent.iter().find(|mail| mail.to == EMAIL).unwrap();
        let token = mail
            .text
            .split_once("token=")
            .unwrap()
            .1
            .lines()
            .next()
            .unwrap();
        let owner = app.from("198.51.100.7", FIREFOX);
        assert_eq!(open(&owner, token).await.refusal(), (403, "unknown_device"));
        assert!(!is_confirmed(&app).await);
        assert_eq!(open(&stranger, token).await.status, 204);
        assert!(is_confirmed(&app).await);
    })
    .await;
}

#[tokio::test]
async fn the_page_of_a_link_asks_for_the_password_where_the_account_is_not_known() {
    on_each_engine(async |app| {
        let laptop = app.from("203.0.113.9", FIREFOX);
        let phone = app.from("198.51.100.7", FIREFOX);
        laptop.registered(EMAIL).await;
        let token = token(&app).await;
        let press = async |typed: &str| {
            let request = Request::post(VERIFY)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(Body::from(format!("token={token}{typed}")))
                .unwrap();
            phone.send(request).await
        };
        for (typed, status) in [("", 403), ("&password=wrong", 422)] {
            let asked = press(typed).await;
            assert_eq!(asked.status, status);
            let page = asked.body.as_str().unwrap();
            assert!(page.contains("name=\"password\""), "{page}");
            assert!(page.contains(&format!("value=\"{token}\"")), "{page}");
        }
        let password = PASSWORD.replace(' ', "+");
        assert_eq!(press(&format!("&password={password}")).await.status, 200);
        assert!(is_confirmed(&app).await);
    })
    .await;
}

#[tokio::test]
async fn a_user_whom_somebody_vouches_for_takes_the_place_of_an_unconfirmed_account() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        let add = async || {
            let body = json!({"email": EMAIL, "name": "Ann", "password": NEW, "role": "operator"});
            app.post_as(&admin, "/api/v1/users", body).await
        };
        let imported = |name: &str, email_verified| ImportedUser {
            org: OrgId::DEFAULT,
            email: name.to_owned(),
            name: "Ann".to_owned(),
            password_hash: "$2y$04$e0MYzXyjpJS7Pd0RVvHwHeFkYUkKZcsP6vDqJ3xHfYJZnT1jb5X6K".into(),
            role: Role::User,
            email_verified,
        };
        let squatter = app.registered(EMAIL).await;
        let link = token(&app).await;
        let id = app.me(&squatter.access).await.body["id"].clone();

        // Nobody knows whether there is money; there may be some; there is none.
        assert_eq!(add().await.status, 503);
        app.service.set_wallets(Arc::new(Purse(Ok(true))));
        assert_eq!(add().await.refusal(), (409, "email_taken"));
        assert_eq!(app.me(&squatter.access).await.status, 200);
        // An import says that this one was not taken in.
        let kept = app.service.import_user(imported(EMAIL, true)).await;
        assert!(matches!(
            kept,
            Err(identity::AccountError::UnconfirmedHasWallets)
        ));
        let app = app.another_node().await;
        app.service.set_wallets(Arc::new(Purse(Ok(false))));
        let add = async || {
            let body = json!({"email": EMAIL, "name": "Ann", "password": NEW, "role": "operator"});
            app.post_as(&admin, "/api/v1/users", body).await
        };
        let unvouched = app.service.import_user(imported(EMAIL, false)).await;
        assert!(matches!(unvouched, Err(identity::AccountError::EmailTaken)));
        let made = add().await;
        assert_eq!(made.status, 201, "{:?}", made.body);
        assert_ne!(made.body["id"], id);
        assert_eq!(app.me(&squatter.access).await.status, 401);
        assert_eq!(app.refresh(&squatter.refresh).await.status, 401);
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 401);
        assert_eq!(app.log_in(EMAIL, NEW).await.status, 200);
        assert_eq!(open(&app, &link).await.refusal(), (422, "invalid_link"));
        let sql = "SELECT subject || details FROM audit_entries WHERE act = 'user.replaced'";
        let (told,): (String,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert!(
            told.starts_with(id.as_str().unwrap())
                && told.contains(made.body["id"].as_str().unwrap()),
            "{told}"
        );

        // Anyone who has confirmed, or is more than a user, stays; so do those who are imported
        // twice.
        assert_eq!(add().await.refusal(), (409, "email_taken"));
        app.registered("bob@example.com").await;
        app.service
            .import_user(imported("bob@example.com", true))
            .await
            .unwrap();
        app.service
            .import_user(imported("cid@example.com", false))
            .await
            .unwrap();
        for (name, verified) in [("bob@example.com", true), ("cid@example.com", false)] {
            let again = app.service.import_user(imported(name, verified)).await;
            assert!(
                matches!(again, Err(identity::AccountError::EmailTaken)),
                "{name}"
            );
        }
    })
    .await;
}
