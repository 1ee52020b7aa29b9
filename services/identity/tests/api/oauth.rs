//! Signing in with others: who gets in, as what, and where the browser is sent.
#![cfg(test)]

use axum::http::header;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use values::{DAY, SECOND};

use crate::fake_browser::{
    Sent, back, begin, come_back, count, on_each_engine_with, sign_in, with,
};
use crate::support::{Answer, PASSWORD};

const VERIFIER: &str = "a-verifier-that-only-the-app-knows-0123456789";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        VERIFIER.as_bytes(),
    ))
}

#[tokio::test]
async fn the_browser_is_sent_with_pkce_state_and_nonce_and_bound_by_a_cookie() {
    on_each_engine_with(async |app, fake| {
        let sent = begin(&app, "").await;
        assert!(
            sent.url
                .as_str()
                .starts_with(&format!("{}/authorize?", fake.issuer))
        );
        assert_eq!(sent.param("response_type"), "code");
        assert_eq!(sent.param("client_id"), "payflow-test");
        assert_eq!(sent.param("scope"), "openid email profile");
        assert_eq!(sent.param("code_challenge_method"), "S256");
        assert_eq!(
            sent.param("redirect_uri"),
            "http://127.0.0.1:8080/api/v1/auth/oauth/fake/callback"
        );
        for secret in ["state", "nonce", "code_challenge"] {
            assert_eq!(sent.param(secret).len(), 43);
        }
        let again = begin(&app, "").await;
        assert_ne!(
            (again.param("state"), again.cookie),
            (sent.param("state"), sent.cookie.clone())
        );
        let (data,): (Vec<u8>,) = app
            .db
            .fetch_one("SELECT data FROM oauth_attempts", vec![])
            .await
            .unwrap();
        let nonce = sent.param("nonce");
        assert!(
            !data
                .windows(nonce.len())
                .any(|bytes| bytes == nonce.as_bytes())
        );
    })
    .await;
}

