//! The provider: what it says, late, twice, not at all; over HTTP, and by itself with its signature
//! only.

use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{Request, StatusCode};
use platform::clock::Clock;
use risk::{Config, KycProvider};
use serde_json::{Value, json};
use testkit::{Engine, engines};
use values::{DAY, SECOND};

use super::{pdf, standing};
use crate::support::App;

const KEY: &str = "key-of-the-provider-0001";

/// A provider that answers what the test says, and keeps what it was sent.
#[derive(Default)]
struct Provider {
    checks: Mutex<Vec<Value>>,
    asked: Mutex<Vec<String>>,
    /// Status and body of the next answers; the last one repeats.
    answers: Mutex<Vec<(u16, String)>>,
}

impl Provider {
    fn answers(&self, answers: &[(u16, &str)]) {
        let answers = answers
            .iter()
            .map(|(status, body)| (*status, (*body).to_owned()));
        *self.answers.lock().unwrap() = answers.collect();
    }

    fn answer(&self) -> (StatusCode, String) {
        let mut answers = self.answers.lock().unwrap();
        let next = match answers.len() {
            1 => answers[0].clone(),
            _ => answers.remove(0),
        };
        (StatusCode::from_u16(next.0).unwrap(), next.1)
    }

    fn ids(&self) -> Vec<String> {
        let checks = self.checks.lock().unwrap();
        checks
            .iter()
            .map(|it| it["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Risk with a provider over HTTP on this machine.
async fn over_http(engine: Engine) -> (App, Arc<Provider>) {
    let provider = Arc::new(Provider::default());
    let router = Router::new()
        .route(
            "/v1/checks",
            post(
                async |State(it): State<Arc<Provider>>, axum::Json(sent): axum::Json<Value>| {
                    it.checks.lock().unwrap().push(sent);
                    it.answer()
                },
            ),
        )
        .route(
            "/v1/checks/{id}",
            get(
                async |State(it): State<Arc<Provider>>, Path(id): Path<String>| {
                    it.asked.lock().unwrap().push(id);
                    it.answer()
                },
            ),
        )
        .with_state(provider.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut config = Config::default();
    config.kyc.provider = KycProvider::Http;
    config.kyc.url = format!("http://{address}/v1");
    config.kyc.api_key = "key-that-it-knows-us-by".into();
    config.kyc.notification_key = KEY.into();
    (App::with(engine, config).await, provider)
}

/// The signature of what the provider tells (Standard Webhooks).
fn sign(key: &str, id: &str, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let tag = hmac::sign(&key, format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

/// The provider tells something of a check; status of the answer.
async fn tells(app: &App, key: &str, body: &str) -> u16 {
    let seconds = app.clock.now().micros() / SECOND;
    let signature = sign(key, "msg_1", seconds, body);
    let request = Request::post("/api/v1/kyc/provider-notifications")
        .header("content-type", "application/json")
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signature);
    app.send("nobody", request, body.as_bytes().to_vec())
        .await
        .status
}

#[tokio::test]
async fn the_simulated_one_passes_fails_refers_is_slow_or_never_answers() {
    for engine in engines() {
        for (name, status, reason) in [
            ("Ann Example", "approved", json!(null)),
            ("Ann FAIL", "rejected", json!("check_failed")),
            ("Ann Refer", "in_review", json!("referred")),
            ("Ann Slow", "checking", json!(null)),
            ("Ann Never", "checking", json!(null)),
        ] {
            let app = App::on(engine).await;
            let id = app.applies("ann", "basic", name).await;
            let seen = app.submission("ann", &id).await;
            assert_eq!(
                (&seen["status"], &seen["reason_code"]),
                (&json!(status), &reason),
                "{name}"
            );
            app.clock.advance(6 * SECOND);
            app.service.keep_kyc().await.unwrap();
            let expected = if name == "Ann Slow" {
                "approved"
            } else {
                status
            };
            assert_eq!(
                app.submission("ann", &id).await["status"],
                expected,
                "{name}"
            );
        }
        let app = App::on(engine).await;
        let id = app.begins("ann", "basic", "Ann Example").await;
        app.adds("ann", &id, "passport", pdf("/M (kyc-simulation:fail)"))
            .await;
        app.sends_in("ann", &id).await;
        app.service.keep_kyc().await.unwrap();
        assert_eq!(app.submission("ann", &id).await["status"], "rejected");
    }
}

#[tokio::test]
async fn waiting_is_no_failure_and_where_no_answer_comes_an_operator_decides() {
    for engine in engines() {
        let app = App::on(engine).await;
        let id = app.applies("ann", "basic", "Ann Never").await;
        for _ in 0..47 {
            app.clock.advance(DAY / 48);
            app.service.keep_kyc().await.unwrap();
            assert_eq!(app.stands("ann").await, standing("none", "pending"));
            assert_eq!(app.submission("ann", &id).await["status"], "checking");
        }
        app.clock.advance(DAY / 48);
        app.service.keep_kyc().await.unwrap();
        let seen = app.submission("ann", &id).await;
        assert_eq!(
            (&seen["status"], &seen["reason_code"]),
            (&json!("in_review"), &json!("no_answer"))
        );
        assert_eq!(app.stands("ann").await, standing("none", "pending"));
        assert_eq!(app.open_cases(&id).await, 1);
    }
}

#[tokio::test]
async fn over_http_a_check_has_all_that_was_sent_in_and_the_same_id_however_often_it_is_asked() {
    for engine in engines() {
        let (app, provider) = over_http(engine).await;
        provider.answers(&[
            (503, "busy"),
            (200, "what?"),
            (404, "{}"),
            (202, r#"{"status":"pending"}"#),
            (200, r#"{"status":"passed"}"#),
        ]);
        let id = app.applies("ann", "basic", "Ann Example").await;
        let app = app.restarted().await;
        for _ in 0..3 {
            assert_eq!(app.submission("ann", &id).await["status"], "checking");
            app.clock.advance(3_600 * SECOND);
            app.service.keep_kyc().await.unwrap();
        }
        assert_eq!(app.submission("ann", &id).await["status"], "approved");
        let ids = provider.ids();
        assert!(ids.iter().all(|it| *it == ids[0]), "{ids:?}");
        let asked = provider.asked.lock().unwrap().clone();
        assert!(
            asked.iter().all(|it| *it == ids[0]) && !asked.is_empty(),
            "{asked:?}"
        );
        let sent = provider.checks.lock().unwrap()[0].clone();
        assert_eq!(sent["name"], "Ann Example");
        assert_eq!(sent["level"], "basic");
        assert_eq!(sent["documents"][0]["kind"], "passport");
        assert_eq!(sent["documents"][0]["media_type"], "application/pdf");
        assert!(
            sent["documents"][0]["content"]
                .as_str()
                .unwrap()
                .starts_with("JVBERi0")
        );
    }
}

#[tokio::test]
async fn a_late_answer_never_takes_an_approval_back_and_an_operator_looks_at_it() {
    for engine in engines() {
        let (app, provider) = over_http(engine).await;
        provider.answers(&[(200, r#"{"status":"passed"}"#)]);
        let id = app.applies("ann", "basic", "Ann Example").await;
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
        let check = provider.ids().remove(0);
        let told = app.standings.told.lock().unwrap().len();
        for status in ["failed", "failed", "pending"] {
            let body = json!({"id": check, "status": status, "code": "late"}).to_string();
            assert_eq!(tells(&app, KEY, &body).await, 204);
        }
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
        let seen = app.submission("operator", &id).await;
        assert_eq!(
            (&seen["status"], &seen["review"]["provider_outcome"]),
            (&json!("approved"), &json!("failed"))
        );
        assert_eq!(app.open_cases(&id).await, 1);
        assert_eq!(
            app.standings.told.lock().unwrap().len(),
            told,
            "nothing is told anew"
        );
    }
}

#[tokio::test]
async fn what_it_tells_by_itself_is_believed_by_its_signature_only() {
    for engine in engines() {
        let (app, provider) = over_http(engine).await;
        provider.answers(&[(202, r#"{"status":"pending"}"#)]);
        let id = app.applies("ann", "basic", "Ann Example").await;
        let check = provider.ids().remove(0);
        let body = json!({"id": check, "status": "passed"}).to_string();
        assert_eq!(tells(&app, "another-key-of-anybody", &body).await, 401);
        for odd in [
            "{}",
            "passed",
            r#"{"id":"usr_x","status":"passed"}"#,
            r#"{"status":"passed"}"#,
        ] {
            assert_eq!(tells(&app, KEY, odd).await, 400, "{odd}");
        }
        let unknown = check.replace("kchk_0", "kchk_1");
        let of_nothing = json!({"id": unknown, "status": "passed"}).to_string();
        assert_eq!(tells(&app, KEY, &of_nothing).await, 204);
        assert_eq!(app.submission("ann", &id).await["status"], "checking");
        assert_eq!(tells(&app, KEY, &body).await, 204);
        assert_eq!(tells(&app, KEY, &body).await, 204);
        assert_eq!(app.submission("ann", &id).await["status"], "approved");
        assert_eq!(app.stands("ann").await, standing("basic", "approved"));
    }
    let simulated = App::on(Engine::Sqlite).await;
    assert_eq!(tells(&simulated, KEY, "{}").await, 404);
}

#[tokio::test]
async fn two_nodes_ask_once() {
    for engine in engines() {
        let (app, provider) = over_http(engine).await;
        provider.answers(&[(202, r#"{"status":"pending"}"#)]);
        let other = app.another_node().await;
        let id = app.begins("ann", "basic", "Ann Example").await;
        app.adds("ann", &id, "passport", pdf("")).await;
        app.sends_in("ann", &id).await;
        let (one, two) = tokio::join!(app.service.keep_kyc(), other.keep_kyc());
        one.unwrap();
        two.unwrap();
        assert_eq!(provider.ids().len(), 1);
        assert!(provider.asked.lock().unwrap().is_empty());
    }
}
