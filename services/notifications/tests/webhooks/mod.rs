//! Webhooks from the API to the wire.

mod api;
mod delivery;
mod documentation;
mod ended;
mod failures;
mod flight;
mod measure;
mod nodes;
pub mod receiver;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::events::{Event, Party};
use http::{Method, StatusCode};
use notifications::Config;
use serde_json::{Value, json};
use testkit::Engine;

use crate::support::App;
use receiver::{Received, Receiver};

const PATH: &str = "/webhook-endpoints";
const SECOND: i64 = values::SECOND;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Settings under which a receiver on this machine is reached, and who does not answer is soon
/// given up.
fn settings() -> Config {
    let mut config = Config::default();
    config.webhooks.allowed_networks = vec!["127.0.0.0/8".parse().unwrap()];
    config.webhooks.timeout_ms = 500;
    // So that what comes is in order; `flight` has more.
    config.webhooks.in_flight_per_endpoint = 1;
    config
}

pub async fn app(engine: Engine) -> App {
    App::with(engine, settings()).await
}

impl App {
    /// An endpoint of somebody: its id and its secret.
    async fn endpoint(&self, who: &str, url: &str, types: &[&str]) -> (String, String) {
        let body = json!({"url": url, "event_types": types});
        let (status, made) = self.post(who, PATH, body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    /// A transfer of Ann's to Bob is completed.
    fn transfer(&self, number: usize) -> Event {
        let parties = [(Party::Payer, "ann"), (Party::Payee, "bob")];
        let data = json!({"id": format!("txn_{number}"), "type": "transfer", "amount": "12.50", "currency": "USD"});
        let subject = format!("txn_{number}");
        self.feed
            .push("transaction.completed", &subject, &parties, data)
    }

    /// Puts what the feed has into the queues and sends what is due; how many attempts were made.
    async fn deliver(&self) -> usize {
        self.service.catch_up().await.unwrap();
        self.service.deliver_webhooks().await.unwrap()
    }

    async fn patch(&self, who: &str, id: &str, body: Value) -> (StatusCode, Value) {
        let path = format!("{PATH}/{id}");
        self.request(who, Method::PATCH, &path, Some(body)).await
    }

    async fn one(&self, who: &str, id: &str) -> Value {
        self.get(who, &format!("{PATH}/{id}")).await
    }

    /// What was sent to an endpoint, the newest first.
    async fn deliveries(&self, who: &str, id: &str) -> Vec<Value> {
        let list = self.get(who, &format!("{PATH}/{id}/deliveries")).await;
        list["data"].as_array().unwrap().clone()
    }

    /// What somebody was told of, the newest first, beside that they have an endpoint.
    async fn told(&self, who: &str) -> Vec<String> {
        let list = self.get(who, "/notifications").await;
        let list = list["data"].as_array().unwrap();
        let kind = |told: &Value| told["type"].as_str().unwrap().to_owned();
        let told = list.iter().map(kind);
        told.filter(|kind| kind != "webhook_endpoint_added")
            .collect()
    }
}

/// HMAC-SHA256 as RFC 2104 writes it, of a hash only.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    assert!(key.len() <= block.len());
    block[..key.len()].copy_from_slice(key);
    let padded = |pad: u8| block.map(|byte| byte ^ pad).to_vec();
    let inner = digest(&SHA256, &[padded(0x36), text.to_vec()].concat());
    let outer = [padded(0x5c), inner.as_ref().to_vec()].concat();
    digest(&SHA256, &outer).as_ref().to_vec()
}

/// How many signatures of what came are made with this secret.
fn signatures_with(secret: &str, received: &Received) -> usize {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap());
    let signed = format!(
        "{}.{}.{}",
        received.id(),
        received.header("webhook-timestamp"),
        received.body
    );
    let expected = STANDARD.encode(hmac(&key.unwrap(), signed.as_bytes()));
    let header = received.header("webhook-signature");
    header
        .split(' ')
        .filter(|signature| *signature == format!("v1,{expected}"))
        .count()
}
