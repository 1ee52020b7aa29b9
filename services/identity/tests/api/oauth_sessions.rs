//! What a sign-in with others leads to: tokens or a cookie, and the second factor of anyone who has
//! one.
#![cfg(test)]

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::app_codes::Enrolled;
use crate::fake_browser::{begin, begin_link, come_back, count, on_each_engine_with, sign_in};
use crate::support::{Answer, App, PASSWORD, Purse};

const MFA: &str = "/api/v1/auth/mfa";
const VERIFIER: &str = "a-verifier-that-only-the-app-knows-0123456789";

/// Somebody with an app, whom the provider knows too.
async fn linked_and_enrolled(app: &App) -> Enrolled {
    let ann = app.enrolled("ann@example.com").await;
    let sent = begin_link(app, &ann.tokens.access).await;
    assert_eq!(come_back(app, &sent).await.status, 204);
    ann
}

fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 302, "{:?}", answer.body);
    answer.headers[header::LOCATION].to_str().unwrap()
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all(header::SET_COOKIE).into_iter();
    all.map(|value| {
        value
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    })
    .collect()
}

async fn me(app: &App, cookie: &str) -> u16 {
    let request = Request::get("/api/v1/auth/me").header(header::COOKIE, cookie);
    app.send(request.body(Body::empty()).unwrap()).await.status
}

