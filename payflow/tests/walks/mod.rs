//! The walks of docs/walkthroughs.md that end at somebody who hears of what happened: one test
//! each.
#![cfg(test)]

mod alert;
mod failing_endpoint;
mod mail;
mod money_received;
mod poison_event;
mod sign_up;

use serde_json::{Value, json};

use crate::process::{Server, Wait};

/// A setting as a server gets it.
type Setting<'a> = (&'a str, &'a str);

const WEBHOOKS: Setting<'static> = (
    "PAYFLOW__NOTIFICATIONS__WEBHOOKS__ALLOWED_NETWORKS",
    "127.0.0.0/8",
);

/// A call that is refused or not: status and answer.
async fn call(
    server: &Server,
    method: &str,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let answer = server.call(method, path, Some(token), None, body.as_ref());
    let (status, _, answer) = answer.await.unwrap();
    (status, answer)
}

/// Sends somebody 12.50 USD; the transaction.
async fn send(server: &Server, token: &str, (from, to): (&str, &str)) -> String {
    let body = json!({"type": "transfer", "from_wallet": from, "to_wallet": to, "amount": "12.50", "currency": "USD"});
    let made = server.post("/transactions", token, body).await;
    assert_eq!(made["status"], "completed", "{made}");
    made["id"].as_str().unwrap().to_owned()
}

/// What somebody is told in the app of a subject, once they are.
async fn told_of(server: &Server, token: &str, subject: &str) -> Value {
    let mut wait = Wait::until("somebody is told in the app");
    loop {
        let list = server
            .get(&format!("/notifications?subject={subject}"), token)
            .await;
        if let Some(told) = list["data"].get(0) {
            return told.clone();
        }
        wait.turn().await;
    }
}
