use http::Method;
use serde_json::{Value, json};

use crate::support::{App, Answer, each, transfer};

async fn wallets(app: &App) -> (String, String) {
    (app.wallet("ann", "USD", "20").await, app.wallet("bob", "USD", "0").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_malformed_body_is_refused_with_its_code_and_place() {
    each(async |app| {
        let (ann, bob) = wallets(app).await;
        let good = transfer(&ann, &bob, "5", "USD").to_string();
        let with = |field: &str, value: Value| {
            let mut body = transfer(&ann, &bob, "5", "USD");
            body[field] = value;
            body.to_string()
        };
        let nul = good.replace("USD", "US\\u0000D");
        for (body, refusal, param) in [
            ("", (400, "malformed_json"), ""),
            ("{", (400, "malformed_json"), ""),
            ("null", (400, "invalid_value"), ""),
            ("[]", (400, "invalid_value"), ""),
            ("\"text\"", (400, "invalid_value"), ""),
            (&good.replace("\"type\"", "\"kind\""), (400, "unknown_field"), "kind"),
            (&with("colour", json!("red")), (400, "unknown_field"), "colour"),
            (&with("type", json!("theft")), (400, "invalid_value"), "type"),
            (&with("type", json!(7)), (400, "invalid_value"), "type"),
            (&with("from_wallet", json!(7)), (400, "invalid_value"), "from_wallet"),
            (&with("from_wallet", json!(ann.replace("wal_", "usr_"))), (400, "invalid_value"), "from_wallet"),
            (&with("to_wallet", json!("wal_short")), (400, "invalid_value"), "to_wallet"),
            (&with("currency", json!("usd")), (422, "unknown_currency"), "currency"),
            (&with("currency", json!("XXX")), (422, "unknown_currency"), "currency"),
            (&with("amount", Value::Null), (400, "invalid_value"), "amount"),
            (&with("description", json!("x".repeat(501))), (422, "invalid_text"), "description"),
            (&with("description", json!("bell \u{7}")), (422, "invalid_text"), "description"),
            (&with("external_id", json!("")), (422, "invalid_text"), "external_id"),
            (&with("metadata", json!([])), (422, "invalid_metadata"), "metadata"),
            (&with("metadata", json!({ "a": "x".repeat(4_096) })), (422, "invalid_metadata"), "metadata"),
            (&with("to_email", json!("bob@example.com")), (400, "ambiguous_recipient"), "to_email"),
            (&with("capture", json!("manual")), (400, "unknown_field"), "capture"),
            (&nul, (400, "invalid_character"), ""),
        ] {
            let refused = app.by("ann").post_text("/transactions", body).await;
            assert_eq!(refused.refusal(), refusal, "{body}: {}", refused.text);
            if !param.is_empty() {
                assert_eq!(refused.param(), param, "{body}");
            }
        }
        assert_eq!(app.balance(&ann).await.0, "20.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_a_type_needs_are_asked_for_and_others_refused() {
    each(async |app| {
        let (ann, bob) = wallets(app).await;
        let card = json!({ "kind": "card", "token": "tok_ok" });
        let base = |kind: &str| json!({ "type": kind, "amount": "1", "currency": "USD" });
        let with = |kind: &str, fields: &[(&str, Value)]| {
            let mut body = base(kind);
            for (name, value) in fields {
                body[*name] = value.clone();
            }
            body
        };
        for (body, code, param) in [
            (base("transfer"), "missing_field", "to_wallet"),
            (with("transfer", &[("to_wallet", json!(bob))]), "missing_field", "from_wallet"),
            (with("deposit", &[("to_wallet", json!(ann))]), "missing_field", "source"),
            (with("deposit", &[("source", card.clone())]), "missing_field", "to_wallet"),
            (with("withdrawal", &[("from_wallet", json!(ann))]), "missing_field", "destination"),
            (with("payment", &[("from_wallet", json!(ann))]), "missing_field", "to_wallet"),
            (with("deposit", &[("from_wallet", json!(ann))]), "unknown_field", "from_wallet"),
            (with("withdrawal", &[("to_wallet", json!(ann))]), "unknown_field", "to_wallet"),
            (with("payment", &[("to_email", json!("a@b.c"))]), "unknown_field", "to_email"),
            (with("transfer", &[("source", card.clone())]), "unknown_field", "source"),
            (with("deposit", &[("destination", card)]), "unknown_field", "destination"),
        ] {
            let refused = app.by("ann").post("/transactions", body.clone()).await;
            assert_eq!((refused.refusal(), refused.param()), ((400, code), param), "{body}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_amount_is_exact_or_refused() {
    each(async |app| {
        let (ann, bob) = wallets(app).await;
        let send = async |amount: &str| -> Answer {
            let body = transfer(&ann, &bob, "AMOUNT", "USD").to_string();
            app.by("ann").post_text("/transactions", &body.replace("\"AMOUNT\"", amount)).await
        };
        for (amount, refusal) in [
            ("\"0\"", (422, "amount_must_be_positive")),
            ("\"-0.01\"", (422, "amount_must_be_positive")),
            ("-1", (422, "amount_must_be_positive")),
            ("0.00", (422, "amount_must_be_positive")),
            ("\"1.001\"", (422, "amount_precision")),
            ("1.001", (422, "amount_precision")),
            ("\"1.000\"", (422, "amount_precision")),
            ("\"92233720368547758.08\"", (422, "amount_overflow")),
            ("1e30", (422, "amount_overflow")),
            ("\"1e2\"", (400, "invalid_value")),
            ("\"1,00\"", (400, "invalid_value")),
            ("\" 1\"", (400, "invalid_value")),
            ("\"+1\"", (400, "invalid_value")),
            ("\"NaN\"", (400, "invalid_value")),
            ("\"\"", (400, "invalid_value")),
            ("{}", (400, "invalid_value")),
            ("[1]", (400, "invalid_value")),
            ("\"92233720368547758.07\"", (422, "insufficient_funds")),
        ] {
            let refused = send(amount).await;
            assert_eq!(refused.refusal(), refusal, "{amount}: {}", refused.text);
        }
        for (amount, taken) in [("0.1", "0.10"), ("1.25e0", "1.25"), ("\"0.07\"", "0.07"), ("3", "3.00")] {
            let made = send(amount).await;
            assert_eq!(made.body["amount"], taken, "{amount}: {}", made.text);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_that_leaves_64_bits_is_refused() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "92233720368547758.07").await;
        let deposit = json!({ "type": "deposit", "to_wallet": ann, "amount": "0.01", "currency": "USD",
                              "source": { "kind": "card", "token": "tok_ok" } });
        // The card is charged before the ledger is asked: what cannot be entered is left to operators, and never lost.
        let made = app.by("ann").post("/transactions", deposit).await;
        assert_eq!((made.status, &made.body["status"]), (201, &json!("unresolved")), "{}", made.text);
        assert_eq!(app.balance(&ann).await.0, "92233720368547758.07");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wallets_must_exist_differ_and_have_the_currency() {
    each(async |app| {
        let (ann, bob) = wallets(app).await;
        let euros = app.wallet("ann", "EUR", "20").await;
        let none = "wal_01jd0000000000000000000000";
        for (body, refusal, param) in [
            (transfer(&ann, none, "1", "USD"), (404, "wallet_not_found"), "to_wallet"),
            (transfer(none, &ann, "1", "USD"), (404, "wallet_not_found"), "from_wallet"),
            (transfer(&bob, &ann, "1", "USD"), (404, "wallet_not_found"), "from_wallet"),
            (transfer(&ann, &ann, "1", "USD"), (422, "accounts_must_differ"), ""),
            (transfer(&euros, &bob, "1", "EUR"), (422, "currency_mismatch"), "to_wallet"),
            (transfer(&ann, &bob, "1", "EUR"), (422, "currency_mismatch"), "from_wallet"),
            (transfer(&ann, &bob, "20.01", "USD"), (422, "insufficient_funds"), ""),
        ] {
            let refused = app.by("ann").post("/transactions", body.clone()).await;
            assert_eq!((refused.refusal(), refused.param()), (refusal, param), "{body}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_the_wrong_kind_is_a_400_that_names_the_prefix() {
    each(async |app| {
        let (ann, _) = wallets(app).await;
        let wrong = ann.replace("wal_", "txn_");
        for (path, prefix) in [
            (format!("/wallets/{wrong}"), "wal_"),
            (format!("/wallets/{wrong}/statement"), "wal_"),
            (format!("/wallets/{wrong}/balance"), "wal_"),
            (format!("/transactions/{ann}"), "txn_"),
            (format!("/transactions/{ann}/timeline"), "txn_"),
            (format!("/ledger/accounts/{ann}"), "acc_"),
            (format!("/ledger/accounts/{ann}/entries"), "acc_"),
            ("/wallets/%FF".to_owned(), ""),
            (format!("/wallets/{}", ann.to_uppercase()), "wal_"),
        ] {
            let refused = app.by("admin").get(&path).await;
            assert_eq!((refused.refusal(), refused.param()), ((400, "invalid_id"), "id"), "{path}");
            assert!(refused.body["detail"].as_str().unwrap().contains(prefix), "{}", refused.text);
        }
        for what in ["capture", "cancel", "refund", "resolve"] {
            let path = format!("/transactions/{ann}/{what}");
            assert_eq!(app.by("admin").post(&path, json!({})).await.code(), "invalid_id");
        }
        for what in ["freeze", "unfreeze", "close", "limits"] {
            let path = format!("/wallets/{wrong}/{what}");
            assert_eq!(app.by("admin").post(&path, json!({})).await.code(), "invalid_id");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_404() {
    each(async |app| {
        let none = "01jd0000000000000000000000";
        for path in [
            format!("/wallets/wal_{none}"),
            format!("/wallets/wal_{none}/statement"),
            format!("/transactions/txn_{none}"),
            format!("/transactions/txn_{none}/timeline"),
            format!("/transactions?wallet_id=wal_{none}"),
            format!("/ledger/accounts/acc_{none}"),
        ] {
            assert_eq!(app.by("admin").get(&path).await.status, 404, "{path}");
        }
        let resolve = json!({ "outcome": "failed", "reason": "x" });
        for (path, body) in [
            (format!("/wallets/wal_{none}/freeze"), json!({})),
            (format!("/wallets/wal_{none}/limits"), json!({ "daily": "1" })),
            (format!("/transactions/txn_{none}/capture"), json!({})),
            (format!("/transactions/txn_{none}/refund"), json!({ "amount": "1" })),
            (format!("/transactions/txn_{none}/resolve"), resolve),
        ] {
            assert_eq!(app.by("admin").post(&path, body).await.status, 404, "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_must_be_json_and_of_a_sensible_size() {
    each(async |app| {
        let (ann, _) = wallets(app).await;
        for path in ["/wallets".to_owned(), format!("/wallets/{ann}/freeze"), "/ledger/transfers".to_owned()] {
            let text = [("content-type", "text/plain")];
            let body = Some("{}".to_owned());
            let refused = app.by("admin").send(Method::POST, &path, &text, body).await;
            assert_eq!(refused.refusal(), (415, "unsupported_media_type"), "{path}");
        }
        let large = format!("{{\"currency\":\"{}\"}}", "U".repeat(256 * 1024));
        let refused = app.by("ann").post_text("/wallets", &large).await;
        assert_eq!(refused.refusal(), (413, "body_too_large"));
        let large = format!("{{\"transfers\":[{}]}}", " ".repeat(16 * 1024 * 1024));
        let refused = app.by("admin").post_text("/ledger/transfers", &large).await;
        assert_eq!(refused.refusal(), (413, "body_too_large"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_wallet_is_checked() {
    each(async |app| {
        for (body, refusal, param) in [
            (json!({}), (400, "missing_field"), "currency"),
            (json!({ "currency": 840 }), (400, "invalid_value"), "currency"),
            (json!({ "currency": "XAU" }), (422, "unknown_currency"), "currency"),
            (json!({ "currency": "USD", "label": "" }), (422, "invalid_text"), "label"),
            (json!({ "currency": "USD", "label": "x".repeat(101) }), (422, "invalid_text"), "label"),
            (json!({ "currency": "USD", "owner_id": "usr_1" }), (400, "unknown_field"), "owner_id"),
        ] {
            let refused = app.by("ann").post("/wallets", body.clone()).await;
            assert_eq!((refused.refusal(), refused.param()), (refusal, param), "{body}");
        }
        let longest = json!({ "currency": "USD", "label": "ü".repeat(100) });
        assert_eq!(app.by("ann").post("/wallets", longest).await.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_optional_body_may_be_absent_and_not_wrong() {
    each(async |app| {
        let (ann, _) = wallets(app).await;
        let path = format!("/wallets/{ann}/freeze");
        assert_eq!(app.by("operator").post_empty(&path).await.status, 200);
        for (body, code) in [
            ("{\"why\":1}", "unknown_field"),
            ("{\"reason\":7}", "invalid_value"),
            ("{\"reason\":\"\"}", "invalid_text"),
            ("nonsense", "malformed_json"),
        ] {
            assert_eq!(app.by("operator").post_text(&path, body).await.code(), code, "{body}");
        }
    })
    .await;
}