#[tokio::test]
async fn the_providers_are_listed_and_another_one_is_none() {
    on_each_engine_with(async |app, _fake| {
        let listed = app.get("/api/v1/auth/oauth").await;
        assert_eq!(
            listed.body["data"][0],
            json!({"name": "fake", "label": "Fake"})
        );
        for path in ["nobody", "nobody/callback?state=x", "%00", "Fake"] {
            let answer = app.get(&format!("/api/v1/auth/oauth/{path}")).await;
            assert_eq!(answer.refusal(), (404, "not_found"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_comes_first_gets_an_account_and_comes_back_to_it() {
    on_each_engine_with(async |app, fake| {
        let first = sign_in(&app).await;
        assert_eq!(first.status, 200, "{:?}", first.body);
        let user = &first.body["user"];
        assert_eq!(
            (&user["email"], &user["role"]),
            (&json!("ann@example.com"), &json!("user"))
        );
        assert_eq!(
            (&user["email_verified"], &user["name"]),
            (&json!(true), &json!("Ann Example"))
        );
        assert_eq!(app.me(&first.tokens().access).await.body["id"], user["id"]);
        // The provider knows who it is, whatever the e-mail is by now.
        fake.says(json!({"email": "other@example.com"}));
        let second = sign_in(&app).await;
        assert_eq!(second.body["user"]["id"], user["id"]);
        let exchanged = fake.lies.lock().unwrap().exchanged.clone().unwrap();
        assert_eq!(exchanged["code_verifier"].len(), 43);
        assert_eq!(
            exchanged["redirect_uri"],
            "http://127.0.0.1:8080/api/v1/auth/oauth/fake/callback"
        );
        for (sql, expected) in [
            ("SELECT count(*) FROM users", 1),
            ("SELECT count(*) FROM linked_accounts", 1),
            ("SELECT count(*) FROM oauth_attempts", 0),
            (
                "SELECT count(*) FROM audit_entries WHERE act = 'user.registered'",
                1,
            ),
            (
                "SELECT count(*) FROM audit_entries WHERE act = 'session.begun'",
                2,
            ),
            ("SELECT count(*) FROM sessions WHERE methods = 'fed'", 2),
        ] {
            assert_eq!(count(&app, sql).await, expected, "{sql}");
        }
        for guess in [PASSWORD, "", "ann@example.com"] {
            assert_eq!(
                app.log_in("ann@example.com", guess).await.refusal(),
                (401, "invalid_credentials")
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_sign_in_is_good_once_for_its_browser_its_provider_and_ten_minutes() {
    on_each_engine_with(async |app, _fake| {
        let over = |answer: &Answer| assert_eq!(answer.refusal(), (422, "sign_in_over"));
        let sent = begin(&app, "").await;
        let (state, code) = (sent.param("state"), sent.param("nonce"));
        let params = [("state", state.as_str()), ("code", code.as_str())];
        assert_eq!(back(&app, "fake", &sent.cookie, &params).await.status, 200);
        over(&back(&app, "fake", &sent.cookie, &params).await);

        for cookie in ["", "x=y", "payflow_oauth_0000000000000000=x"] {
            let sent = begin(&app, "").await;
            let stolen = Sent {
                cookie: cookie.to_owned(),
                url: sent.url,
            };
            over(&come_back(&app, &stolen).await);
        }
        let sent = begin(&app, "").await;
        let state = sent.param("state");
        // The callback of another provider: a mix-up.
        over(
            &back(
                &app,
                "other",
                &sent.cookie,
                &[("state", &state), ("code", "x")],
            )
            .await,
        );
        let sent = begin(&app, "").await;
        app.clock.advance(600 * SECOND);
        over(&come_back(&app, &sent).await);
        for state in ["", "x", "%00", &"x".repeat(5_000)] {
            over(&back(&app, "fake", "a=b", &[("state", state)]).await);
        }
        let answer = app.get("/api/v1/auth/oauth/fake/callback").await;
        assert_eq!(answer.refusal(), (400, "missing_parameter"));
        begin(&app, "").await;
        app.clock.advance(DAY);
        app.delete_expired().await;
        assert_eq!(count(&app, "SELECT count(*) FROM oauth_attempts").await, 0);
    })
    .await;
}

#[tokio::test]
async fn whoever_does_not_agree_at_the_provider_is_not_signed_in() {
    on_each_engine_with(async |app, fake| {
        let sent = begin(&app, "").await;
        let (state, code) = (sent.param("state"), sent.param("nonce"));
        for params in [
            vec![("error", "access_denied")],
            vec![],
            vec![("error", "access_denied"), ("code", code.as_str())],
        ] {
            let sent = begin(&app, "").await;
            let state = sent.param("state");
            let all: Vec<_> = [("state", state.as_str())]
                .into_iter()
                .chain(params)
                .collect();
            assert_eq!(
                back(&app, "fake", &sent.cookie, &all).await.refusal(),
                (422, "sign_in_denied")
            );
        }
        assert!(fake.lies.lock().unwrap().exchanged.is_none());
        // What other providers add is their business.
        let more = [
            ("state", state.as_str()),
            ("code", code.as_str()),
            ("session_state", "x"),
            ("scope", "openid"),
        ];
        assert_eq!(back(&app, "fake", &sent.cookie, &more).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_app_gets_a_code_that_only_it_can_exchange_and_once() {
    on_each_engine_with(async |app, _fake| {
        let query = format!(
            "?return_to=https://app.example/in&code_challenge={}",
            challenge()
        );
        let code = async || {
            let sent = begin(&app, &query).await;
            let answer = come_back(&app, &sent).await;
            assert_eq!((answer.status, &answer.body), (302, &Value::Null));
            let location = answer.headers[header::LOCATION]
                .to_str()
                .unwrap()
                .to_owned();
            location
                .strip_prefix("https://app.example/in#code=")
                .unwrap()
                .to_owned()
        };
        let exchange = async |code: &str, verifier: &str| {
            app.post(
                "/api/v1/auth/oauth/exchange",
                json!({"code": code, "code_verifier": verifier}),
            )
            .await
        };
        let first = code().await;
        assert_eq!(
            count(&app, "SELECT count(*) FROM sessions").await,
            0,
            "not before the exchange"
        );
        let done = exchange(&first, VERIFIER).await;
        assert_eq!(done.status, 200, "{:?}", done.body);
        assert_eq!(app.me(&done.tokens().access).await.status, 200);
        let over = |answer: Answer| assert_eq!(answer.refusal(), (422, "sign_in_over"));
        over(exchange(&first, VERIFIER).await);
        let stolen = code().await;
        over(exchange(&stolen, "another").await);
        over(exchange(&stolen, VERIFIER).await);
        let late = code().await;
        app.clock.advance(60 * SECOND);
        over(exchange(&late, VERIFIER).await);
        for bad in ["", "x", "pfo_", &"x".repeat(5_000)] {
            over(exchange(bad, VERIFIER).await);
        }
        let suspended = code().await;
        app.suspend_all().await;
        assert_eq!(
            exchange(&suspended, VERIFIER).await.refusal(),
            (401, "sign_in_refused")
        );
        assert_eq!(sign_in(&app).await.refusal(), (401, "sign_in_refused"));
    })
    .await;
}

#[tokio::test]
async fn the_browser_is_sent_nowhere_but_to_us_and_to_listed_apps() {
    on_each_engine_with(async |app, _fake| {
        let challenge = challenge();
        for bad in [
            "//evil.example",
            "/%5Cevil.example",
            "https:evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "https://app.example.evil.example",
            "https://app.example@evil.example",
            "/%0d%0aSet-Cookie:%20a=b",
            "/x%23code=y",
            "",
        ] {
            let path =
                format!("/api/v1/auth/oauth/fake?return_to={bad}&code_challenge={challenge}");
            assert_eq!(
                app.get(&path).await.refusal(),
                (422, "invalid_return_to"),
                "{bad}"
            );
        }
        for bad in [
            "return_to=/x",
            "return_to=/x&code_challenge=x",
            "code_challenge=x",
            &format!("code_challenge={challenge}"),
            &format!("return_to=/x&code_challenge={challenge}x"),
        ] {
            let answer = app.get(&format!("/api/v1/auth/oauth/fake?{bad}")).await;
            assert_eq!(answer.refusal(), (422, "invalid_code_challenge"), "{bad}");
        }
        // Also with an error.
        let sent = begin(&app, &format!("?return_to=/in&code_challenge={challenge}")).await;
        let state = sent.param("state");
        let answer = back(
            &app,
            "fake",
            &sent.cookie,
            &[("state", &state), ("error", "access_denied")],
        )
        .await;
        assert_eq!(
            answer.headers[header::LOCATION],
            "http://127.0.0.1:8080/in#error=sign_in_denied"
        );
        assert!(
            answer.headers[header::SET_COOKIE]
                .to_str()
                .unwrap()
                .contains("Max-Age=0")
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_the_settings_do_not_let_in_gets_no_account() {
    on_each_engine_with(async |app, fake| {
        for (claims, code) in [
            (json!({"email": "ann@evil.example"}), "domain_not_allowed"),
            (json!({"email_verified": false}), "email_not_verified"),
            (json!({"email_verified": null}), "email_not_verified"),
        ] {
            fake.says(claims);
            assert_eq!(sign_in(&app).await.refusal(), (403, code));
        }
        fake.says(json!({}));
        let closed = with(&app, &fake, |config| {
            config.oidc.get_mut("fake").unwrap().allowed_domains.clear();
        })
        .await;
        assert_eq!(sign_in(&closed).await.refusal(), (403, "no_account"));
        assert_eq!(count(&app, "SELECT count(*) FROM users").await, 0);
        let refused =
            "SELECT count(*) FROM audit_entries WHERE act = 'login.failed' AND outcome = 'refused'";
        assert_eq!(count(&app, refused).await, 4);
    })
    .await;
}

#[tokio::test]
async fn a_role_comes_and_goes_with_the_claim_and_ends_the_sessions_of_before() {
    on_each_engine_with(async |app, fake| {
        let node = with(&app, &fake, |config| {
            let provider = config.oidc.get_mut("fake").unwrap();
            provider.role_claim = "groups".to_owned();
            provider.roles = serde_json::from_value(json!({"staff": "operator"})).unwrap();
        })
        .await;
        let role = |answer: &Answer| answer.body["user"]["role"].as_str().unwrap().to_owned();
        fake.says(json!({"groups": ["admin", "staff"]}));
        let operator = sign_in(&node).await;
        assert_eq!(role(&operator), "operator");
        assert_eq!(node.me(&operator.tokens().access).await.status, 200);
        fake.says(json!({"groups": ["admin"]}));
        let user = sign_in(&node).await;
        assert_eq!(role(&user), "user");
        assert_eq!(
            node.me(&operator.tokens().access).await.status,
            401,
            "it says operator"
        );
        assert_eq!(node.refresh(&operator.tokens().refresh).await.status, 401);
        assert_eq!(node.me(&user.tokens().access).await.status, 200);
        fake.says(json!({"groups": "staff"}));
        assert_eq!(role(&sign_in(&node).await), "operator");
        // A provider without a say leaves it.
        fake.says(json!({}));
        assert_eq!(role(&sign_in(&app).await), "operator");
        let changed = "SELECT count(*) FROM audit_entries WHERE act = 'user.role_changed'";
        assert_eq!(count(&app, changed).await, 2);
    })
    .await;
}