#[tokio::test]
async fn a_provider_is_no_way_around_the_second_factor() {
    on_each_engine_with(async |app, _fake| {
        let ann = linked_and_enrolled(&app).await;
        let begun = "SELECT count(*) FROM sessions WHERE methods LIKE 'fed%'";
        let asked = sign_in(&app).await;
        assert_eq!(asked.status, 200, "{:?}", asked.body);
        assert_eq!(asked.body["mfa_required"], true);
        assert_eq!(asked.body["methods"], json!(["totp", "recovery_code"]));
        assert!(asked.body.get("access_token").is_none());
        assert_eq!(count(&app, begun).await, 0);

        let token = asked.body["mfa_token"].as_str().unwrap();
        let wrong = app.mfa(token, &ann.app.wrong_code(&app)).await;
        assert_eq!(wrong.refusal(), (401, "invalid_code"));
        let done = app.mfa(token, &ann.app.code(&app, 0)).await;
        assert_eq!(app.me(&done.tokens().access).await.status, 200);
        let both = "SELECT count(*) FROM sessions WHERE methods = 'fed otp'";
        assert_eq!(count(&app, both).await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_app_that_exchanges_its_code_is_asked_for_the_second_factor_too() {
    on_each_engine_with(async |app, _fake| {
        let ann = linked_and_enrolled(&app).await;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, VERIFIER.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(digest);
        let sent = begin(&app, &format!("?return_to=/in&code_challenge={challenge}")).await;
        let back = come_back(&app, &sent).await;
        let code = location(&back).split_once("#code=").unwrap().1;
        let body = json!({"code": code, "code_verifier": VERIFIER});
        let asked = app.post("/api/v1/auth/oauth/exchange", body).await;
        assert_eq!(
            (asked.status, &asked.body["mfa_required"]),
            (200, &json!(true))
        );
        let token = asked.body["mfa_token"].as_str().unwrap();
        let done = app.mfa(token, &ann.recovery_codes[0]).await;
        assert_eq!(app.me(&done.tokens().access).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_browser_gets_its_cookie_at_the_callback_and_the_one_before_ends() {
    on_each_engine_with(async |app, _fake| {
        let sent = begin(&app, "?session=cookie&return_to=/in").await;
        let first = come_back(&app, &sent).await;
        assert_eq!(location(&first), "http://127.0.0.1:8080/in#signed_in=fake");
        let set = cookies(&first);
        assert_eq!(set.len(), 4, "{set:?}");
        let named = |name: &str| set.iter().find(|one| one.starts_with(name)).unwrap();
        assert!(named("payflow_oauth_").ends_with('='), "forgotten");
        for also in ["payflow_csrf=", "payflow_device="] {
            named(also);
        }
        let session = named("payflow_session=");
        assert_eq!(me(&app, session).await, 200);

        let mut again = begin(&app, "?session=cookie").await;
        again.cookie = format!("{}; {session}", again.cookie);
        let second = come_back(&app, &again).await;
        assert_eq!(
            (second.status, second.body["csrf_token"].is_string()),
            (200, true)
        );
        assert!(second.body.get("access_token").is_none());
        assert_eq!(me(&app, session).await, 401);
        let new = cookies(&second)
            .into_iter()
            .find(|one| one.starts_with("payflow_session="));
        assert_eq!(me(&app, &new.unwrap()).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_browser_goes_on_with_its_second_factor_and_only_from_our_page() {
    on_each_engine_with(async |app, _fake| {
        let ann = linked_and_enrolled(&app).await;
        let sent = begin(&app, "?session=cookie&return_to=/in").await;
        let back = come_back(&app, &sent).await;
        assert_eq!(cookies(&back).len(), 1, "no session yet");
        let fragment = location(&back).strip_prefix("http://127.0.0.1:8080/in#mfa_token=");
        let (token, methods) = fragment.unwrap().split_once("&methods=").unwrap();
        assert_eq!(methods, "totp,recovery_code");
        let body = json!({"mfa_token": token, "code": ann.app.code(&app, 0)});
        let from = async |origin: &str| {
            let request = Request::post(MFA)
                .header(header::ORIGIN, origin)
                .header(header::CONTENT_TYPE, "application/json");
            let body = Body::from(body.to_string());
            app.send(request.body(body).unwrap()).await
        };
        let refused = from("https://evil.example").await;
        assert_eq!(refused.refusal(), (403, "csrf_refused"));
        let done = from("http://127.0.0.1:8080").await;
        assert_eq!(me(&app, &cookies(&done)[0]).await, 200);
    })
    .await;
}

#[tokio::test]
async fn a_cookie_is_asked_for_by_its_name_and_without_a_code() {
    on_each_engine_with(async |app, _fake| {
        let challenge = "A".repeat(43);
        for (query, refusal) in [
            ("session=cookies", (400, "invalid_parameter")),
            ("session=", (400, "invalid_parameter")),
            (
                &format!("session=cookie&return_to=/in&code_challenge={challenge}"),
                (422, "invalid_code_challenge"),
            ),
            (
                "session=tokens&return_to=/in",
                (422, "invalid_code_challenge"),
            ),
            (
                "session=cookie&return_to=https://evil.example",
                (422, "invalid_return_to"),
            ),
        ] {
            let answer = app.get(&format!("/api/v1/auth/oauth/fake?{query}")).await;
            assert_eq!(answer.refusal(), refusal, "{query}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_leaves_no_link_and_its_owner_may_come_anew() {
    on_each_engine_with(async |app, _fake| {
        app.service.set_wallets(Arc::new(Purse(Ok(false))));
        let ann = app.confirmed("ann@example.com").await;
        let sent = begin_link(&app, &ann.access).await;
        assert_eq!(come_back(&app, &sent).await.status, 204);
        let under_way = begin_link(&app, &ann.access).await;
        let body = json!({"password": PASSWORD}).to_string();
        let closed = app
            .send_as("DELETE", &ann.access, "/api/v1/users/me", body)
            .await;
        assert_eq!(closed.status, 204, "{:?}", closed.body);
        assert_eq!(
            come_back(&app, &under_way).await.refusal(),
            (422, "sign_in_over")
        );
        for table in [
            "SELECT count(*) FROM linked_accounts",
            "SELECT count(*) FROM oauth_attempts",
        ] {
            assert_eq!(count(&app, table).await, 0, "{table}");
        }
        let anew = sign_in(&app).await;
        assert_eq!(anew.status, 200, "{:?}", anew.body);
    })
    .await;
}
