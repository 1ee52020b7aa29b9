//! What becomes of a payment: capture in parts, cancel, expiry, refund.

use serde_json::json;
use values::DAY;

use crate::http_api::support::{column, each};

fn at(payment: &serde_json::Value, what: &str) -> String {
    format!("/transactions/{}{what}", payment["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_payment_is_complete_at_once() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "12.50", "automatic").await;
        assert_eq!(payment["type"], "payment");
        assert_eq!(payment["status"], "completed");
        assert_eq!(payment["captured_amount"], "12.50");
        assert_eq!(app.balance(&ann).await, ("7.50".into(), "0.00".into()));
        assert_eq!(app.balance(&shop).await, ("12.50".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manual_payment_is_captured_in_parts_and_the_last_one_frees_the_rest() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "10", "manual").await;
        assert_eq!(payment["status"], "authorised");
        assert_eq!(app.balance(&ann).await, ("20.00".into(), "10.00".into()));

        let capture = at(&payment, "/capture");
        let shop_keeper = app.by("shop");
        let first = shop_keeper.post(&capture, json!({ "amount": "4" })).await;
        assert_eq!(first.status, 200, "{}", first.text);
        assert_eq!(first.body["status"], "authorised");
        assert_eq!(first.body["captured_amount"], "4.00");
        assert_eq!(app.balance(&ann).await, ("16.00".into(), "6.00".into()));
        let second = shop_keeper
            .post(&capture, json!({ "amount": 1.25, "final": false }))
            .await;
        assert_eq!(second.body["captured_amount"], "5.25");
        let refused = shop_keeper
            .post(&capture, json!({ "amount": "4.76" }))
            .await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((422, "exceeds_hold"), "amount")
        );
        let last = shop_keeper
            .post(&capture, json!({ "amount": "1", "final": true }))
            .await;
        assert_eq!(last.body["status"], "completed");
        assert_eq!(last.body["captured_amount"], "6.25");
        assert_eq!(app.balance(&ann).await, ("13.75".into(), "0.00".into()));
        assert_eq!(app.balance(&shop).await, ("6.25".into(), "0.00".into()));
        let late = shop_keeper.post_empty(&capture).await;
        assert_eq!(late.refusal(), (409, "hold_already_captured"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_without_an_amount_takes_all_that_is_left() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "10", "manual").await;
        let capture = at(&payment, "/capture");
        app.by("shop")
            .post(&capture, json!({ "amount": "4" }))
            .await;
        let rest = app.by("shop").post_empty(&capture).await;
        assert_eq!(
            (rest.status, &rest.body["status"]),
            (200, &json!("completed"))
        );
        assert_eq!(app.balance(&shop).await.0, "10.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payer_may_settle_the_whole_and_nothing_less() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "10", "manual").await;
        for (path, body) in [
            ("/capture", json!({ "amount": "1" })),
            ("/cancel", json!({})),
        ] {
            let refused = app.by("ann").post(&at(&payment, path), body).await;
            assert_eq!(refused.refusal(), (403, "forbidden"), "{path}");
        }
        let whole = app.by("ann").post_empty(&at(&payment, "/capture")).await;
        assert_eq!(whole.body["status"], "completed");
        let refused = app.by("ann").post_empty(&at(&payment, "/refund")).await;
        assert_eq!(refused.refusal(), (403, "forbidden"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_payment_frees_the_money_and_keeps_what_was_captured() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let one = app.pay("ann", &ann, &shop, "5", "manual").await;
        let two = app.pay("ann", &ann, &shop, "6", "manual").await;
        let cancelled = app.by("shop").post(&at(&one, "/cancel"), json!({})).await;
        assert_eq!(cancelled.body["status"], "cancelled");
        let again = app.by("shop").post_empty(&at(&one, "/cancel")).await;
        assert_eq!(again.refusal(), (409, "hold_already_released"));
        app.by("shop")
            .post(&at(&two, "/capture"), json!({ "amount": "2" }))
            .await;
        let cancelled = app.by("operator").post_empty(&at(&two, "/cancel")).await;
        assert_eq!(cancelled.body["status"], "completed");
        assert_eq!(app.balance(&ann).await, ("18.00".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_nobody_captures_expires() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "5", "manual").await;
        assert_eq!(payment["expires_at"], "2026-01-08T00:00:00.000000Z");
        app.wait(7 * DAY);
        let late = app.by("shop").post_empty(&at(&payment, "/capture")).await;
        assert_eq!(late.refusal(), (409, "hold_expired"));
        app.service.tick().await;
        let found = app.by("ann").get(&at(&payment, "")).await;
        assert_eq!(found.body["status"], "expired");
        assert_eq!(app.balance(&ann).await, ("20.00".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_are_transactions_and_never_exceed_the_original() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "10", "automatic").await;
        let refund = at(&payment, "/refund");
        let body = json!({ "amount": "3.50", "reason": "one bottle was broken" });
        let first = app.by("shop").post(&refund, body).await;
        assert_eq!(first.status, 201, "{}", first.text);
        assert_eq!(first.body["type"], "refund");
        assert_eq!(first.body["status"], "completed");
        assert_eq!(first.body["amount"], "3.50");
        assert_eq!(first.body["original_transaction"], payment["id"]);
        assert_eq!(first.body["description"], "one bottle was broken");
        assert_eq!(first.body["to_wallet"], ann);
        let found = app.by("ann").get(&at(&payment, "")).await;
        assert_eq!(found.body["refunded_amount"], "3.50");
        assert_eq!(found.body["status"], "completed");

        let refused = app
            .by("shop")
            .post(&refund, json!({ "amount": "6.51" }))
            .await;
        assert_eq!(refused.refusal(), (422, "refund_exceeds_original"));
        let rest = app.by("operator").post_empty(&refund).await;
        assert_eq!(rest.body["amount"], "6.50");
        let found = app.by("ann").get(&at(&payment, "")).await;
        assert_eq!(found.body["status"], "reversed");
        let refused = app.by("shop").post_empty(&refund).await;
        assert_eq!(refused.refusal(), (409, "already_reversed"));
        assert_eq!(app.balance(&ann).await.0, "20.00");

        let rows = app.by("ann").all("/transactions?type=refund", 1).await;
        assert_eq!(column(&rows, "amount"), ["6.50", "3.50"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_needs_the_money_to_be_there_and_the_payment_to_be_captured() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let held = app.pay("ann", &ann, &shop, "10", "manual").await;
        let refused = app.by("shop").post_empty(&at(&held, "/refund")).await;
        assert_eq!(refused.refusal(), (409, "wrong_state"));
        let paid = app.pay("ann", &ann, &shop, "10", "automatic").await;
        app.transfer("shop", &shop, &ann, "10", "USD").await;
        let refused = app.by("shop").post_empty(&at(&paid, "/refund")).await;
        assert_eq!(refused.refusal(), (422, "insufficient_funds"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_payment_is_neither_captured_nor_refunded() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let transfer = app.transfer("ann", &ann, &bob, "1", "USD").await;
        for path in ["/capture", "/cancel", "/refund"] {
            let refused = app.by("bob").post_empty(&at(&transfer, path)).await;
            assert_eq!(refused.refusal(), (422, "not_possible_for_type"), "{path}");
        }
        let resolve = json!({ "outcome": "failed", "reason": "a mistake" });
        let refused = app
            .by("operator")
            .post(&at(&transfer, "/resolve"), resolve)
            .await;
        assert_eq!(refused.refusal(), (422, "not_possible_for_type"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_of_captures_and_refunds_are_read_in_the_payments_currency() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let held = app.pay("ann", &ann, &shop, "5", "manual").await;
        let paid = app.pay("ann", &ann, &shop, "5", "automatic").await;
        for path in [at(&held, "/capture"), at(&paid, "/refund")] {
            for (amount, refusal) in [
                (json!("1.005"), (422, "amount_precision")),
                (json!(0.001), (422, "amount_precision")),
                (json!("0"), (422, "amount_must_be_positive")),
                (json!("-1"), (422, "amount_must_be_positive")),
                (json!("92233720368547758.08"), (422, "amount_overflow")),
                (json!("1e1"), (400, "invalid_value")),
                (json!(true), (400, "invalid_value")),
            ] {
                let body = json!({ "amount": amount });
                let refused = app.by("shop").post(&path, body.clone()).await;
                assert_eq!(
                    (refused.refusal(), refused.param()),
                    (refusal, "amount"),
                    "{body}"
                );
            }
        }
    })
    .await;
}
