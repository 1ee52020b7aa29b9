//! Browser sessions: a cookie instead of tokens, good only from PayFlow's own pages, ended by
//! idleness, age and logout.

use axum::body::Body;
use axum::http::{Request, header};
use contracts::identity::Role;
use serde_json::{Value, json};
use values::SECOND;

use crate::support::{Answer, App, PASSWORD, on_each_engine};

const MINUTE: i64 = 60 * SECOND;
const ORIGIN: &str = "http://127.0.0.1:8080";
const SESSIONS: &str = "/api/v1/auth/sessions";

/// What a browser keeps of a login.
struct Browser {
    cookie: String,
    csrf: String,
}

type Lines<'a> = &'a [(&'a str, &'a str)];

async fn send(
    app: &App,
    method: &str,
    path: &str,
    lines: Lines<'_>,
    body: Option<Value>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in lines {
        request = request.header(*name, *value);
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    app.send(request.body(body).unwrap()).await
}

/// The cookies of the session that an answer sets or removes.
fn set_cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all(header::SET_COOKIE).into_iter();
    all.map(|value| value.to_str().unwrap().to_owned())
        .filter(|cookie| !cookie.starts_with("payflow_device="))
        .collect()
}

async fn log_in(app: &App, lines: Lines<'_>) -> Answer {
    let body = json!({"email": "ann@example.com", "password": PASSWORD, "session": "cookie"});
    send(app, "POST", "/api/v1/auth/login", lines, Some(body)).await
}

fn browser(answer: &Answer) -> Browser {
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let [session, _] = &set_cookies(answer)[..] else {
        panic!("two cookies")
    };
    Browser {
        cookie: session.split(';').next().unwrap().to_owned(),
        csrf: answer.body["csrf_token"].as_str().unwrap().to_owned(),
    }
}

async fn logged_in(app: &App) -> Browser {
    assert_eq!(app.register("ann@example.com").await.status, 201);
    browser(&log_in(app, &[]).await)
}

impl Browser {
    async fn me(&self, app: &App) -> u16 {
        send(
            app,
            "GET",
            "/api/v1/auth/me",
            &[("cookie", &self.cookie)],
            None,
        )
        .await
        .status
    }

    fn proved(&self) -> [(&str, &str); 3] {
        [
            ("cookie", &self.cookie),
            ("x-csrf-token", &self.csrf),
            ("origin", ORIGIN),
        ]
    }
}

#[tokio::test]
async fn a_browser_gets_cookies_and_no_tokens() {
    on_each_engine(async |app| {
        assert_eq!(app.register("ann@example.com").await.status, 201);
        let answer = log_in(
            &app,
            &[("origin", ORIGIN), ("sec-fetch-site", "same-origin")],
        )
        .await;
        assert_eq!(answer.status, 200);
        let members: Vec<_> = answer.body.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["csrf_token", "user"]);
        let [session, csrf] = &set_cookies(&answer)[..] else {
            panic!("two cookies")
        };
        assert!(session.starts_with("payflow_session=pfs_"), "{session}");
        assert!(
            session.ends_with("; Path=/; Max-Age=86400; SameSite=Strict; HttpOnly"),
            "{session}"
        );
        let token = answer.body["csrf_token"].as_str().unwrap();
        assert_eq!(
            *csrf,
            format!("payflow_csrf={token}; Path=/; Max-Age=86400; SameSite=Strict")
        );

        let browser = browser(&answer);
        assert_eq!(browser.me(&app).await, 200);
        let listed = send(&app, "GET", SESSIONS, &[("cookie", &browser.cookie)], None).await;
        let sessions = listed.body["data"].as_array().unwrap();
        let kinds: Vec<_> = sessions
            .iter()
            .map(|one| (&one["kind"], &one["current"]))
            .collect();
        assert!(
            kinds.contains(&(&"cookie".into(), &true.into())),
            "{kinds:?}"
        );
        let secret = browser.cookie.split_once('=').unwrap().1;
        let sql =
            "SELECT count(*) FROM sessions WHERE cookie_hash IS NOT NULL AND cookie_hash <> $1";
        let args = db::args![secret.as_bytes().to_vec()];
        assert_eq!(
            app.db.fetch_one::<(i64,)>(sql, args).await.unwrap(),
            (1,),
            "only its hash"
        );
    })
    .await;
}

