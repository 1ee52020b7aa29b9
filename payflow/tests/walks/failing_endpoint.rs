//! An endpoint of webhooks fails for an hour by the clock; its owner is warned, switches it off,
//! mends it, and has sent again what was missed.

use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use payflow::settings::Settings;
use payflow::wiring;
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::{Engine, FakeClock, TestStore, engines};
use tokio::sync::watch;
use tower::ServiceExt;
use values::SECOND;

use crate::process::MASTER_KEY;
use crate::process::receiver::{Receiver, Request as Received};

const MINUTE: i64 = 60 * SECOND;

/// PayFlow in this process, by a clock of the test.
struct App {
    router: Router,
    payflow: wiring::App,
    _stop: watch::Sender<bool>,
}

impl App {
    async fn open(store: &TestStore, clock: std::sync::Arc<FakeClock>) -> Self {
        let mut settings = Settings::documented().unwrap();
        match store.engine() {
            Engine::Sqlite => settings.data = store.folder().to_owned(),
            Engine::Postgres => settings.database_url = store.database_url().into(),
        }
        settings.identity.master_key = vec![MASTER_KEY.into()];
        settings.identity.password.memory_kib = 64;
        settings.identity.password.iterations = 1;
        settings.gateway.rate_limits.enabled = false;
        // Alice sends more on one day than rules let pass.
        settings.risk.enabled = false;
        settings.notifications.webhooks.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
        let payflow = wiring::App::open_by(&settings, clock).await.unwrap();
        payflow.notifications.catch_up().await.unwrap();
        let (stop, stopping) = watch::channel(false);
        Self {
            router: payflow::router(&payflow, &settings, stopping).unwrap(),
            payflow,
            _stop: stop,
        }
    }

    async fn ask(&self, method: &str, path: &str, token: &str, body: Value) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, "pay.example")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4711))));
        let body = match body {
            Value::Null => Body::empty(),
            body => Body::from(body.to_string()),
        };
        let response = self
            .router
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let answer = serde_json::from_slice(&bytes).unwrap_or_default();
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    /// Registers somebody, or logs them in; their token.
    async fn token(&self, how: &str, name: &str) -> String {
        let mut body = json!({"email": format!("{name}@example.org"), "password": "correct horse battery staple"});
        if how == "register" {
            body["name"] = json!(name);
        }
        let answer = self.ask("POST", &format!("/auth/{how}"), "", body).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    async fn wallet(&self, token: &str) -> String {
        let wallet = self
            .ask("POST", "/wallets", token, json!({"currency": "USD"}))
            .await;
        wallet["id"].as_str().unwrap().to_owned()
    }

    /// What the background does: hears of what happened, and sends what is due.
    async fn deliver(&self) -> usize {
        self.payflow.notifications.catch_up().await.unwrap();
        self.payflow.notifications.deliver_webhooks().await.unwrap()
    }
}

/// What somebody was told in the app, the newest first.
async fn told(app: &App, token: &str) -> Vec<String> {
    let list = app.ask("GET", "/notifications", token, Value::Null).await;
    let kind = |told: &Value| told["type"].as_str().unwrap().to_owned();
    list["data"].as_array().unwrap().iter().map(kind).collect()
}

/// Alice sends Bob 1.00 USD; the transaction.
async fn transfer(app: &App, alice: &str, (from, to): (&str, &str)) -> String {
    let body = json!({"type": "transfer", "from_wallet": from, "to_wallet": to, "amount": "1.00", "currency": "USD"});
    let made = app.ask("POST", "/transactions", alice, body).await;
    made["id"].as_str().unwrap().to_owned()
}

