//! What may leave a wallet per day and month, and who sets it.

use serde_json::{Value, json};
use values::DAY;

use crate::http_api::support::{Answer, App, each, transfer};

async fn try_transfer(app: &App, from: &str, to: &str, amount: &str) -> Answer {
    app.by("ann")
        .post("/transactions", transfer(from, to, amount, "EUR"))
        .await
}

async fn limits(app: &App, wallet: &str) -> Value {
    app.by("ann").get(&format!("/wallets/{wallet}")).await.body["limits"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_begins_with_the_limits_of_its_currency() {
    each(async |app| {
        let ann = app.wallet("ann", "EUR", "0").await;
        assert_eq!(
            limits(app, &ann).await,
            json!({
                "daily": { "limit": "100.00", "used": "0.00", "remaining": "100.00" },
                "monthly": { "limit": "150.00", "used": "0.00", "remaining": "150.00" },
            })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daily_limit_holds_to_the_cent_and_ends_with_the_day() {
    each(async |app| {
        let ann = app.wallet("ann", "EUR", "1000").await;
        let bob = app.wallet("bob", "EUR", "0").await;
        assert_eq!(try_transfer(app, &ann, &bob, "99.99").await.status, 201);
        let refused = try_transfer(app, &ann, &bob, "0.02").await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((422, "limit_exceeded"), "amount")
        );
        assert_eq!(try_transfer(app, &ann, &bob, "0.01").await.status, 201);
        assert_eq!(limits(app, &ann).await["daily"]["remaining"], "0.00");
        app.wait(DAY);
        assert_eq!(limits(app, &ann).await["daily"]["remaining"], "100.00");
        assert_eq!(limits(app, &ann).await["monthly"]["remaining"], "50.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_monthly_limit_holds_across_days_and_ends_with_the_month() {
    each(async |app| {
        let ann = app.wallet("ann", "EUR", "1000").await;
        let bob = app.wallet("bob", "EUR", "0").await;
        assert_eq!(try_transfer(app, &ann, &bob, "100").await.status, 201);
        app.wait(DAY);
        assert_eq!(
            try_transfer(app, &ann, &bob, "50.01").await.code(),
            "limit_exceeded"
        );
        assert_eq!(try_transfer(app, &ann, &bob, "50").await.status, 201);
        app.wait(30 * DAY);
        assert_eq!(try_transfer(app, &ann, &bob, "100").await.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sets_one_limit_and_leaves_the_other() {
    each(async |app| {
        let ann = app.wallet("ann", "EUR", "1000").await;
        let bob = app.wallet("bob", "EUR", "0").await;
        let path = format!("/wallets/{ann}/limits");
        let operator = app.by("operator");
        let set = operator.post(&path, json!({ "daily": "20.50" })).await;
        assert_eq!(set.status, 200, "{}", set.text);
        assert_eq!(set.body["limits"]["daily"]["limit"], "20.50");
        assert_eq!(set.body["limits"]["monthly"]["limit"], "150.00");
        assert_eq!(
            try_transfer(app, &ann, &bob, "20.51").await.code(),
            "limit_exceeded"
        );
        let set = operator
            .post(&path, json!({ "daily": null, "monthly": 200 }))
            .await;
        assert_eq!(set.body["limits"]["daily"], Value::Null);
        assert_eq!(set.body["limits"]["monthly"]["limit"], "200.00");
        assert_eq!(try_transfer(app, &ann, &bob, "200").await.status, 201);
        let set = operator.post(&path, json!({ "monthly": "0" })).await;
        assert_eq!(set.body["limits"]["monthly"]["remaining"], "0.00");
        assert_eq!(
            try_transfer(app, &ann, &bob, "0.01").await.code(),
            "limit_exceeded"
        );
        let unchanged = operator.post(&path, json!({})).await;
        assert_eq!(unchanged.body["limits"], set.body["limits"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_must_be_an_amount_of_the_wallets_currency() {
    each(async |app| {
        let ann = app.wallet("ann", "EUR", "0").await;
        let path = format!("/wallets/{ann}/limits");
        for (body, refusal) in [
            (json!({ "daily": "-1" }), (422, "limit_negative")),
            (json!({ "daily": "1.005" }), (422, "amount_precision")),
            (
                json!({ "daily": "92233720368547758.08" }),
                (422, "amount_overflow"),
            ),
            (json!({ "daily": "much" }), (400, "invalid_value")),
            (json!({ "daily": {} }), (400, "invalid_value")),
            (json!({ "weekly": "1" }), (400, "unknown_field")),
            (json!([]), (400, "invalid_value")),
        ] {
            let refused = app.by("operator").post(&path, body.clone()).await;
            assert_eq!(refused.refusal(), refusal, "{body}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_left_does_not_count() {
    each(async |app| {
        let ann = app.wallet("ann", "EUR", "1000").await;
        let shop = app.wallet("shop", "EUR", "0").await;
        let made = app
            .by("ann")
            .post(
                "/transactions",
                json!({ "type": "payment", "from_wallet": ann, "to_wallet": shop, "amount": "80",
                        "currency": "EUR", "capture": "manual" }),
            )
            .await;
        assert_eq!(limits(app, &ann).await["daily"]["used"], "80.00");
        let path = format!("/transactions/{}/capture", made.id());
        let body = json!({ "amount": "30", "final": true });
        assert_eq!(app.by("shop").post(&path, body).await.status, 200);
        assert_eq!(limits(app, &ann).await["daily"]["used"], "30.00");
    })
    .await;
}
