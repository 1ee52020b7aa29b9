//! A transaction that risk holds for a review is decided through its case, by two operators, and
//! its money moves only then.

use contracts::identity::Role;
use serde_json::{Value, json};

use crate::permissions::app::{App, with_risk_on_each_engine};

/// Each transfer waits for two operators from here on.
async fn transfers_are_reviewed(app: &App, operator: &str, admin: &str) {
    let nothing = json!({"points": 0});
    let rule = json!({
        "code": "check_transfers", "name": "Every transfer",
        "when": {"compare": {"left": {"field": "transaction_type"}, "is": "equal", "right": {"value": "transfer"}}},
        "effect": {"points": 60, "outcome": "review", "needs_two": true},
        "unknown": {"error": nothing, "not_applicable": nothing, "too_little_data": nothing}
    });
    let made = app
        .ask(Some(operator), "POST", "/api/v1/rules", Some(rule))
        .await;
    assert_eq!(made.status, 201, "{made:?}");
    let publish = json!({"revision": 1, "note": "As agreed"});
    let path = "/api/v1/rule-drafts/publish";
    let published = app.ask(Some(admin), "POST", path, Some(publish)).await;
    assert_eq!(published.status, 201, "{published:?}");
}

struct Walk<'a> {
    app: &'a App,
    ann: String,
    operator: String,
    second: String,
}

impl Walk<'_> {
    async fn get(&self, path: &str) -> Value {
        let path = format!("/api/v1{path}");
        let found = self.app.ask(Some(&self.operator), "GET", &path, None).await;
        assert_eq!(found.status, 200, "{path}: {found:?}");
        found.body
    }

    async fn post(&self, by: &str, path: &str, body: Value) -> (u16, Value) {
        let path = format!("/api/v1{path}");
        let done = self.app.ask(Some(by), "POST", &path, Some(body)).await;
        (done.status, done.body)
    }

    async fn wallet(&self, of: &str) -> String {
        let (status, made) = self.post(of, "/wallets", json!({"currency": "USD"})).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// Ann gives Bob 40.00; the transaction and its case.
    async fn waits(&self, from: &str, to: &str) -> (String, String) {
        let body = json!({"type": "transfer", "from_wallet": from, "to_wallet": to,
            "amount": "40.00", "currency": "USD"});
        let (status, made) = self.post(&self.ann, "/transactions", body).await;
        assert_eq!(
            (status, &made["status"]),
            (201, &json!("in_review")),
            "{made}"
        );
        let id = made["id"].as_str().unwrap().to_owned();
        self.app.risk_hears().await;
        let found = self.get(&format!("/cases?subject={id}")).await;
        let case = found["data"][0]["id"].as_str().unwrap().to_owned();
        (id, case)
    }

    /// Ann puts 100.00 into her wallet.
    async fn deposits(&self, to: &str) {
        let deposit = json!({"type": "deposit", "to_wallet": to, "amount": "100.00",
            "currency": "USD", "source": {"kind": "card", "token": "tok_ok"}});
        let (status, made) = self.post(&self.ann, "/transactions", deposit).await;
        assert_eq!(
            (status, &made["status"]),
            (201, &json!("completed")),
            "{made}"
        );
    }

    async fn balances(&self, of: &str) -> (Value, Value) {
        let balance = self.get(&format!("/wallets/{of}")).await["balance"].clone();
        (balance["posted"].clone(), balance["available"].clone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_transfer_is_decided_by_two_operators_through_its_case_and_moves_only_then() {
    with_risk_on_each_engine(async |app| {
        let walk = Walk {
            app: &app,
            ann: app.somebody("ann@example.com", Role::User).await,
            operator: app.somebody("olga@example.com", Role::Operator).await,
            second: app.somebody("otto@example.com", Role::Operator).await,
        };
        let bob = app.somebody("bob@example.com", Role::User).await;
        let admin = app.somebody("root@example.com", Role::Admin).await;
        app.risk_hears().await;
        let (from, to) = (walk.wallet(&walk.ann).await, walk.wallet(&bob).await);
        walk.deposits(&from).await;
        transfers_are_reviewed(&app, &walk.operator, &admin).await;

        let (id, case) = walk.waits(&from, &to).await;
        assert_eq!(
            walk.balances(&from).await,
            (json!("100.00"), json!("60.00"))
        );
        let path = format!("/transactions/{id}/approve");
        let past = walk
            .post(&walk.operator, &path, json!({"reason": "Fine"}))
            .await;
        assert_eq!((past.0, &past.1["code"]), (409, &json!("decided_by_case")));
        let decide = format!("/cases/{case}/decide");
        let approve = json!({"outcome": "false_positive", "reason": "known_customer",
            "transaction": "approve"});
        let (status, shown) = walk.post(&walk.operator, &decide, approve.clone()).await;
        assert_eq!(status, 200, "{shown}");
        assert_eq!(shown["proposal"]["transaction"], "approve");
        assert_eq!(
            walk.balances(&to).await.0,
            "0.00",
            "one operator moves nothing"
        );
        let (status, shown) = walk.post(&walk.second, &decide, approve).await;
        assert_eq!(
            (status, &shown["state"]),
            (200, &json!("closed")),
            "{shown}"
        );
        assert_eq!(
            walk.get(&format!("/transactions/{id}")).await["status"],
            "completed"
        );
        assert_eq!(walk.balances(&to).await.0, "40.00");

        let (id, case) = walk.waits(&from, &to).await;
        let decide = format!("/cases/{case}/decide");
        let decline = json!({"outcome": "confirmed", "reason": "fraud", "transaction": "decline"});
        for by in [&walk.operator, &walk.second] {
            let (status, shown) = walk.post(by, &decide, decline.clone()).await;
            assert_eq!(status, 200, "{shown}");
        }
        assert_eq!(
            walk.get(&format!("/transactions/{id}")).await["status"],
            "failed"
        );
        assert_eq!(walk.balances(&from).await, (json!("60.00"), json!("60.00")));
        app.risk_hears().await;
        let case = walk.get(&format!("/cases/{case}")).await;
        assert_eq!(case["decision"]["outcome"], "confirmed");
        let rule = walk.get("/rules/check_transfers").await;
        assert_eq!(rule["precision"]["percent"], 50);
        app.close().await;
    })
    .await;
}
