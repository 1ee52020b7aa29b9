//! Every example is sent to a demo as Swagger UI would send it; and every POST with a key twice.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use serde_json::{Value, json};
use testkit::{Engine, TestStore, engines};
use tokio::sync::watch;
use tower::ServiceExt;

use super::{Example, all};
use crate::commands::demo;
use crate::settings::Settings;
use crate::wiring::App;

/// What is done last: the login that other examples need is another one then.
const LAST: [&str; 1] = ["POST /api/v1/auth/change-password"];

struct Demo {
    app: App,
    router: Router,
    document: Value,
    _store: TestStore,
    _stop: watch::Sender<bool>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    fn is_replayed(&self) -> bool {
        self.headers.contains_key("idempotent-replayed")
    }
}

/// One request of an example, as the document has it.
struct Filled {
    /// Method and path, as the document names them.
    operation: String,
    uri: String,
    body: Option<Value>,
    takes_key: bool,
    says_why_not: bool,
}

impl Demo {
    async fn open(store: TestStore) -> Self {
        let (key, value) = demo::OPEN_TO_ALL;
        let mut settings = Settings::load(None, &[(key, value.to_owned())]).unwrap();
        match store.engine() {
            Engine::Sqlite => settings.data = store.folder().join("data"),
            Engine::Postgres => settings.database_url = store.database_url().into(),
        }
        settings.identity.master_key = vec!["YSBtYXN0ZXIga2V5IGZvciB0aGUgdGVzdHMgb25seSE=".into()];
        settings.gateway.rate_limits.enabled = false;
        demo::LISTS.clone_into(&mut settings.risk.sanctions.lists);
        let app = App::open(&settings).await.unwrap();
        demo::fill(&app).await.unwrap();
        let (stop, stopping) = watch::channel(false);
        let mut demo = Self {
            router: crate::router(&app, &settings, stopping).unwrap(),
            app,
            document: Value::Null,
            _store: store,
            _stop: stop,
        };
        let document = demo.send("GET", "/api-docs.json", None, None, None).await;
        demo.document = document.json();
        demo
    }

    async fn send(
        &self,
        method: &str,
        uri: &str,
        token: Option<&str>,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let peer = SocketAddr::from(([192, 0, 2, 7], 4711));
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::HOST, "pay.example")
            .extension(ConnectInfo(peer));
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.router.clone().oneshot(request.body(body).unwrap());
        let response = response.await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        // A stream does not end by itself.
        let body = match headers.get(header::CONTENT_TYPE) {
            Some(form) if form == "text/event-stream" => Body::empty(),
            _ => response.into_body(),
        };
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status,
            headers,
            text,
        }
    }

    /// An access token of somebody of the demo.
    async fn token(&self, name: &str) -> String {
        let login = json!({ "email": demo::email(name), "password": demo::password(name) });
        let path = "/api/v1/auth/login";
        let answer = self.send("POST", path, None, None, Some(&login)).await;
        let token = answer.json()["access_token"].as_str().map(str::to_owned);
        token.unwrap_or_else(|| panic!("{name} cannot log in: {}", answer.text))
    }

    async fn send_filled(&self, filled: &Filled, token: Option<&str>, key: Option<&str>) -> Answer {
        let method = filled.operation.split(' ').next().unwrap();
        let body = filled.body.as_ref();
        self.send(method, &filled.uri, token, key, body).await
    }

    /// All operations with what Swagger UI fills in, those that must be last at the end.
    fn filled(&self) -> Vec<Filled> {
        let mut found = Vec::new();
        for (path, item) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let name = format!("{} {path}", method.to_uppercase());
                found.extend(fill(&name, operation));
            }
        }
        found.sort_by_key(|it| LAST.contains(&it.operation.as_str()));
        found
    }
}

