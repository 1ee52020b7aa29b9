//! Devices that a user is known on, and those that they are not.

use identity::{Config, LockoutConfig};
use values::{DAY, SECOND};

use crate::fake_browser::{on_each_engine_with, sign_in};
use crate::passkeys::{answer, holder};
use crate::support::{App, PASSWORD, fast, on_each_engine};

const EMAIL: &str = "ann@example.com";

/// What the mails tell that have arrived, and what they are made of.
async fn mails(app: &App) -> Vec<(String, String)> {
    app.service.deliver_messages().await.unwrap();
    let mails = app.inbox.take();
    mails.into_iter().map(|m| (m.kind, m.text)).collect()
}

async fn count_of(app: &App, act: &str) -> i64 {
    let sql = "SELECT count(*) FROM audit_entries WHERE act = $1";
    let found: (i64,) = app.db.fetch_one(sql, db::args![act]).await.unwrap();
    found.0
}

#[tokio::test]
async fn a_login_on_a_new_device_is_told_by_mail_and_in_the_trail_once() {
    on_each_engine(async |app| {
        app.registered(EMAIL).await;
        assert_eq!(mails(&app).await.len(), 1, "the link to confirm the e-mail");
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(mails(&app).await, [], "the device of the registration");

        let phone = app.from("203.0.113.5", "Phone/1.0");
        for _ in 0..2 {
            assert_eq!(phone.log_in(EMAIL, PASSWORD).await.status, 200);
        }
        let told = mails(&app).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, "new_device");
        assert!(told[0].1.contains("203.0.113.5") && told[0].1.contains("Phone/1.0"));
        assert_eq!(count_of(&app, "device.new").await, 1);

        let other_agent = app.from("203.0.113.5", "Laptop/1.0");
        assert_eq!(other_agent.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(mails(&app).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_login_that_fails_makes_no_device_known() {
    on_each_engine(async |app| {
        app.registered(EMAIL).await;
        let phone = app.from("203.0.113.5", "Phone/1.0");
        let failed = phone.log_in(EMAIL, "wrong").await;
        assert_eq!(failed.status, 401);
        assert!(!failed.headers.contains_key("set-cookie"));
        mails(&app).await;
        assert_eq!(phone.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(mails(&app).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_device_with_its_cookie_is_known_anywhere_and_to_its_users_only() {
    on_each_engine(async |app| {
        let registered = app.register(EMAIL).await;
        let cookie = registered.headers["set-cookie"].to_str().unwrap();
        for part in [
            "payflow_device=",
            "; HttpOnly",
            "; SameSite=Lax",
            "; Path=/",
        ] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "the address is http://");
        let cookie = cookie.split(';').next().unwrap();
        app.registered("bob@example.com").await;
        mails(&app).await;

        let train = app.from("203.0.113.5", "Firefox");
        let log_in = async |email| train.log_in_with_cookie(email, PASSWORD, cookie).await;
        let again = log_in(EMAIL).await;
        assert_eq!(again.status, 200);
        let given = again.headers["set-cookie"].to_str().unwrap();
        assert!(given.starts_with(cookie), "the same, for longer");
        assert_eq!(mails(&app).await, []);
        assert_eq!(log_in("bob@example.com").await.status, 200);
        assert_eq!(mails(&app).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    on_each_engine(async |app| {
        let config = Config {
            public_url: "https://pay.example".to_owned(),
            ..fast()
        };
        let app = app.another_node_with(config).await;
        let registered = app.register(EMAIL).await;
        let cookie = registered.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("__Host-payflow_device=") && cookie.contains("; Secure"));
        assert!(!cookie.contains("Domain"));
    })
    .await;
}

#[tokio::test]
async fn a_device_that_was_not_used_for_long_is_new_again() {
    on_each_engine(async |app| {
        app.registered(EMAIL).await;
        mails(&app).await;
        app.clock.advance(399 * DAY);
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        app.clock.advance(399 * DAY);
        app.delete_expired().await;
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(mails(&app).await, []);
        app.clock.advance(400 * DAY);
        app.delete_expired().await;
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(mails(&app).await.len(), 1);
    })
    .await;
}

/// What a login on a new device leaves: a mail, and an entry of the trail.
async fn told(app: &App) -> (usize, i64) {
    let mails = mails(app).await;
    let news = |(kind, _): &&(String, String)| kind == "new_device";
    (
        mails.iter().filter(news).count(),
        count_of(app, "device.new").await,
    )
}

#[tokio::test]
async fn a_login_with_a_second_factor_is_one_on_a_new_device_when_it_is_complete() {
    on_each_engine(async |app| {
        let ann = app.enrolled(EMAIL).await;
        assert_eq!(told(&app).await, (0, 0));
        let phone = app.from("203.0.113.5", "Phone/1.0");
        for expected in [(1, 1), (0, 1)] {
            let asked = phone.log_in(EMAIL, PASSWORD).await;
            assert!(!asked.headers.contains_key("set-cookie"));
            assert_eq!(told(&app).await.0, 0, "nobody is in yet");
            let token = asked.body["mfa_token"].as_str().unwrap();
            assert_eq!(phone.mfa(token, "000000").await.status, 401);
            assert_eq!(told(&app).await.0, 0);
            let done = phone.mfa(token, &ann.app.code(&app, 0)).await;
            assert_eq!(done.status, 200, "{:?}", done.body);
            let cookie = done.headers["set-cookie"].to_str().unwrap();
            assert!(cookie.starts_with("payflow_device="));
            assert_eq!(told(&app).await, expected);
            app.clock.advance(30 * SECOND);
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_with_a_passkey_is_one_on_a_new_device_once() {
    on_each_engine(async |app| {
        let (mut key, _) = holder(&app, EMAIL).await;
        assert_eq!(told(&app).await, (0, 0));
        let phone = app.from("203.0.113.5", "Phone/1.0");
        for expected in [(1, 1), (0, 1)] {
            let body = answer(&phone, &mut key).await;
            let done = phone.post("/api/v1/auth/passkeys/login", body).await;
            assert_eq!(done.status, 200, "{:?}", done.body);
            assert_eq!(told(&app).await, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_by_a_provider_is_one_on_a_new_device_once_but_not_the_first_of_all() {
    on_each_engine_with(async |app, _fake| {
        assert_eq!(sign_in(&app).await.status, 200);
        assert_eq!(told(&app).await, (0, 0));
        let phone = app.from("203.0.113.5", "Phone/1.0");
        for expected in [(1, 1), (0, 1)] {
            let done = sign_in(&phone).await;
            assert_eq!(done.status, 200, "{:?}", done.body);
            let mut cookies = done.headers.get_all("set-cookie").into_iter();
            let device = |cookie: &str| cookie.starts_with("payflow_device=");
            assert!(cookies.any(|cookie| device(cookie.to_str().unwrap())));
            assert_eq!(told(&app).await, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_login_with_a_passkey_ends_the_wait_of_its_device_and_of_no_stranger() {
    on_each_engine(async |app| {
        let (mut key, _) = holder(&app, EMAIL).await;
        let config = Config {
            lockout: LockoutConfig::default(),
            ..fast()
        };
        let app = app.another_node_with(config).await;
        let eve = app.from("198.51.100.66", "curl/8.0");
        for _ in 0..4 {
            assert_eq!(app.log_in(EMAIL, "wrong").await.status, 401);
            assert_eq!(eve.log_in(EMAIL, "wrong").await.status, 401);
        }
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 429);
        let body = answer(&app, &mut key).await;
        let done = app.post("/api/v1/auth/passkeys/login", body).await;
        assert_eq!(done.status, 200, "{:?}", done.body);
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
        assert_eq!(eve.log_in(EMAIL, PASSWORD).await.status, 429);
    })
    .await;
}