#[tokio::test]
async fn a_request_that_changes_something_proves_that_it_is_payflows_own() {
    on_each_engine(async |app| {
        let browser = logged_in(&app).await;
        let other = browser_of_bob(&app).await;
        let (cookie, csrf) = (
            ("cookie", browser.cookie.as_str()),
            ("x-csrf-token", browser.csrf.as_str()),
        );
        for lines in [
            &[cookie][..],
            &[cookie, ("origin", ORIGIN)],
            &[cookie, ("x-csrf-token", "")],
            &[cookie, ("x-csrf-token", "wrong")],
            &[cookie, ("x-csrf-token", &other.csrf)],
            &[cookie, csrf, csrf],
            &[cookie, csrf, ("origin", "https://evil.example")],
            &[cookie, csrf, ("origin", "null")],
            &[cookie, csrf, ("sec-fetch-site", "cross-site")],
            &[
                cookie,
                csrf,
                ("origin", ORIGIN),
                ("sec-fetch-site", "same-site"),
            ],
        ] {
            let refused = send(&app, "DELETE", SESSIONS, lines, None).await;
            assert_eq!(refused.refusal(), (403, "csrf_refused"), "{lines:?}");
            let refused = send(&app, "POST", "/api/v1/auth/logout", lines, Some(json!({}))).await;
            assert_eq!(refused.refusal(), (403, "csrf_refused"), "{lines:?}");
        }
        assert_eq!(browser.me(&app).await, 200, "nothing was done");
        let done = send(&app, "DELETE", SESSIONS, &browser.proved(), None).await;
        assert_eq!(done.status, 204);
        let no_browser = [cookie, csrf];
        assert_eq!(
            send(&app, "DELETE", SESSIONS, &no_browser, None)
                .await
                .status,
            204
        );
    })
    .await;
}

async fn browser_of_bob(app: &App) -> Browser {
    assert_eq!(app.register("bob@example.com").await.status, 201);
    let body = json!({"email": "bob@example.com", "password": PASSWORD, "session": "cookie"});
    browser(&app.post("/api/v1/auth/login", body).await)
}

#[tokio::test]
async fn another_sites_page_logs_nobody_in() {
    on_each_engine(async |app| {
        assert_eq!(app.register("ann@example.com").await.status, 201);
        for lines in [
            [("origin", "https://evil.example")],
            [("origin", "null")],
            [("sec-fetch-site", "cross-site")],
        ] {
            let refused = log_in(&app, &lines).await;
            assert_eq!(refused.refusal(), (403, "csrf_refused"), "{lines:?}");
            assert!(set_cookies(&refused).is_empty());
        }
    })
    .await;
}

#[tokio::test]
async fn each_login_makes_a_new_session_and_ends_the_one_that_the_browser_had() {
    on_each_engine(async |app| {
        let first = logged_in(&app).await;
        assert_eq!(first.me(&app).await, 200);
        // Fixation: what was there before the login, known to somebody or made up, is worth nothing
        // after it.
        let second = browser(&log_in(&app, &[("cookie", &first.cookie)]).await);
        assert_ne!(first.cookie, second.cookie);
        assert_ne!(first.csrf, second.csrf);
        assert_eq!(first.me(&app).await, 401);
        let planted = "payflow_session=pfs_planted";
        let third = browser(&log_in(&app, &[("cookie", planted)]).await);
        assert_ne!(third.cookie, planted);
        let planted = send(&app, "GET", "/api/v1/auth/me", &[("cookie", planted)], None).await;
        assert_eq!(planted.refusal(), (401, "unauthenticated"));
        assert_eq!(
            second.me(&app).await,
            200,
            "that browser did not log in anew"
        );
    })
    .await;
}