/// An operation with each of its bodies.
fn fill(name: &str, operation: &Value) -> Vec<Filled> {
    let mut uri = name.split(' ').nth(1).unwrap().to_owned();
    let mut query = Vec::new();
    let parameters = operation["parameters"].as_array();
    for parameter in parameters.into_iter().flatten() {
        let shown = [
            "/example",
            "/schema/example",
            "/schema/examples/0",
            "/schema/default",
        ];
        let shown = shown.iter().find_map(|at| parameter.pointer(at));
        let (Some(shown), Some(named)) = (shown, parameter["name"].as_str()) else {
            continue;
        };
        let value = shown
            .as_str()
            .map_or_else(|| shown.to_string(), str::to_owned);
        match parameter["in"].as_str() {
            Some("path") => uri = uri.replace(&format!("{{{named}}}"), &value),
            Some("query") => query.push(format!("{named}={}", value.replace('@', "%40"))),
            _ => panic!("{name}: the header {named} has an example"),
        }
    }
    if !query.is_empty() {
        uri = format!("{uri}?{}", query.join("&"));
    }
    let content = &operation["requestBody"]["content"]["application/json"];
    let named = content["examples"]
        .as_object()
        .into_iter()
        .flat_map(|it| it.values());
    let bodies: Vec<_> = named
        .map(|it| &it["value"])
        .chain(content.get("example"))
        .cloned()
        .map(Some)
        .collect();
    assert_eq!(
        bodies.is_empty(),
        content.is_null(),
        "{name}: no example of a body"
    );
    let is_key = |it: &Value| it["name"] == "Idempotency-Key" && it["in"] == "header";
    let filled = |body| Filled {
        operation: name.to_owned(),
        uri: uri.clone(),
        body,
        takes_key: parameters.into_iter().flatten().any(is_key),
        says_why_not: operation["x-idempotency"].is_string(),
    };
    match bodies.is_empty() {
        true => vec![filled(None)],
        false => bodies.into_iter().map(filled).collect(),
    }
}

async fn on_each_engine(test: impl AsyncFn(Demo)) {
    for engine in engines() {
        println!("on {engine:?}");
        test(Demo::open(TestStore::new(engine)).await).await;
    }
}

/// The examples by their operations.
fn table() -> BTreeMap<&'static str, Example> {
    let examples = all();
    let count = examples.len();
    let table: BTreeMap<_, _> = examples.into_iter().map(|it| (it.operation, it)).collect();
    assert_eq!(table.len(), count, "an operation has two lines");
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_works_on_the_demo_or_says_what_it_lacks() {
    on_each_engine(async |demo| {
        let mut table = table();
        let mut sent = std::collections::BTreeSet::new();
        let mut failed = Vec::new();
        for filled in demo.filled() {
            let name = filled.operation.as_str();
            let example = table.get(name);
            assert!(
                example.is_some() || !name.contains("/api/v1/"),
                "`{name}` has no example"
            );
            sent.insert(filled.operation.clone());
            if example.is_some_and(|it| it.lacks.is_some()) {
                continue;
            }
            assert!(!filled.uri.contains('{'), "{name}: {}", filled.uri);
            let token = match example.and_then(|it| it.by) {
                Some(by) => Some(demo.token(by).await),
                None => None,
            };
            let answer = demo.send_filled(&filled, token.as_deref(), None).await;
            if !(200..300).contains(&answer.status) {
                failed.push(format!(
                    "{name} {}: {} {}",
                    filled.uri, answer.status, answer.text
                ));
            }
        }
        assert!(failed.is_empty(), "{failed:#?}");
        table.retain(|name, _| !sent.contains(*name));
        assert!(table.is_empty(), "no such operations: {:?}", table.keys());
        demo.app.close().await;
    })
    .await;
}

