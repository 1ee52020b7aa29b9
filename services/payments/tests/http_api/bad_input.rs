//! What cannot be used: bodies, fields, amounts and ids, each refused with its code and its place.

use http::Method;
use serde_json::{Value, json};

use crate::http_api::support::{Answer, App, each, transfer};

async fn wallets(app: &App) -> (String, String) {
    (
        app.wallet("ann", "USD", "20").await,
        app.wallet("bob", "USD", "0").await,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_no_object_is_refused() {
    each(async |app| {
        let (ann, bob) = wallets(app).await;
        let nul = transfer(&ann, &bob, "5", "USD").to_string();
        let nul = nul.replace("USD", "US\\u0000D");
        for (body, code) in [
            ("", "malformed_json"),
            ("{", "malformed_json"),
            ("null", "invalid_value"),
            ("[]", "invalid_value"),
            ("\"text\"", "invalid_value"),
            (&nul, "invalid_character"),
        ] {
            let refused = app.by("ann").post_text("/transactions", body).await;
            assert_eq!(refused.refusal(), (400, code), "{body}");
        }
        assert_eq!(app.balance(&ann).await.0, "20.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_field_is_refused_with_its_code_and_named() {
    each(async |app| {
        let (ann, bob) = wallets(app).await;
        let user = ann.replace("wal_", "usr_");
        let large = json!({ "a": "x".repeat(4_096) });
        for (field, value, refusal) in [
            ("colour", json!("red"), (400, "unknown_field")),
            ("type", json!("theft"), (400, "invalid_value")),
            ("from_wallet", json!(7), (400, "invalid_value")),
            ("from_wallet", json!(user), (400, "invalid_value")),
            ("to_wallet", json!("wal_short"), (400, "invalid_value")),
            ("currency", json!("usd"), (422, "unknown_currency")),
            ("currency", json!("XXX"), (422, "unknown_currency")),
            ("amount", Value::Null, (400, "invalid_value")),
            ("description", json!("x".repeat(501)), (422, "invalid_text")),
            ("description", json!("bell \u{7}"), (422, "invalid_text")),
            (
                "description",
                json!("10.00 \u{202e}00.01"),
                (422, "invalid_text"),
            ),
            (
                "description",
                json!("\u{2066}Rent\u{2069}"),
                (422, "invalid_text"),
            ),
            ("description", json!("\u{3164}"), (422, "invalid_text")),
            ("description", json!("  "), (422, "invalid_text")),
            (
                "external_id",
                json!("order\u{200b}7"),
                (422, "invalid_text"),
            ),
            ("external_id", json!(""), (422, "invalid_text")),
            ("external_id", json!("x".repeat(181)), (422, "invalid_text")),
            ("metadata", json!([]), (422, "invalid_metadata")),
            (
                "metadata",
                json!({"a": [{"b\u{202e}": 1}]}),
                (422, "invalid_metadata"),
            ),
            ("metadata", large, (422, "invalid_metadata")),
            ("to_email", json!("b@c.d"), (400, "ambiguous_recipient")),
            ("capture", json!("manual"), (400, "unknown_field")),
        ] {
            let mut body = transfer(&ann, &bob, "5", "USD");
            body[field] = value;
            let refused = app.by("ann").post("/transactions", body.clone()).await;
            assert_eq!(
                (refused.refusal(), refused.param()),
                (refusal, field),
                "{body}"
            );
        }
        assert_eq!(app.balance(&ann).await.0, "20.00");
        let mut body = transfer(&ann, &bob, "5", "USD");
        body["description"] = json!("שכר דירה\nmerci \u{1f469}\u{200d}\u{1f4bb} \u{2764}\u{fe0f}");
        let sent = app.by("ann").post("/transactions", body.clone()).await;
        assert_eq!(sent.body["description"], body["description"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newcomer_gets_wrong_is_said_in_words_that_help() {
    each(async |app| {
        let (ann, bob) = wallets(app).await;
        let deposit = |token: &str| {
            json!({ "type": "deposit", "to_wallet": ann, "amount": "1", "currency": "USD",
                    "source": { "kind": "card", "token": token } })
        };
        for (body, said, never) in [
            (
                transfer(&ann, &bob, "12,50", "USD"),
                "a decimal point",
                "minus",
            ),
            (
                deposit("4242424242424242"),
                "looks like a card number",
                "128",
            ),
            (
                deposit("4242 4242 4242 4242"),
                "looks like a card number",
                "128",
            ),
            (deposit("tok!"), "1 to 128 letters", "card number"),
            (
                json!({ "type": 7 }),
                "`type` takes no value of this type",
                " at line ",
            ),
            (json!({ "from_wallet": 7 }), "expected", " at line "),
        ] {
            let refused = app.by("ann").post("/transactions", body).await;
            let detail = refused.body["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(said) && !detail.contains(never), "{detail}");
        }
        let refused = app.by("ann").get("/transactions?limit=abc").await;
        assert_eq!(
            (refused.refusal(), refused.param()),
            ((400, "invalid_parameter"), "limit")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_that_a_type_needs_are_asked_for_and_others_refused() {
    each(async |app| {
        let (ann, _) = wallets(app).await;
        for (kind, fields, code, param) in [
            ("transfer", &[][..], "missing_field", "to_wallet"),
            ("transfer", &["to_wallet"], "missing_field", "from_wallet"),
            ("deposit", &["to_wallet"], "missing_field", "source"),
            ("deposit", &["source"], "missing_field", "to_wallet"),
            (
                "withdrawal",
                &["from_wallet"],
                "missing_field",
                "destination",
            ),
            ("payment", &["from_wallet"], "missing_field", "to_wallet"),
            ("deposit", &["from_wallet"], "unknown_field", "from_wallet"),
            ("withdrawal", &["to_wallet"], "unknown_field", "to_wallet"),
            ("payment", &["to_email"], "unknown_field", "to_email"),
            ("transfer", &["source"], "unknown_field", "source"),
            ("deposit", &["destination"], "unknown_field", "destination"),
        ] {
            let mut body = json!({ "type": kind, "amount": "1", "currency": "USD" });
            for field in fields {
                body[*field] = match *field {
                    "source" | "destination" => json!({ "kind": "card", "token": "tok_ok" }),
                    "to_email" => json!("bob@example.com"),
                    _ => json!(ann),
                };
            }
            let refused = app.by("ann").post("/transactions", body.clone()).await;
            let expected = ((400, code), param);
            assert_eq!((refused.refusal(), refused.param()), expected, "{body}");
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
            app.by("ann")
                .post_text("/transactions", &body.replace("\"AMOUNT\"", amount))
                .await
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
        for (amount, taken) in [
            ("0.1", "0.10"),
            ("1.25e0", "1.25"),
            ("\"0.07\"", "0.07"),
            ("3", "3.00"),
        ] {
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
        // The ledger is asked before the card is charged: what cannot be entered never leaves.
        let made = app.by("ann").post("/transactions", deposit).await;
        assert_eq!(made.refusal(), (422, "amount_overflow"), "{}", made.text);
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
            (
                transfer(&ann, none, "1", "USD"),
                (404, "wallet_not_found"),
                "to_wallet",
            ),
            (
                transfer(none, &ann, "1", "USD"),
                (404, "wallet_not_found"),
                "from_wallet",
            ),
            (
                transfer(&bob, &ann, "1", "USD"),
                (404, "wallet_not_found"),
                "from_wallet",
            ),
            (
                transfer(&ann, &ann, "1", "USD"),
                (422, "accounts_must_differ"),
                "to_wallet",
            ),
            (
                transfer(&euros, &bob, "1", "EUR"),
                (422, "currency_mismatch"),
                "to_wallet",
            ),
            (
                transfer(&ann, &bob, "1", "EUR"),
                (422, "currency_mismatch"),
                "from_wallet",
            ),
            (
                transfer(&ann, &bob, "20.01", "USD"),
                (422, "insufficient_funds"),
                "",
            ),
        ] {
            let refused = app.by("ann").post("/transactions", body.clone()).await;
            assert_eq!(
                (refused.refusal(), refused.param()),
                (refusal, param),
                "{body}"
            );
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
            (format!("/wallets/{}", ann.to_uppercase()), "wal_"),
        ] {
            let refused = app.by("admin").get(&path).await;
            assert_eq!(
                (refused.refusal(), refused.param()),
                ((400, "invalid_id"), "id"),
                "{path}"
            );
            assert!(
                refused.body["detail"].as_str().unwrap().contains(prefix),
                "{}",
                refused.text
            );
        }
        assert_eq!(
            app.by("admin").get("/wallets/%FF").await.refusal(),
            (400, "invalid_id")
        );
        for what in ["capture", "cancel", "refund", "resolve"] {
            let path = format!("/transactions/{ann}/{what}");
            assert_eq!(
                app.by("admin").post(&path, json!({})).await.code(),
                "invalid_id"
            );
        }
        for what in ["freeze", "unfreeze", "close", "limits"] {
            let path = format!("/wallets/{wrong}/{what}");
            assert_eq!(
                app.by("admin").post(&path, json!({})).await.code(),
                "invalid_id"
            );
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
            (
                format!("/wallets/wal_{none}/limits"),
                json!({ "daily": "1" }),
            ),
            (format!("/transactions/txn_{none}/capture"), json!({})),
            (
                format!("/transactions/txn_{none}/refund"),
                json!({ "amount": "1" }),
            ),
            (format!("/transactions/txn_{none}/resolve"), resolve),
        ] {
            assert_eq!(
                app.by("admin").post(&path, body).await.status,
                404,
                "{path}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_must_be_json_and_of_a_sensible_size() {
    each(async |app| {
        let (ann, _) = wallets(app).await;
        for path in [
            "/wallets".to_owned(),
            format!("/wallets/{ann}/freeze"),
            "/ledger/transfers".to_owned(),
        ] {
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
            (
                json!({ "currency": 840 }),
                (400, "invalid_value"),
                "currency",
            ),
            (
                json!({ "currency": "XAU" }),
                (422, "unknown_currency"),
                "currency",
            ),
            (
                json!({ "currency": "USD", "label": "" }),
                (422, "invalid_text"),
                "label",
            ),
            (
                json!({ "currency": "USD", "label": "\u{200b}" }),
                (422, "invalid_text"),
                "label",
            ),
            (
                json!({ "currency": "USD", "label": "Bank\u{202e}knaB" }),
                (422, "invalid_text"),
                "label",
            ),
            (
                json!({ "currency": "USD", "label": "x".repeat(101) }),
                (422, "invalid_text"),
                "label",
            ),
            (
                json!({ "currency": "USD", "owner_id": "usr_1" }),
                (400, "unknown_field"),
                "owner_id",
            ),
        ] {
            let refused = app.by("ann").post("/wallets", body.clone()).await;
            assert_eq!(
                (refused.refusal(), refused.param()),
                (refusal, param),
                "{body}"
            );
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
        assert_eq!(
            app.by("operator").post_text(&path, "null").await.status,
            200
        );
        for (body, code) in [
            ("{\"why\":1}", "unknown_field"),
            ("[]", "invalid_value"),
            (" [\"because\"]", "invalid_value"),
            ("{\"reason\":7}", "invalid_value"),
            ("{\"reason\":\"\"}", "invalid_text"),
            ("{\"reason\":\"fraud\u{202e}\"}", "invalid_text"),
            ("nonsense", "malformed_json"),
        ] {
            assert_eq!(
                app.by("operator").post_text(&path, body).await.code(),
                code,
                "{body}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_whose_offset_leads_out_of_the_years_is_refused_wherever_one_is_read() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "1").await;
        for at in ["0000-01-01T00:00:00%2B23:59", "9999-12-31T23:59:59-23:59"] {
            for path in [
                format!("/wallets/{ann}/balance?at={at}"),
                format!("/wallets/{ann}/statement?from={at}"),
                format!("/wallets/{ann}/statement?to={at}"),
                format!("/transactions?created_gte={at}"),
                format!("/transactions?created_lt={at}"),
            ] {
                let refused = app.by("ann").get(&path).await;
                assert_eq!(refused.status, 400, "{path}: {}", refused.text);
                assert_eq!(refused.body["code"], "invalid_parameter", "{path}");
            }
        }
    })
    .await;
}