#[tokio::test]
async fn a_logout_removes_the_cookies_and_ends_the_session_on_all_nodes() {
    on_each_engine(async |app| {
        let browser = logged_in(&app).await;
        let other = app.another_node().await;
        assert_eq!(browser.me(&other).await, 200, "and so remembered");
        let done = send(
            &app,
            "POST",
            "/api/v1/auth/logout",
            &browser.proved(),
            Some(json!({})),
        )
        .await;
        assert_eq!(done.status, 204);
        let removed = set_cookies(&done);
        assert_eq!(removed.len(), 2);
        assert!(
            removed
                .iter()
                .all(|cookie| cookie.contains("=; Path=/; Max-Age=0")),
            "{removed:?}"
        );
        assert_eq!(browser.me(&app).await, 401);
        other.service.poll_revocations().await.unwrap();
        assert_eq!(browser.me(&other).await, 401);
    })
    .await;
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_and_one_that_is_used_ends_after_a_day() {
    on_each_engine(async |app| {
        let browser = logged_in(&app).await;
        app.clock.advance(60 * MINUTE);
        assert_eq!(browser.me(&app).await, 401, "an hour of nothing");
        let browser = browser_of_bob(&app).await;
        for _ in 0..28 {
            app.clock.advance(50 * MINUTE);
            assert_eq!(browser.me(&app).await, 200);
        }
        app.clock.advance(40 * MINUTE - SECOND);
        assert_eq!(browser.me(&app).await, 200, "to the last second");
        app.clock.advance(SECOND);
        assert_eq!(browser.me(&app).await, 401, "a day of anything");
    })
    .await;
}

#[tokio::test]
async fn a_new_role_and_a_suspension_are_known_within_a_minute() {
    on_each_engine(async |app| {
        let browser = logged_in(&app).await;
        assert_eq!(browser.me(&app).await, 200);
        app.suspend_all().await;
        app.clock.advance(MINUTE);
        assert_eq!(browser.me(&app).await, 401);
    })
    .await;
}

#[tokio::test]
async fn an_administrator_puts_a_browser_out_at_once_here_and_after_a_poll_elsewhere() {
    on_each_engine(async |app| {
        let other = app.another_node().await;
        let (_, admin) = app.somebody("root@example.com", Role::Admin).await;
        let registered = app.register("ann@example.com").await;
        let ann = format!("/users/{}", registered.body["user"]["id"].as_str().unwrap());
        let suspended = json!({"status": "suspended", "reason": "x"});
        for (method, path, body) in [
            ("POST", format!("{ann}/sessions/end"), None),
            ("PATCH", ann.clone(), Some(json!({"role": "merchant"}))),
            ("PATCH", ann, Some(suspended)),
        ] {
            let browser = browser(&log_in(&app, &[]).await);
            assert_eq!(
                (browser.me(&app).await, browser.me(&other).await),
                (200, 200)
            );
            let done = app.ask(&admin, method, &path, body).await;
            assert_eq!(done.status, 200, "{:?}", done.body);
            assert_eq!(browser.me(&app).await, 401, "{method} {path}");
            app.clock.advance(SECOND);
            other.service.poll_revocations().await.unwrap();
            assert_eq!(browser.me(&other).await, 401, "{method} {path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_cookie_counts_only_as_a_cookie_and_only_where_nothing_else_says_who_asks() {
    on_each_engine(async |app| {
        let browser = logged_in(&app).await;
        let secret = browser.cookie.split_once('=').unwrap().1;
        assert_eq!(
            app.me(secret).await.refusal(),
            (401, "unauthenticated"),
            "no bearer token"
        );
        assert_eq!(app.refresh(secret).await.status, 401);
        let cookie = ("cookie", browser.cookie.as_str());
        for authorization in ["Bearer wrong", "Basic YTpi", ""] {
            let lines = [cookie, ("authorization", authorization)];
            let answer = send(&app, "GET", "/api/v1/auth/me", &lines, None).await;
            assert_eq!(
                answer.refusal(),
                (401, "unauthenticated"),
                "{authorization}"
            );
        }
        let tokens = app.log_in("ann@example.com", PASSWORD).await.tokens();
        for path in ["payflow_session", "__Host-payflow_session"] {
            let cookie = format!("{path}={}", tokens.access);
            let answer = send(&app, "GET", "/api/v1/auth/me", &[("cookie", &cookie)], None).await;
            assert_eq!(answer.status, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn a_logout_needs_a_session_or_a_refresh_token() {
    on_each_engine(async |app| {
        let nothing = app.post("/api/v1/auth/logout", json!({})).await;
        assert_eq!(nothing.refusal(), (401, "unauthenticated"));
        let tokens = app.registered("ann@example.com").await;
        let bearer = format!("Bearer {}", tokens.access);
        let lines = [("authorization", bearer.as_str())];
        let done = send(&app, "POST", "/api/v1/auth/logout", &lines, Some(json!({}))).await;
        assert_eq!(done.status, 204);
        assert_eq!(app.me(&tokens.access).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_kind_of_session_is_refused() {
    on_each_engine(async |app| {
        let body = json!({"email": "ann@example.com", "password": PASSWORD, "session": "magic"});
        let refused = app.post("/api/v1/auth/login", body).await;
        assert_eq!(refused.refusal(), (400, "invalid_value"));
    })
    .await;
}
