//! The same key: once, with the same answer for ever after, for one principal and one route.

use http::Method;
use serde_json::{Value, json};

use crate::http_api::support::{Answer, App, each, transfer};

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_and_body_happen_once() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let body = transfer(&ann, &bob, "5", "USD");
        let first = app
            .by("ann")
            .post_once("key-1", "/transactions", body.clone())
            .await;
        assert_eq!((first.status, first.is_replayed()), (201, false));
        for _ in 0..3 {
            let again = app
                .by("ann")
                .post_once("key-1", "/transactions", body.clone())
                .await;
            assert_eq!((again.status, again.is_replayed()), (201, true));
            assert_eq!(again.text, first.text);
        }
        app.reopen().await;
        let again = app
            .by("ann")
            .post_once("key-1", "/transactions", body.clone())
            .await;
        assert_eq!(
            (again.text, true),
            (
                first.text,
                again.headers.contains_key("idempotent-replayed")
            )
        );
        assert_eq!(app.balance(&ann).await.0, "15.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_one_millisecond_are_as_many_keys() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "20").await;
        let body = |from: &str, to: &str| transfer(from, to, "1", "USD");
        let key = |last: u8| format!("0199f5e5-8c3a-7000-8000-00000000000{last}");
        let mut ids = std::collections::BTreeSet::new();
        for _ in 0..2 {
            for last in 0..5 {
                let (key, to_bob) = (key(last), body(&ann, &bob));
                let sent = app.by("ann").post_once(&key, "/transactions", to_bob).await;
                ids.insert(sent.body["id"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(
            (ids.len(), app.balance(&ann).await.0),
            (5, "15.00".to_owned())
        );
        let reused = app
            .by("ann")
            .post_once(&key(0), "/transactions", transfer(&ann, &bob, "2", "USD"))
            .await;
        assert_eq!(reused.refusal(), (422, "idempotency_key_reused"));
        // Somebody else's key of the same text is another.
        let theirs = app
            .by("bob")
            .post_once(&key(0), "/transactions", body(&bob, &ann))
            .await;
        assert_eq!((theirs.status, theirs.is_replayed()), (201, false));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_with_another_body_is_refused() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        app.by("ann")
            .post_once("key-1", "/transactions", transfer(&ann, &bob, "5", "USD"))
            .await;
        let other = transfer(&ann, &bob, "6", "USD");
        let refused = app
            .by("ann")
            .post_once("key-1", "/transactions", other)
            .await;
        assert_eq!(refused.refusal(), (422, "idempotency_key_reused"));
        assert_eq!(refused.param(), "Idempotency-Key");
        assert_eq!(app.balance(&ann).await.0, "15.00");
    })
    .await;
}

/// A request as it is written, with a key.
async fn written(app: &App, by: &'static str, path: &str, body: &str) -> Answer {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "key-1"),
    ];
    let body = Some(body.to_owned());
    app.by(by).send(Method::POST, path, &headers, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_the_same_however_it_is_written() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let wallets = format!(r#""from_wallet":"{ann}","to_wallet":"{bob}""#);
        let rest = r#""currency":"USD","metadata":{"a":1,"b":["x",null]}"#;
        let first = format!(r#"{{"type":"transfer",{wallets},"amount":"5.50",{rest}}}"#);
        let made = written(app, "ann", "/transactions", &first).await;
        assert_eq!((made.status, made.is_replayed()), (201, false));
        for same in [
            format!(r#"{{{rest},"amount":"5.50",{wallets},"type":"transfer"}}"#),
            format!(
                "\r\n{{ \"amount\" : \"5.50\",\n\t{wallets} , {rest}, \"type\":\"transfer\" }} "
            ),
            format!(r#"{{"type":"transfer",{wallets},"amount":5.5,{rest}}}"#),
            format!(r#"{{"type":"transfer",{wallets},"amount":55e-1,{rest}}}"#),
            format!(r#"{{"type":"transfer",{wallets},"amount":"5.5",{rest}}}"#),
            first.replace(
                r#"{"a":1,"b":["x",null]}"#,
                r#"{"b":["\u0078",null],"a":1.0}"#,
            ),
        ] {
            let again = written(app, "ann", "/transactions", &same).await;
            assert_eq!((again.status, again.is_replayed()), (201, true), "{same}");
            assert_eq!(again.text, made.text);
        }
        for (from, to) in [
            ("5.50", "5.51"),
            (r#""a":1"#, r#""a":"1""#),
            (r#"["x",null]"#, r#"[null,"x"]"#),
            (r#""b""#, r#""c""#),
        ] {
            let other = first.replace(from, to);
            let refused = written(app, "ann", "/transactions", &other).await;
            assert_eq!(
                refused.refusal(),
                (422, "idempotency_key_reused"),
                "{other}"
            );
        }
        assert_eq!(app.balance(&ann).await.0, "14.50");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_body_and_an_empty_one_are_the_same() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "0").await;
        let path = format!("/wallets/{ann}/freeze");
        let first = written(app, "operator", &path, "").await;
        assert_eq!((first.status, first.is_replayed()), (200, false));
        for same in ["{}", " { } ", "null"] {
            let again = written(app, "operator", &path, same).await;
            assert_eq!(
                (again.is_replayed(), &again.text),
                (true, &first.text),
                "{same}"
            );
        }
        let other = written(app, "operator", &path, r#"{"reason":"x"}"#).await;
        assert_eq!(other.refusal(), (422, "idempotency_key_reused"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_principal_and_one_route() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let one = app
            .by("ann")
            .post_once("same", "/transactions", transfer(&ann, &shop, "1", "USD"))
            .await;
        let two = app
            .by("bob")
            .post_once("same", "/transactions", transfer(&bob, &shop, "1", "USD"))
            .await;
        assert!(!one.is_replayed() && !two.is_replayed());
        assert_ne!(one.id(), two.id());
        let wallet = app
            .by("ann")
            .post_once("same", "/wallets", json!({ "currency": "USD" }))
            .await;
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
        let first = app
            .by("ann")
            .post_once("key-1", "/transactions", body.clone())
            .await;
        assert_eq!(first.refusal(), (422, "insufficient_funds"));
        assert!(!first.is_replayed());
        app.deposit("ann", &ann, "10", "USD").await;
        let again = app
            .by("ann")
            .post_once("key-1", "/transactions", body.clone())
            .await;
        assert_eq!(again.refusal(), (422, "insufficient_funds"));
        assert_eq!((again.is_replayed(), again.text), (true, first.text));
        let fresh = app
            .by("ann")
            .post_once("key-2", "/transactions", body)
            .await;
        assert_eq!(fresh.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_to_an_email_is_replayed_when_nobody_receives_there_any_more() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let body = |amount: &str| {
            json!({ "type": "transfer", "from_wallet": ann, "to_email": "bob@example.com",
                    "amount": amount, "currency": "USD" })
        };
        let first = app
            .by("ann")
            .post_once("key-1", "/transactions", body("5"))
            .await;
        assert_eq!(first.status, 201, "{}", first.text);
        app.by("operator")
            .post_empty(&format!("/wallets/{bob}/freeze"))
            .await;
        for _ in 0..5 {
            let again = app
                .by("ann")
                .post_once("key-1", "/transactions", body("5"))
                .await;
            assert_eq!((again.is_replayed(), &again.text), (true, &first.text));
        }
        let other = app
            .by("ann")
            .post_once("key-1", "/transactions", body("6"))
            .await;
        assert_eq!(other.refusal(), (422, "idempotency_key_reused"));
        let fresh = app
            .by("ann")
            .post_once("key-2", "/transactions", body("5"))
            .await;
        assert_eq!(fresh.refusal(), (404, "recipient_not_found"));
        assert_eq!(app.balance(&ann).await.0, "15.00");
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
        let made = app
            .by("ann")
            .post_once("key-1", "/transactions", good)
            .await;
        assert_eq!((made.status, made.is_replayed()), (201, false));
    })
    .await;
}

/// Sends a request twice with one key: both answers are the same, and the second one says that it
/// is the first.
async fn twice(app: &App, by: &'static str, path: &str, body: Value, status: u16) {
    let key = blake3::hash(body.to_string().as_bytes()).to_string();
    let first = app.by(by).post_once(&key, path, body.clone()).await;
    assert_eq!(first.status, status, "{path}: {}", first.text);
    assert!(!first.is_replayed(), "{path}");
    let again = app.by(by).post_once(&key, path, body).await;
    assert_eq!(
        (again.status, again.is_replayed()),
        (status, true),
        "{path}"
    );
    assert_eq!(again.body, first.body, "{path}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_to_wallets_is_replayed() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "0").await;
        let at = |what: &str| format!("/wallets/{ann}/{what}");
        twice(app, "ann", "/wallets", json!({ "currency": "EUR" }), 201).await;
        twice(app, "operator", &at("limits"), json!({ "daily": "7" }), 200).await;
        twice(
            app,
            "operator",
            &at("freeze"),
            json!({ "reason": "x" }),
            200,
        )
        .await;
        twice(app, "operator", &at("unfreeze"), json!({}), 200).await;
        twice(app, "ann", &at("close"), json!({}), 200).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_to_transactions_is_replayed() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let deposit = |token: &str| {
            json!({ "type": "deposit", "to_wallet": ann, "amount": "1", "currency": "USD",
                    "source": { "kind": "card", "token": token } })
        };
        for token in ["tok_ok", "tok_declined", "tok_timeout"] {
            twice(app, "ann", "/transactions", deposit(token), 201).await;
        }
        let one = json!({ "amount": "1" });
        for (capture, what, body, status) in [
            ("manual", "capture", one.clone(), 200),
            ("manual", "cancel", json!({}), 200),
            ("automatic", "refund", one, 201),
        ] {
            let made = app.pay("ann", &ann, &shop, "2", capture).await;
            let path = format!("/transactions/{}/{what}", made["id"].as_str().unwrap());
            twice(app, "shop", &path, body, status).await;
        }
        let lost = app
            .by("ann")
            .post("/transactions", deposit("tok_timeout"))
            .await;
        let path = format!("/transactions/{}/resolve", lost.id());
        let failed = json!({ "outcome": "failed", "reason": "no trace of it" });
        twice(app, "operator", &path, failed, 200).await;
        assert_eq!(app.balance(&ann).await, ("19.00".into(), "1.00".into()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_to_the_ledger_is_replayed() {
    each(async |app| {
        let usd = json!({ "currency": "USD" });
        let accounts = json!({ "accounts": [usd, usd] });
        twice(app, "admin", "/ledger/accounts", accounts.clone(), 200).await;
        let made = app.by("admin").post("/ledger/accounts", accounts).await.body;
        let post = |amount: i64| {
            json!({ "debit_account": made["results"][0]["id"], "credit_account": made["results"][1]["id"],
                    "amount_minor": amount, "currency": "USD" })
        };
        let transfers = json!({ "transfers": [post(7), post(0)] });
        twice(app, "admin", "/ledger/transfers", transfers, 200).await;
        let sums = app.by("admin").get("/ledger/trial-balance").await;
        assert_eq!(sums.body["data"][0]["credits_posted"], 7);
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
        let one = || {
            app.by("ann")
                .post_once("key-1", "/transactions", body.clone())
        };
        let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
        let answers = [a, b, c, d];
        assert!(answers.iter().all(|answer| answer.id() == answers[0].id()));
        assert_eq!(
            answers
                .iter()
                .filter(|answer| !answer.is_replayed())
                .count(),
            1
        );
        assert_eq!(app.balance(&ann).await.0, "15.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_1_to_255_printable_characters() {
    each(async |app| {
        let long = "k".repeat(256);
        for key in ["", &long, "k\tk", "schlüssel"] {
            let refused = app
                .by("ann")
                .post_once(key, "/wallets", json!({ "currency": "USD" }))
                .await;
            assert_eq!(refused.refusal(), (400, "invalid_idempotency_key"), "{key}");
            assert_eq!(refused.param(), "Idempotency-Key");
        }
        let made = app
            .by("ann")
            .post_once(&long[1..], "/wallets", json!({ "currency": "USD" }))
            .await;
        assert_eq!(made.status, 201);
    })
    .await;
}
