//! A payer asks for a refund, and the receiving side answers.

use serde_json::{Value, json};
use values::DAY;

use crate::http_api::support::{Answer, App, column, each};

/// Does something twice under one key: what it answered, if it did the same again.
async fn act(app: &App, by: &'static str, payment: &Value, what: &str, body: Value) -> Answer {
    let id = payment["id"].as_str().unwrap();
    let path = format!("/transactions/{id}/refund-requests{what}");
    let key = format!("{path} {body} {}", app.now().micros());
    let first = app.by(by).post_once(&key, &path, body.clone()).await;
    let again = app.by(by).post_once(&key, &path, body).await;
    if first.status < 300 {
        assert!(again.is_replayed(), "{}", again.text);
        assert_eq!((first.status, &first.body), (again.status, &again.body));
    }
    app.wait(1);
    first
}

/// A payment of 10.00 of ann's to the shop, and its wallets.
async fn payment(app: &App) -> (Value, String, String) {
    let ann = app.wallet("ann", "USD", "20").await;
    let shop = app.wallet("shop", "USD", "0").await;
    (
        app.pay("ann", &ann, &shop, "10", "automatic").await,
        ann,
        shop,
    )
}

async fn listed(app: &App, by: &'static str, query: &str) -> Vec<String> {
    let rows = app.by(by).all(&format!("/refund-requests{query}"), 1).await;
    let of = |row: &Value| {
        format!(
            "{} {}",
            row["refund_request"]["status"], row["refund_request"]["amount"]
        )
    };
    rows.iter().map(|row| of(row).replace('"', "")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_accepted_in_one_commit_with_its_refund() {
    each(async |app| {
        let (paid, ann, shop) = payment(app).await;
        let ask = json!({ "amount": "4", "reason": "Arrived broken" });
        let asked = act(app, "ann", &paid, "", ask.clone()).await;
        assert_eq!(asked.status, 201, "{}", asked.text);
        let request = asked.body["refund_request"].clone();
        assert_eq!(
            (&request["status"], &request["amount"]),
            (&json!("open"), &json!("4.00"))
        );
        let again = act(app, "ann", &paid, "", ask).await;
        assert_eq!(again.refusal(), (409, "refund_already_requested"));
        for by in ["ann", "shop", "operator"] {
            assert_eq!(listed(app, by, "?status=open").await, ["open 4.00"], "{by}");
        }
        for by in ["bob", "stranger", "foreign_admin"] {
            assert!(listed(app, by, "").await.is_empty(), "{by}");
        }
        let id = json!({ "request_id": request["id"] });
        for (by, code) in [
            ("ann", (403, "forbidden")),
            ("bob", (404, "transaction_not_found")),
        ] {
            assert_eq!(
                act(app, by, &paid, "/accept", id.clone()).await.refusal(),
                code,
                "{by}"
            );
        }
        let by_payer = act(
            app,
            "ann",
            &paid,
            "/decline",
            json!({ "request_id": request["id"], "reason": "x" }),
        );
        let detail = by_payer.await.body["detail"].clone();
        assert_eq!(
            detail,
            "Only the receiving side may answer a refund request: as the payer, withdraw it."
        );
        let refund = act(app, "shop", &paid, "/accept", id.clone()).await;
        assert_eq!(refund.status, 201, "{}", refund.text);
        assert_eq!(
            (&refund.body["type"], &refund.body["amount"]),
            (&json!("refund"), &json!("4.00"))
        );
        assert_eq!(refund.body.get("refund_request"), None);
        assert_eq!(app.balance(&ann).await.0, "14.00");
        assert_eq!(app.balance(&shop).await.0, "6.00");
        let twice = act(app, "shop", &paid, "/accept", id).await;
        assert_eq!(twice.refusal(), (409, "no_open_refund_request"));
        assert_eq!(listed(app, "ann", "").await, ["accepted 4.00"]);
        let path = format!("/transactions/{}/timeline", paid["id"].as_str().unwrap());
        let told = app.by("ann").get(&path).await;
        assert_eq!(
            column(told.body["data"].as_array().unwrap(), "type")[1..],
            [
                "refund_request.created",
                "refund_request.accepted",
                "transaction.refunded"
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_declined_with_a_reason_or_withdrawn_and_there_may_be_another() {
    each(async |app| {
        let (paid, ann, _) = payment(app).await;
        let first = act(app, "ann", &paid, "", json!({ "reason": "Late" })).await;
        let first = json!({ "request_id": first.body["refund_request"]["id"] });
        let withdrawn = act(app, "ann", &paid, "/withdraw", first.clone()).await;
        assert_eq!(
            withdrawn.body["refund_request"]["status"], "withdrawn",
            "{}",
            withdrawn.text
        );
        let second = act(
            app,
            "ann",
            &paid,
            "",
            json!({ "amount": "1", "reason": "Very late" }),
        )
        .await;
        // Who has seen the first does not accept the second.
        let stale = act(app, "shop", &paid, "/accept", first).await;
        assert_eq!(stale.refusal(), (409, "no_open_refund_request"));
        let decline =
            json!({ "request_id": second.body["refund_request"]["id"], "reason": "It was not" });
        let by_payer = act(app, "ann", &paid, "/decline", decline.clone()).await;
        assert_eq!(by_payer.refusal(), (403, "forbidden"));
        let declined = act(app, "shop", &paid, "/decline", decline).await;
        let request = &declined.body["refund_request"];
        assert_eq!(
            (&request["status"], &request["answer"]),
            (&json!("declined"), &json!("It was not"))
        );
        assert_eq!(app.balance(&ann).await.0, "10.00");
        assert!(listed(app, "shop", "?status=open").await.is_empty());
        app.reopen().await;
        assert_eq!(
            listed(app, "ann", "?status=declined").await,
            ["declined 1.00"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_refused_and_a_request_expires() {
    each(async |app| {
        let (paid, ann, shop) = payment(app).await;
        let ask = |amount: &str| json!({ "amount": amount, "reason": "x" });
        for (by, body, refusal) in [
            ("ann", ask("10.01"), (422, "refund_exceeds_original")),
            ("ann", json!({ "reason": "" }), (422, "invalid_text")),
            ("ann", json!({}), (400, "missing_field")),
            ("shop", ask("1"), (403, "forbidden")),
            (
                "bob",
                json!({ "reason": "x" }),
                (404, "transaction_not_found"),
            ),
        ] {
            assert_eq!(
                act(app, by, &paid, "", body).await.refusal(),
                refusal,
                "{by}"
            );
        }
        let bob = app.wallet("bob", "USD", "0").await;
        let transfer = app.transfer("ann", &ann, &bob, "1", "USD").await;
        let refused = act(app, "ann", &transfer, "", ask("1")).await;
        assert_eq!(refused.refusal(), (422, "not_possible_for_type"));
        let held = app.pay("ann", &ann, &shop, "1", "manual").await;
        assert_eq!(
            act(app, "ann", &held, "", ask("1")).await.refusal(),
            (409, "wrong_state")
        );

        let asked = act(app, "ann", &paid, "", ask("3")).await;
        let id = json!({ "request_id": asked.body["refund_request"]["id"] });
        app.wait(14 * DAY);
        assert_eq!(
            listed(app, "shop", "?status=expired").await,
            ["expired 3.00"]
        );
        let late = act(app, "shop", &paid, "/accept", id).await;
        assert_eq!(late.refusal(), (409, "no_open_refund_request"));
        assert_eq!(act(app, "ann", &paid, "", ask("3")).await.status, 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_that_sum_to_what_was_asked_for_or_leave_nothing_accept_the_request() {
    each(async |app| {
        for (before, asked, refunds) in [
            // All that is left, in parts.
            (None, "10", [("5", "open"), ("5", "accepted")]),
            (None, "3", [("2.99", "open"), ("0.01", "accepted")]),
            // What was refunded before it was asked does not count.
            (Some("4"), "3", [("2", "open"), ("1", "accepted")]),
        ] {
            let (paid, ..) = payment(app).await;
            let path = format!("/transactions/{}", paid["id"].as_str().unwrap());
            let refund = async |amount: &str| {
                let body = json!({ "amount": amount });
                let done = app.by("shop").post(&format!("{path}/refund"), body).await;
                assert_eq!(done.status, 201, "{}", done.text);
            };
            if let Some(amount) = before {
                refund(amount).await;
            }
            let ask = json!({ "amount": asked, "reason": "x" });
            act(app, "ann", &paid, "", ask).await;
            for (amount, status) in refunds {
                refund(amount).await;
                let now = app.by("ann").get(&path).await.body;
                assert_eq!(now["refund_request"]["status"], status, "{asked} {amount}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_gives_what_is_left_where_more_was_asked_for() {
    each(async |app| {
        let (paid, ann, _) = payment(app).await;
        let ask = json!({ "amount": "8", "reason": "x" });
        let asked = act(app, "ann", &paid, "", ask).await;
        let id = json!({ "request_id": asked.body["refund_request"]["id"] });
        let path = format!("/transactions/{}/refund", paid["id"].as_str().unwrap());
        let part = app.by("shop").post(&path, json!({ "amount": "5" })).await;
        assert_eq!(part.status, 201, "{}", part.text);
        let rest = act(app, "shop", &paid, "/accept", id).await;
        assert_eq!(
            (rest.status, &rest.body["amount"]),
            (201, &json!("5.00")),
            "{}",
            rest.text
        );
        assert_eq!(app.balance(&ann).await.0, "20.00");
        assert_eq!(listed(app, "ann", "").await, ["accepted 8.00"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_has_three_requests_at_most() {
    each(async |app| {
        let (paid, ..) = payment(app).await;
        let ask = json!({ "amount": "1", "reason": "x" });
        for end in ["/withdraw", "/decline", "/accept"] {
            let asked = act(app, "ann", &paid, "", ask.clone()).await;
            let mut body = json!({ "request_id": asked.body["refund_request"]["id"] });
            if end == "/decline" {
                body["reason"] = json!("No");
            }
            let by = if end == "/withdraw" { "ann" } else { "shop" };
            let done = act(app, by, &paid, end, body).await;
            assert!(done.status < 300, "{}", done.text);
        }
        app.reopen().await;
        let refused = act(app, "ann", &paid, "", ask).await;
        assert_eq!(refused.refusal(), (409, "too_many_refund_requests"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_others_and_of_another_status_are_passed_over_page_by_page() {
    each(async |app| {
        let shop = app.wallet("shop", "USD", "0").await;
        let ann = app.wallet("ann", "USD", "50").await;
        let bob = app.wallet("bob", "USD", "100").await;
        for number in 1..=6 {
            for (by, wallet) in [("ann", &ann), ("bob", &bob), ("bob", &bob)] {
                let paid = app.pay(by, wallet, &shop, "8", "automatic").await;
                let ask = json!({ "amount": number.to_string(), "reason": "x" });
                let asked = act(app, by, &paid, "", ask).await;
                if number > 1 && by == "ann" {
                    let id = json!({ "request_id": asked.body["refund_request"]["id"] });
                    act(app, by, &paid, "/withdraw", id).await;
                }
            }
        }
        assert_eq!(listed(app, "ann", "?status=open").await, ["open 1.00"]);
        assert_eq!(listed(app, "ann", "?status=withdrawn").await.len(), 5);
        assert_eq!(listed(app, "shop", "").await.len(), 18);
        assert_eq!(listed(app, "operator", "?status=open").await.len(), 13);
    })
    .await;
}