/// Another body for a POST of the table, where it takes any other.
fn other_body(operation: &str, mut body: Value) -> Option<Value> {
    let (place, value) = match operation.trim_start_matches("POST /api/v1") {
        "/wallets" => ("/label", json!("Other")),
        "/transactions" => ("/amount", json!("13.37")),
        "/transactions/{id}/capture" | "/transactions/{id}/refund" => ("/amount", json!("2.00")),
        "/transactions/{id}/refund-requests"
        | "/transactions/{id}/refund-requests/decline"
        | "/transactions/{id}/resolve"
        | "/wallets/{id}/freeze"
        | "/wallets/{id}/unfreeze"
        | "/conditions"
        | "/admin/dead-letters/discard" => ("/reason", json!("Other")),
        "/lists" => ("/description", json!("Other")),
        "/wallets/{id}/limits" => ("/daily", json!("501")),
        "/ledger/accounts" => ("/accounts/0/code", json!(101)),
        "/ledger/transfers" => ("/transfers/0/amount_minor", json!(101)),
        "/api-keys" | "/organisations" | "/users" | "/rules" | "/kyc/submissions" => {
            ("/name", json!("Other"))
        }
        "/auth/change-password" => ("/new_password", json!("another velocipede uphill")),
        "/webhook-endpoints" => ("/description", json!("Other")),
        "/admin/dead-letters/replay" => ("/filter/consumer", json!("webhooks")),
        "/webhook-endpoints/{id}/recover" => ("/since", json!("2026-01-02T00:00:00Z")),
        "/transactions/{id}/refund-requests/accept"
        | "/transactions/{id}/refund-requests/withdraw"
        | "/transactions/{id}/cancel"
        | "/wallets/{id}/close"
        | "/users/{id}/sessions/end"
        | "/webhook-endpoints/deliveries/{id}/resend"
        | "/webhook-endpoints/{id}/rotate-secret"
        | "/webhook-endpoints/{id}/test" => {
            return None;
        }
        other => panic!("say here what another body of POST {other} is"),
    };
    *body.pointer_mut(place).unwrap() = value;
    Some(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_post_happens_once_under_a_key_or_says_why_not() {
    on_each_engine(async |demo| {
        let table = table();
        // No example can have a code of an app, or know a message, a dead letter or a refund
        // request; the services' own tests send these twice.
        let elsewhere = [
            "POST /api/v1/transactions/{id}/approve",
            "POST /api/v1/transactions/{id}/confirm",
            "POST /api/v1/transactions/{id}/decline",
            "POST /api/v1/transactions/{id}/refund-requests/accept",
            "POST /api/v1/transactions/{id}/refund-requests/decline",
            "POST /api/v1/transactions/{id}/refund-requests/withdraw",
            "POST /api/v1/conditions/{id}/approve",
            "POST /api/v1/conditions/{id}/end",
            "POST /api/v1/cases/next",
            "POST /api/v1/cases/{id}/attachments",
            "POST /api/v1/cases/{id}/comment",
            "POST /api/v1/auth/2fa/disable",
            "POST /api/v1/kyc/submissions/{id}/submit",
            "POST /api/v1/kyc/submissions/{id}/appeal",
            "POST /api/v1/admin/notifications/messages/{id}/resend",
            "POST /api/v1/admin/dead-letters/{id}/replay",
            "POST /api/v1/admin/dead-letters/{id}/discard",
        ];
        let mut once = 0;
        for (number, mut filled) in demo.filled().into_iter().enumerate() {
            let name = filled.operation.clone();
            if !name.starts_with("POST ") {
                assert!(!filled.takes_key && !filled.says_why_not, "{name}");
                continue;
            }
            assert_ne!(filled.takes_key, filled.says_why_not, "{name}");
            let example = &table[name.as_str()];
            if !filled.takes_key || elsewhere.contains(&name.as_str()) {
                continue;
            }
            assert!(example.lacks.is_none(), "{name} is tested nowhere");
            let token = demo.token(example.by.unwrap()).await;
            let key = format!("key-{number}");
            let send =
                async |filled: &Filled| demo.send_filled(filled, Some(&token), Some(&key)).await;
            let first = send(&filled).await;
            assert!((200..300).contains(&first.status), "{name}: {}", first.text);
            let again = send(&filled).await;
            assert_eq!(
                (first.is_replayed(), again.is_replayed()),
                (false, true),
                "{name}: {}",
                again.text
            );
            assert_eq!(
                (again.status, &again.json()),
                (first.status, &first.json()),
                "{name}"
            );
            let other = filled.body.take().and_then(|body| other_body(&name, body));
            if other.is_some() {
                filled.body = other;
                let refused = send(&filled).await;
                assert_eq!(
                    refused.json()["code"],
                    "idempotency_key_reused",
                    "{name}: {}",
                    refused.text
                );
            }
            once += 1;
        }
        assert!(once > 17, "{once}");
        demo.app.close().await;
    })
    .await;
}
