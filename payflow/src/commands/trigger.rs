//! `payflow trigger`: makes something happen in a demo that has an event. Nothing is made up: it
//! logs in as people of the demo and asks the API, as anybody would.

use std::sync::Arc;

use anyhow::Context;
use contracts::payments::WalletId;
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};
use platform::text::for_terminal_line;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::demo::{ALICE_USD, BOB_USD, SAVINGS, SHOP_USD, email, password};
use super::online::{Api, refusal};
use super::{runtime, say};
use crate::Usage;
use crate::cli::Trigger;

/// What can be made: the type of event, and how.
const CAN: [(&str, &str); 17] = [
    ("transaction.completed", "Alice sends Bob 1.00 USD"),
    (
        "transaction.failed",
        "Alice deposits with a card that is declined",
    ),
    (
        "transaction.processing",
        "Alice deposits with a card that answers late",
    ),
    (
        "transaction.authorised",
        "the shop holds 2.00 USD of Alice's",
    ),
    (
        "transaction.captured",
        "the shop takes 1.00 of 2.00 USD that it holds",
    ),
    (
        "transaction.cancelled",
        "the shop lets go of 2.00 USD that it holds",
    ),
    (
        "transaction.refunded",
        "the shop gives 1.00 of 2.00 USD back",
    ),
    (
        "transaction.reversed",
        "the shop gives all of 2.00 USD back",
    ),
    ("wallet.opened", "Alice opens a wallet (and closes it)"),
    ("wallet.closed", "Alice closes a wallet (that she opened)"),
    (
        "wallet.frozen",
        "the operator freezes Carol's savings (and lets them go)",
    ),
    (
        "wallet.unfrozen",
        "the operator lets Carol's savings go (that were frozen)",
    ),
    ("wallet.limited", "the operator limits Carol's savings"),
    (
        "user.registered",
        "somebody registers (and closes the account)",
    ),
    (
        "user.closed",
        "somebody closes the account (that was registered)",
    ),
    ("api_key.created", "Alice makes an API key (and ends it)"),
    ("api_key.ended", "Alice ends an API key (that she made)"),
];

/// Makes an event, or prints which can be made.
///
/// # Errors
/// What stands against it.
pub fn run(args: &Trigger) -> anyhow::Result<()> {
    let Some(name) = &args.event else {
        let lines = CAN.map(|(name, how)| format!("{name:<24} {how}\n"));
        return say(&lines.concat());
    };
    if !CAN.iter().any(|(known, _)| known == name) {
        let refused = format!("{name} cannot be made: `payflow trigger` lists what can");
        return Err(Usage(refused).into());
    }
    let api = Api::of(&args.server)?;
    runtime()?.block_on(async {
        let demo = Demo {
            alice: log_in(&api, "alice").await?,
            api,
        };
        let made = demo.make(name).await?;
        demo.post("/auth/logout", &demo.alice, json!({})).await?;
        say(&format!("{name}: {}", for_terminal_line(&made)))
    })
}

/// Logs in as somebody of the demo.
///
/// # Errors
/// Where nobody of the demo is there: it is another store.
async fn log_in(api: &Api, name: &str) -> anyhow::Result<String> {
    let body = json!({"email": email(name), "password": password(name)});
    let request = api.request(Method::POST, "/auth/login", None).json(&body);
    let response = api.send(request).await?;
    let status = response.status();
    if status == StatusCode::UNAUTHORIZED {
        anyhow::bail!(
            "this store is no demo, and nothing was done: `payflow trigger` makes events on a store of `payflow serve --demo` only"
        );
    }
    if !status.is_success() {
        let (status, said) = refusal(response).await;
        anyhow::bail!("POST /auth/login: {status}: {said}");
    }
    let answer: Value = serde_json::from_str(&response.text().await?)?;
    text(&answer, "access_token")
}

fn text(answer: &Value, name: &str) -> anyhow::Result<String> {
    let found = answer[name].as_str();
    let found = found.with_context(|| format!("the answer has no {name}"))?;
    Ok(found.to_owned())
}

/// A demo, where Alice is logged in.
struct Demo {
    api: Api,
    alice: String,
}