/// Six transfers in an hour, while no attempt is taken; their transactions, and how many attempts
/// there were.
async fn an_hour(
    app: &App,
    clock: &FakeClock,
    receiver: &Receiver,
    wallets: (&str, &str),
) -> (Vec<String>, usize) {
    receiver.answers(&[500; 100]);
    let mut sent = Vec::new();
    for minute in 0..60 {
        if minute % 10 == 0 {
            let alice = app.token("login", "alice").await;
            sent.push(transfer(app, &alice, wallets).await);
        }
        app.deliver().await;
        clock.advance(MINUTE);
    }
    let failed = receiver.received().len();
    // The schedule: at once, after 5 s, 5 min, 30 min; not once a minute for each.
    assert!((6 * 3..=6 * 4).contains(&failed), "{failed}");
    (sent, failed)
}

/// All of these have come, each once, under the id of the first attempt, and signed anew.
fn all_came(receiver: &Receiver, failed: usize, secret: &str, mut sent: Vec<String>) {
    let recovered = receiver.received().split_off(failed);
    let subject = |one: &Received| one.json()["subject"].as_str().unwrap().to_owned();
    let mut subjects: Vec<_> = recovered.iter().map(subject).collect();
    // Some at a time: `sequence` says which is the later.
    subjects.sort_unstable();
    sent.sort_unstable();
    assert_eq!(subjects, sent);
    assert!(recovered.iter().all(|one| one.is_signed_with(secret)));
    let first = receiver.received().remove(0);
    let mut recovered = recovered.iter();
    let again = recovered.find(|one| one.header("webhook-id") == first.header("webhook-id"));
    let times = [&first, again.unwrap()].map(|one| one.header("webhook-timestamp"));
    assert_ne!(times[0], times[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_for_an_hour_is_recovered() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let clock = FakeClock::new();
        let app = App::open(&store, clock.clone()).await;
        let alice = app.token("register", "alice").await;
        let bob = app.token("register", "bob").await;
        let (from, to) = (app.wallet(&alice).await, app.wallet(&bob).await);
        let wallets = (from.as_str(), to.as_str());
        let deposit = json!({"type": "deposit", "to_wallet": from, "amount": "100.00", "currency": "USD",
            "source": {"kind": "card", "token": "tok_ok"}});
        app.ask("POST", "/transactions", &alice, deposit).await;
        let receiver = Receiver::start();
        let endpoint = json!({"url": receiver.url(), "event_types": ["transaction.completed"]});
        let endpoint = app.ask("POST", "/webhook-endpoints", &bob, endpoint).await;
        let path = format!("/webhook-endpoints/{}", endpoint["id"].as_str().unwrap());
        let since = clock.now().to_string();

        let (mut sent, failed) = an_hour(&app, &clock, &receiver, wallets).await;
        let bob = app.token("login", "bob").await;
        let seen = app.ask("GET", &path, &bob, Value::Null).await;
        assert_eq!(
            (&seen["status"], &seen["last_error"]),
            (&json!("enabled"), &json!("it answered 500"))
        );
        let told = told(&app, &bob).await;
        let warned = told.iter().filter(|kind| *kind == "webhook_failing");
        assert_eq!(warned.count(), 1, "{told:?}");

        // He switches it off, and what is sent to him meanwhile is missed.
        let off = json!({"status": "disabled"});
        let off = app.ask("PATCH", &path, &bob, off).await;
        assert_eq!(off["disabled_reason"], "by_owner");
        let alice = app.token("login", "alice").await;
        sent.push(transfer(&app, &alice, wallets).await);
        assert_eq!(app.deliver().await, 0);

        // He mends it, and has all sent again that was missed.
        receiver.forget_answers();
        let on = json!({"status": "enabled"});
        app.ask("PATCH", &path, &bob, on).await;
        let (recover, since) = (format!("{path}/recover"), json!({"since": since}));
        let answer = app.ask("POST", &recover, &bob, since).await;
        assert_eq!(answer["recovered"], 7, "{answer}");
        assert_eq!(app.deliver().await, 7);
        all_came(
            &receiver,
            failed,
            endpoint["secret"].as_str().unwrap(),
            sent,
        );
        clock.advance(MINUTE * 60 * 80);
        assert_eq!(app.deliver().await, 0);
        app.payflow.payments.close().await;
    }
}
