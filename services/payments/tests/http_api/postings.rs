//! What a transaction moved, account by account, and what the acquirer answered.

use serde_json::{Value, json};

use crate::http_api::support::{App, column, each};

fn path(transaction: &Value, what: &str) -> String {
    format!(
        "/transactions/{}/{what}",
        transaction["id"].as_str().unwrap()
    )
}

async fn postings(app: &App, by: &'static str, transaction: &Value) -> Vec<Value> {
    let found = app.by(by).get(&path(transaction, "postings")).await;
    assert_eq!(found.status, 200, "{}", found.text);
    assert_eq!(found.body["is_complete"], true, "{}", found.text);
    found.body["data"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_both_sides_of_a_transfer_and_a_user_their_own() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let made = app.transfer("ann", &ann, &bob, "12.50", "USD").await;
        let all = postings(app, "auditor", &made).await;
        assert_eq!(column(&all, "amount"), ["-12.50", "12.50"]);
        assert_eq!(column(&all, "direction"), ["debit", "credit"]);
        assert_eq!(column(&all, "wallet_id"), [&ann, &bob]);
        assert_eq!(column(&all, "account"), ["wallet", "wallet"]);
        assert_eq!(column(&all, "currency"), ["USD", "USD"]);
        assert_eq!(all[0]["transfer_id"], all[1]["transfer_id"]);
        assert_eq!(postings(app, "ann", &made).await, [all[0].clone()]);
        assert_eq!(postings(app, "bob", &made).await, [all[1].clone()]);
        for who in ["shop", "stranger", "foreign_admin"] {
            let refused = app.by(who).get(&path(&made, "postings")).await;
            assert_eq!(refused.refusal(), (404, "transaction_not_found"), "{who}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_capture_of_a_payment_has_its_postings_and_a_refund_its_own() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "90").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "10", "manual").await;
        assert!(postings(app, "auditor", &payment).await.is_empty());
        for (amount, is_final) in [("4", false), ("1.25", true)] {
            // More than a stretch of the history of both, at one moment.
            for _ in 0..12 {
                app.pay("ann", &ann, &shop, "1", "automatic").await;
            }
            let body = json!({ "amount": amount, "final": is_final });
            let done = app.by("shop").post(&path(&payment, "capture"), body).await;
            assert_eq!(done.status, 200, "{}", done.text);
        }
        for _ in 0..12 {
            app.pay("ann", &ann, &shop, "1", "automatic").await;
        }
        let all = postings(app, "operator", &payment).await;
        assert_eq!(column(&all, "amount"), ["-4.00", "4.00", "-1.25", "1.25"]);
        assert_eq!(column(&all, "wallet_id"), [&ann, &shop, &ann, &shop]);
        let own = postings(app, "ann", &payment).await;
        assert_eq!(column(&own, "amount"), ["-4.00", "-1.25"]);
        let refund = app
            .by("shop")
            .post(&path(&payment, "refund"), json!({ "amount": "2" }))
            .await;
        let back = postings(app, "auditor", &refund.body).await;
        assert_eq!(column(&back, "amount"), ["-2.00", "2.00"]);
        assert_eq!(column(&back, "wallet_id"), [&shop, &ann]);
        assert_eq!(postings(app, "operator", &payment).await, all);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_among_too_many_entries_of_one_moment_is_not_looked_for_without_end() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "900").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "10", "manual").await;
        let capture = path(&payment, "capture");
        let done = app.by("shop").post_empty(&capture).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!(postings(app, "auditor", &payment).await.len(), 2);
        for _ in 0..300 {
            app.pay("ann", &ann, &shop, "1", "automatic").await;
        }
        let found = app.by("auditor").get(&path(&payment, "postings")).await;
        assert_eq!(found.body, json!({ "data": [], "is_complete": false }));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_from_outside_comes_from_the_settlement_account_after_an_approved_attempt() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "0").await;
        let deposit = app.deposit("ann", &ann, "20", "USD").await;
        let all = postings(app, "operator", &deposit).await;
        assert_eq!(column(&all, "amount"), ["-20.00", "20.00"]);
        assert_eq!(column(&all, "account"), ["settlement", "wallet"]);
        assert_eq!(all[0]["wallet_id"], Value::Null);
        assert_eq!(postings(app, "ann", &deposit).await, [all[1].clone()]);

        let told = app.by("operator").get(&path(&deposit, "attempts")).await;
        assert_eq!(told.body["reference"], deposit["id"]);
        assert_eq!(told.body["next_at"], Value::Null);
        let attempts = told.body["data"].as_array().unwrap();
        assert_eq!(column(attempts, "outcome"), ["approved"]);
        let refused = app.by("ann").get(&path(&deposit, "attempts")).await;
        assert_eq!(refused.refusal(), (403, "forbidden"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_say_why_the_acquirer_declined_and_when_it_is_asked_again() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "0").await;
        for (token, outcome, code) in [
            ("tok_declined", "declined", "card_declined"),
            ("tok_timeout", "unknown", ""),
        ] {
            let body = json!({ "type": "deposit", "to_wallet": ann, "amount": "5", "currency": "USD",
                               "source": { "kind": "card", "token": token } });
            let made = app.by("ann").post("/transactions", body).await;
            let told = app.by("auditor").get(&path(&made.body, "attempts")).await;
            let attempts = told.body["data"].as_array().unwrap();
            assert_eq!(column(attempts, "outcome"), [outcome], "{}", told.text);
            assert_eq!(column(attempts, "code"), [code]);
            assert_eq!(told.body["next_at"].is_string(), outcome == "unknown");
            assert!(postings(app, "auditor", &made.body).await.is_empty());
        }
        let bob = app.wallet("bob", "USD", "0").await;
        app.deposit("ann", &ann, "5", "USD").await;
        let inside = app.transfer("ann", &ann, &bob, "1", "USD").await;
        let none = app.by("operator").get(&path(&inside, "attempts")).await;
        assert_eq!(none.body, json!({ "reference": null, "next_at": null, "data": [] }));
    })
    .await;
}
