//! One request that moves money: who asks for what, under which key.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{CURRENCY, Person};
use crate::process::Server;

/// A request. Sent again it is the same request: same caller, same key, same bytes.
#[derive(Debug, Clone)]
pub struct Request {
    pub person: usize,
    pub key: String,
    pub operation: Operation,
}

/// What is asked for. Amounts are in cents, people are numbers.
#[derive(Debug, Clone)]
pub enum Operation {
    Transfer {
        to: usize,
        cents: i64,
    },
    Deposit {
        token: &'static str,
        cents: i64,
    },
    /// A payment that holds the money until it is captured.
    Authorise {
        to: usize,
        cents: i64,
    },
    /// The receiver takes so much of what is held, and the rest is free again.
    Capture {
        payment: String,
        payer: usize,
        held: i64,
        cents: i64,
    },
    /// The receiver gives so much of what was captured back.
    Refund {
        payment: String,
        payer: usize,
        cents: i64,
    },
}

impl Request {
    pub fn new(person: usize, key: String, operation: Operation) -> Self {
        Self {
            person,
            key,
            operation,
        }
    }

    /// The status, the headers and the body of the answer; an error where there was none.
    pub async fn send(
        &self,
        server: &Server,
        people: &[Person],
    ) -> Result<(u16, HeaderMap, Value), reqwest::Error> {
        let (token, key) = (&people[self.person].token, &self.key);
        let (path, body) = (self.path(), self.body(people));
        server
            .call("POST", &path, Some(token), Some(key), Some(&body))
            .await
    }

    fn path(&self) -> String {
        match &self.operation {
            Operation::Capture { payment, .. } => format!("/transactions/{payment}/capture"),
            Operation::Refund { payment, .. } => format!("/transactions/{payment}/refund"),
            _ => "/transactions".to_owned(),
        }
    }

    fn body(&self, people: &[Person]) -> Value {
        let (own, key) = (&people[self.person].wallet, &self.key);
        match &self.operation {
            Operation::Transfer { to, cents } => json!({
                "type": "transfer", "from_wallet": own, "to_wallet": people[*to].wallet,
                "amount": decimal(*cents), "currency": CURRENCY, "description": key,
            }),
            Operation::Deposit { token, cents } => json!({
                "type": "deposit", "to_wallet": own, "source": { "kind": "card", "token": token },
                "amount": decimal(*cents), "currency": CURRENCY, "description": key,
            }),
            Operation::Authorise { to, cents } => json!({
                "type": "payment", "from_wallet": own, "to_wallet": people[*to].wallet, "capture": "manual",
                "amount": decimal(*cents), "currency": CURRENCY, "description": key,
            }),
            Operation::Capture { cents, .. } => json!({ "amount": decimal(*cents), "final": true }),
            Operation::Refund { cents, .. } => json!({ "amount": decimal(*cents), "reason": key }),
        }
    }
}

/// Cents as the API writes them.
pub fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}
