use serde_json::json;

use crate::support::{each, transfer};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_body_happen_once() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let body = transfer(&ann, &bob, "5", "USD");
        let first = app.by("ann").post_once("key-1", "/transactions", body.clone()).await;
        assert_eq!((first.status, first.is_replayed()), (201, false));
        for _ in 0..3 {
            let again = app.by("ann").post_once("key-1", "/transactions", body.clone()).await;
            assert_eq!((again.status, again.is_replayed()), (201, true));
            assert_eq!(again.text, first.text);
        }
        app.reopen().await;
        let again = app.by("ann").post_once("key-1", "/transactions", body.clone()).await;
        assert_eq!((again.text, true), (first.text, again.headers.contains_key("idempotent-replayed")));
        assert_eq!(app.balance(&ann).await.0, "15.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_another_body_is_refused() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        app.by("ann").post_once("key-1", "/transactions", transfer(&ann, &bob, "5", "USD")).await;
        let other = transfer(&ann, &bob, "6", "USD");
        let refused = app.by("ann").post_once("key-1", "/transactions", other).await;
        assert_eq!(refused.refusal(), (422, "idempotency_key_reused"));
        assert_eq!(refused.param(), "Idempotency-Key");
        assert_eq!(app.balance(&ann).await.0, "15.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_principal_and_one_route() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let one = app.by("ann").post_once("same", "/transactions", transfer(&ann, &shop, "1", "USD")).await;
        let two = app.by("bob").post_once("same", "/transactions", transfer(&bob, &shop, "1", "USD")).await;
        assert!(!one.is_replayed() && !two.is_replayed());
        assert_ne!(one.id(), two.id());
        let wallet = app.by("ann").post_once("same", "/wallets", json!({ "currency": "USD" })).await;
        assert_eq!((wallet.status, wallet.is_replayed()), (201, false));
        for wallet in [&ann, &bob] {
            let path = format!("/wallets/{wallet}/freeze");
            let frozen = app.by("operator").post_once("same", &path, json!({})).await;
            assert_eq!((frozen.status, frozen.is_replayed()), (200, false));
            assert_eq!(&frozen.id(), wallet);
            let again = app.by("operator").post_once("same", &path, json!({})).await;
            assert_eq!((again.is_replayed(), again.text), (true, frozen.text));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_replayed_even_when_it_would_succeed_now() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "0").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let body = transfer(&ann, &bob, "5", "USD");
        let first = app.by("ann").post_once("key-1", "/transactions", body.clone()).await;
        assert_eq!(first.refusal(), (422, "insufficient_funds"));
        assert!(!first.is_replayed());
        app.deposit("ann", &ann, "10", "USD").await;
        let again = app.by("ann").post_once("key-1", "/transactions", body.clone()).await;
        assert_eq!(again.refusal(), (422, "insufficient_funds"));
        assert_eq!((again.is_replayed(), again.text), (true, first.text));
        let fresh = app.by("ann").post_once("key-2", "/transactions", body).await;
        assert_eq!(fresh.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_before_it_began_is_not_stored() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let bad = transfer(&ann, &bob, "5.001", "USD");
        let refused = app.by("ann").post_once("key-1", "/transactions", bad).await;
        assert_eq!(refused.code(), "amount_precision");
        let good = transfer(&ann, &bob, "5", "USD");
        let made = app.by("ann").post_once("key-1", "/transactions", good).await;
        assert_eq!((made.status, made.is_replayed()), (201, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_post_is_replayed() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let empty = app.wallet("ann", "USD", "0").await;
        let pay = async |capture: &str| {
            let made = app.pay("ann", &ann, &shop, "2", capture).await;
            format!("/transactions/{}", made["id"].as_str().unwrap())
        };
        let (captured, cancelled, refunded) =
            (pay("manual").await, pay("manual").await, pay("automatic").await);
        let deposit = |token: &str| {
            json!({ "type": "deposit", "to_wallet": ann, "amount": "1", "currency": "USD",
                    "source": { "kind": "card", "token": token } })
        };
        let lost = app.by("ann").post("/transactions", deposit("tok_timeout")).await;
        let resolve = json!({ "outcome": "failed", "reason": "no trace of it" });
        for (by, path, body, status) in [
            ("ann", "/wallets".to_owned(), json!({ "currency": "EUR" }), 201),
            ("operator", format!("/wallets/{empty}/limits"), json!({ "daily": "7" }), 200),
            ("operator", format!("/wallets/{empty}/freeze"), json!({ "reason": "x" }), 200),
            ("operator", format!("/wallets/{empty}/unfreeze"), json!({}), 200),
            ("ann", format!("/wallets/{empty}/close"), json!({}), 200),
            ("ann", "/transactions".to_owned(), deposit("tok_ok"), 201),
            ("ann", "/transactions".to_owned(), deposit("tok_declined"), 201),
            ("shop", format!("{captured}/capture"), json!({ "amount": "1" }), 200),
            ("shop", format!("{cancelled}/cancel"), json!({}), 200),
            ("shop", format!("{refunded}/refund"), json!({ "amount": "1" }), 201),
            ("operator", format!("/transactions/{}/resolve", lost.id()), resolve, 200),
            ("admin", "/ledger/accounts".to_owned(), json!({ "accounts": [{ "currency": "USD" }] }), 200),
        ] {
            let key = format!("{path} {body}");
            let first = app.by(by).post_once(&key, &path, body.clone()).await;
            assert_eq!((first.status, first.is_replayed()), (status, false), "{path}: {}", first.text);
            let again = app.by(by).post_once(&key, &path, body).await;
            assert_eq!((again.status, again.is_replayed()), (status, true), "{path}");
            assert_eq!(again.body, first.body, "{path}");
        }
        assert_eq!(app.balance(&ann).await.1, "1.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_the_same_time_with_one_key_happen_once() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let app = &*app;
        let body = &transfer(&ann, &bob, "5", "USD");
        let one = || app.by("ann").post_once("key-1", "/transactions", body.clone());
        let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
        let answers = [a, b, c, d];
        assert!(answers.iter().all(|answer| answer.id() == answers[0].id()));
        assert_eq!(answers.iter().filter(|answer| !answer.is_replayed()).count(), 1);
        assert_eq!(app.balance(&ann).await.0, "15.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_1_to_255_printable_characters() {
    each(async |app| {
        let long = "k".repeat(256);
        for key in ["", &long, "k\tk", "schlüssel"] {
            let refused = app.by("ann").post_once(key, "/wallets", json!({ "currency": "USD" })).await;
            assert_eq!(refused.refusal(), (400, "invalid_idempotency_key"), "{key}");
            assert_eq!(refused.param(), "Idempotency-Key");
        }
        let made = app.by("ann").post_once(&long[1..], "/wallets", json!({ "currency": "USD" })).await;
        assert_eq!(made.status, 201);
    })
    .await;
}
