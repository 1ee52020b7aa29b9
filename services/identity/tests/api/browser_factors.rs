//! Second factors in a browser: a login that goes on with a code answers with the cookie that was
//! asked for, and showing a factor gives another cookie in the place of the old one.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};
use values::SECOND;

use crate::app_codes::{AppCodes, Enrolled};
use crate::passkeys::{answer, holder};
use crate::support::{Answer, App, PASSWORD, on_each_engine};

const ORIGIN: &str = "http://127.0.0.1:8080";
const LOGIN: &str = "/api/v1/auth/login";
const MFA: &str = "/api/v1/auth/mfa";
const PASSKEY: &str = "/api/v1/auth/passkeys/login";
const STEP_UP: &str = "/api/v1/auth/step-up";
const DISABLE: &str = "/api/v1/auth/2fa/disable";

/// What a browser keeps of a login.
struct Browser {
    cookie: String,
    csrf: String,
}

impl Browser {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        assert!(answer.body.get("access_token").is_none());
        let all = answer.headers.get_all(header::SET_COOKIE).into_iter();
        let cookies: Vec<_> = all
            .map(|value| value.to_str().unwrap())
            .filter(|cookie| !cookie.starts_with("payflow_device="))
            .collect();
        let [session, _] = cookies[..] else {
            panic!("two cookies: {cookies:?}")
        };
        Self {
            cookie: session.split(';').next().unwrap().to_owned(),
            csrf: answer.body["csrf_token"].as_str().unwrap().to_owned(),
        }
    }

    async fn me(&self, app: &App) -> u16 {
        let request = Request::get("/api/v1/auth/me").header(header::COOKIE, &self.cookie);
        app.send(request.body(Body::empty()).unwrap()).await.status
    }

    async fn post(&self, app: &App, path: &str, body: Value) -> Answer {
        let lines = [
            ("cookie", self.cookie.as_str()),
            ("x-csrf-token", &self.csrf),
        ];
        post_from(app, ORIGIN, &lines, path, body).await
    }
}

async fn post_from(
    app: &App,
    origin: &str,
    lines: &[(&str, &str)],
    path: &str,
    body: Value,
) -> Answer {
    let mut request = Request::post(path)
        .header(header::ORIGIN, origin)
        .header(header::CONTENT_TYPE, "application/json");
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

/// The token of a browser's login that waits for a second factor.
async fn asked(app: &App, email: &str, lines: &[(&str, &str)]) -> String {
    let body = json!({"email": email, "password": PASSWORD, "session": "cookie"});
    let answer = post_from(app, ORIGIN, lines, LOGIN, body).await;
    assert_eq!(answer.body["mfa_required"], true, "{:?}", answer.body);
    assert!(answer.headers.get(header::SET_COOKIE).is_none());
    answer.body["mfa_token"].as_str().unwrap().to_owned()
}

async fn browser_of(app: &App, who: &Enrolled) -> Browser {
    let token = asked(app, &who.email, &[]).await;
    let body = json!({"mfa_token": token, "code": who.app.code(app, 0)});
    let browser = Browser::of(&post_from(app, ORIGIN, &[], MFA, body).await);
    app.clock.advance(30 * SECOND);
    browser
}

#[tokio::test]
async fn a_code_answers_with_the_cookie_that_the_login_asked_for_and_ends_the_session_before() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let old = browser_of(&app, &ann).await;
        assert_eq!(old.me(&app).await, 200);
        let had = [("cookie", old.cookie.as_str())];
        let token = asked(&app, &ann.email, &had).await;
        assert_eq!(old.me(&app).await, 200, "nobody has logged in yet");
        let body = json!({"mfa_token": token, "code": ann.app.code(&app, 0)});
        let new = Browser::of(&post_from(&app, ORIGIN, &had, MFA, body).await);
        assert_ne!(new.cookie, old.cookie);
        assert_eq!((old.me(&app).await, new.me(&app).await), (401, 200));
    })
    .await;
}

#[tokio::test]
async fn a_page_of_another_site_cannot_end_a_login_for_a_cookie() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let token = asked(&app, &ann.email, &[]).await;
        let body = json!({"mfa_token": token, "code": ann.app.code(&app, 0)});
        let refused = post_from(&app, "https://evil.example", &[], MFA, body.clone()).await;
        assert_eq!(refused.refusal(), (403, "csrf_refused"));
        assert!(refused.headers.get(header::SET_COOKIE).is_none());
        let done = post_from(&app, ORIGIN, &[], MFA, body).await;
        assert_eq!(
            Browser::of(&done).me(&app).await,
            200,
            "nothing was used up"
        );
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_steps_up_gets_another_cookie_which_every_node_knows_as_fresh() {
    on_each_engine(async |app| {
        let ann = app.enrolled("ann@example.com").await;
        let old = browser_of(&app, &ann).await;
        app.clock.advance(300 * SECOND);
        let refused = old.post(&app, DISABLE, json!({})).await;
        assert_eq!(refused.refusal(), (403, "step_up_required"));
        let body = json!({"code": ann.app.code(&app, 0)});
        let new = Browser::of(&old.post(&app, STEP_UP, body).await);
        assert_ne!(new.cookie, old.cookie);
        let refused = old.post(&app, DISABLE, json!({})).await.status;
        assert!([401, 403].contains(&refused), "{refused}");
        let node = app.another_node().await;
        let done = new.post(&node, DISABLE, json!({})).await;
        assert_eq!(done.status, 204, "{:?}", done.body);
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_sets_an_app_up_gets_another_cookie_and_its_recovery_codes() {
    on_each_engine(async |app| {
        app.confirmed("ann@example.com").await;
        let body = json!({"email": "ann@example.com", "password": PASSWORD, "session": "cookie"});
        let old = Browser::of(&post_from(&app, ORIGIN, &[], LOGIN, body).await);
        let setup = old.post(&app, "/api/v1/auth/2fa/setup", json!({})).await;
        let codes = AppCodes::of(setup.body["secret"].as_str().unwrap());
        let body = json!({"code": codes.code(&app, 0)});
        let enabled = old.post(&app, "/api/v1/auth/2fa/enable", body).await;
        assert_eq!(enabled.body["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!(Browser::of(&enabled).me(&app).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_passkey_alone_answers_with_the_cookie_that_is_asked_for_from_our_own_page() {
    on_each_engine(async |app| {
        let (mut key, _) = holder(&app, "ann@example.com").await;
        let mut body = answer(&app, &mut key).await;
        body["session"] = "cookie".into();
        let refused = post_from(&app, "https://evil.example", &[], PASSKEY, body.clone()).await;
        assert_eq!(refused.refusal(), (403, "csrf_refused"));
        let done = Browser::of(&post_from(&app, ORIGIN, &[], PASSKEY, body).await);
        assert_eq!(done.me(&app).await, 200);
    })
    .await;
}
