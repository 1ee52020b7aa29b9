//! A small acquirer over HTTP, as `docs/acquirer.md` describes it: another acquirer behind the
//! server's side of the protocol, whose notifications it signs and sends on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_lc_rs::hmac;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contracts::payments::TransactionId;
use http::{HeaderMap, StatusCode};
use money::{Amount, Currency};
use payments::acquirer::{Acquirer, Direction, Instruction, Notification, Verdict};
use payments_core::transaction::Instrument;
use platform::clock::SharedClock;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use values::SECOND;

/// A router on a free port of this machine, until it is dropped.
pub struct Served {
    pub url: String,
    _tasks: JoinSet<()>,
}

/// Serves a router.
pub async fn serve(router: Router) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    Served { url, _tasks: tasks }
}

/// The server's side of the protocol in front of an acquirer.
pub struct Behind {
    pub acquirer: Arc<dyn Acquirer>,
    pub api_key: &'static str,
    /// What arrived, by id.
    pub arrived: Mutex<HashMap<TransactionId, Instruction>>,
}

/// What is sent to `POST /v1/instructions`; nothing else may be in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    id: TransactionId,
    direction: Direction,
    amount: String,
    currency: String,
    instrument: Instrument,
}

/// The routes of the protocol below `/v1`.
pub fn protocol(acquirer: Arc<dyn Acquirer>, api_key: &'static str) -> Router {
    let behind = Behind {
        acquirer,
        api_key,
        arrived: Mutex::default(),
    };
    Router::new()
        .route("/v1/instructions", post(take_in))
        .route("/v1/instructions/{id}", get(tell))
        .with_state(Arc::new(behind))
}

impl Behind {
    fn knows(&self, headers: &HeaderMap) -> bool {
        headers["authorization"] == format!("Bearer {}", self.api_key)
    }
}

async fn take_in(
    State(behind): State<Arc<Behind>>,
    headers: HeaderMap,
    Json(sent): Json<Sent>,
) -> Response {
    if !behind.knows(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if headers["idempotency-key"] != sent.id.to_string() {
        return (
            StatusCode::BAD_REQUEST,
            Json(json!({"code": "wrong_idempotency_key"})),
        )
            .into_response();
    }
    let currency = Currency::from_code(&sent.currency).unwrap();
    let instruction = Instruction {
        id: sent.id,
        direction: sent.direction,
        amount: Amount::parse(&sent.amount, currency).unwrap(),
        instrument: sent.instrument,
    };
    behind
        .arrived
        .lock()
        .unwrap()
        .insert(sent.id, instruction.clone());
    match behind.acquirer.instruct(&instruction).await.unwrap() {
        Verdict::Declined(failure) => {
            let body = json!({"code": failure.code, "detail": failure.detail});
            (StatusCode::PAYMENT_REQUIRED, Json(body)).into_response()
        }
        verdict => (StatusCode::CREATED, Json(report(&verdict))).into_response(),
    }
}

async fn tell(
    State(behind): State<Arc<Behind>>,
    headers: HeaderMap,
    Path(id): Path<TransactionId>,
) -> Response {
    if !behind.knows(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let instruction = behind.arrived.lock().unwrap().get(&id).cloned();
    let verdict = match instruction {
        Some(instruction) => behind.acquirer.enquire(&instruction).await.unwrap(),
        None => Verdict::Unknown,
    };
    match verdict {
        Verdict::Unknown => StatusCode::NOT_FOUND.into_response(),
        verdict => Json(report(&verdict)).into_response(),
    }
}

fn report(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Approved => json!({"status": "approved"}),
        Verdict::Pending => json!({"status": "pending"}),
        Verdict::Declined(failure) => {
            json!({"status": "declined", "code": failure.code, "detail": failure.detail})
        }
        Verdict::Unknown => panic!("an unknown instruction has no report"),
    }
}

/// A signed notification, as it is posted.
pub fn signed(key: &str, id: &str, timestamp: i64, body: &str) -> HeaderMap {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    headers.insert("webhook-id", id.parse().unwrap());
    headers.insert("webhook-timestamp", timestamp.into());
    let signature = format!("v1,{}", STANDARD.encode(tag.as_ref()));
    headers.insert("webhook-signature", signature.parse().unwrap());
    headers
}

/// Posts every notification to `url` until nobody makes one any more.
pub async fn send_on(
    mut notifications: UnboundedReceiver<Notification>,
    url: String,
    key: &'static str,
    clock: SharedClock,
) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .build()
        .unwrap();
    let mut number = 0;
    while let Some(notification) = notifications.recv().await {
        number += 1;
        let mut body = report(&notification.verdict);
        body["id"] = json!(notification.id);
        let body = body.to_string();
        let timestamp = clock.now().micros() / SECOND;
        let headers = signed(key, &format!("msg_{number}"), timestamp, &body);
        let answer = client
            .post(&url)
            .headers(headers)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204);
    }
}