impl Demo {
    /// Makes what has an event of this type; the id of its subject.
    async fn make(&self, name: &str) -> anyhow::Result<String> {
        match name.split_once('.') {
            Some(("wallet", "opened" | "closed")) => self.open_and_close().await,
            Some(("wallet", change)) => self.operate(change).await,
            Some(("user", _)) => self.register_and_close().await,
            Some(("api_key", _)) => self.make_a_key().await,
            Some((_, "failed")) => self.deposit("tok_declined").await,
            Some((_, "processing")) => self.deposit("tok_late").await,
            Some((_, "authorised")) => self.pay("manual").await,
            Some((_, "captured")) => {
                self.pay_and(
                    "manual",
                    "capture",
                    json!({"amount": "1.00", "final": false}),
                )
                .await
            }
            Some((_, "cancelled")) => self.pay_and("manual", "cancel", json!({})).await,
            Some((_, "refunded")) => {
                self.pay_and("automatic", "refund", json!({"amount": "1.00"}))
                    .await
            }
            Some((_, "reversed")) => {
                self.pay_and("automatic", "refund", json!({"amount": "2.00"}))
                    .await
            }
            _ => self.transfer().await,
        }
    }

    async fn post(&self, path: &str, token: &str, body: Value) -> anyhow::Result<Value> {
        self.api.call(Method::POST, path, Some(token), &body).await
    }

    async fn transaction(&self, body: Value) -> anyhow::Result<String> {
        text(&self.post("/transactions", &self.alice, body).await?, "id")
    }

    async fn transfer(&self) -> anyhow::Result<String> {
        let [from, to] = [ALICE_USD, BOB_USD].map(WalletId);
        self.transaction(json!({
            "type": "transfer", "from_wallet": from, "to_wallet": to, "amount": "1.00", "currency": "USD",
            "description": "payflow trigger"
        }))
        .await
    }

    async fn deposit(&self, token: &str) -> anyhow::Result<String> {
        let to = WalletId(ALICE_USD);
        self.transaction(json!({
            "type": "deposit", "to_wallet": to, "amount": "1.00", "currency": "USD",
            "source": {"kind": "card", "token": token}, "description": "payflow trigger"
        }))
        .await
    }

    async fn pay(&self, capture: &str) -> anyhow::Result<String> {
        let [from, to] = [ALICE_USD, SHOP_USD].map(WalletId);
        self.transaction(json!({
            "type": "payment", "from_wallet": from, "to_wallet": to, "amount": "2.00", "currency": "USD",
            "capture": capture, "description": "payflow trigger"
        }))
        .await
    }

    async fn pay_and(&self, capture: &str, then: &str, body: Value) -> anyhow::Result<String> {
        let id = self.pay(capture).await?;
        let shop = log_in(&self.api, "shop").await?;
        self.post(&format!("/transactions/{id}/{then}"), &shop, body)
            .await?;
        self.post("/auth/logout", &shop, json!({})).await?;
        Ok(id)
    }

    async fn open_and_close(&self) -> anyhow::Result<String> {
        let body = json!({"currency": "EUR", "label": "payflow trigger"});
        let id = text(&self.post("/wallets", &self.alice, body).await?, "id")?;
        self.post(&format!("/wallets/{id}/close"), &self.alice, json!({}))
            .await?;
        Ok(id)
    }

    /// What an operator does to Carol's savings.
    async fn operate(&self, change: &str) -> anyhow::Result<String> {
        let operator = log_in(&self.api, "operator").await?;
        let savings = WalletId(SAVINGS).to_string();
        let reason = json!({"reason": "payflow trigger"});
        let steps = match change {
            "limited" => vec![("limits", json!({"daily": "500.00", "monthly": null}))],
            _ => vec![("freeze", reason.clone()), ("unfreeze", reason)],
        };
        for (step, body) in steps {
            self.post(&format!("/wallets/{savings}/{step}"), &operator, body)
                .await?;
        }
        self.post("/auth/logout", &operator, json!({})).await?;
        Ok(savings)
    }

    async fn register_and_close(&self) -> anyhow::Result<String> {
        let password = "purple velocipede uphill";
        let name = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy))
            .next()
            .simple();
        let email = format!("{name}@demo.payflow.example");
        let body = json!({"email": email, "password": password, "name": "Somebody"});
        let answer = self
            .api
            .call(Method::POST, "/auth/register", None, &body)
            .await?;
        let token = text(&answer, "access_token")?;
        let body = json!({"password": password});
        self.api
            .call(Method::DELETE, "/users/me", Some(&token), &body)
            .await?;
        text(&answer["user"], "id")
    }

    async fn make_a_key(&self) -> anyhow::Result<String> {
        let body = json!({"name": "payflow trigger", "scopes": ["wallets:own"]});
        let id = text(&self.post("/api-keys", &self.alice, body).await?, "id")?;
        let path = format!("/api-keys/{id}");
        self.api
            .call(Method::DELETE, &path, Some(&self.alice), &json!({}))
            .await?;
        Ok(id)
    }
}
