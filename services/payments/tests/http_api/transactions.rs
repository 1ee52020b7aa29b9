//! Transfers, deposits and withdrawals, timelines, resolution by two operators, restarts.

use events::Feed;
use serde_json::json;

use crate::http_api::support::{App, column, each, transfer, user, without_counterparties};

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_is_complete_in_one_commit() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let body = json!({
            "type": "transfer", "from_wallet": ann, "to_wallet": bob, "amount": "12.50",
            "currency": "USD", "description": "rent", "external_id": "rent-1",
            "metadata": { "flat": 7, "b": [1.50] },
        });
        let made = app.by("ann").post("/transactions", body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let now = "2026-01-01T00:00:00.000000Z";
        let expected = json!({
            "id": made.id(), "type": "transfer", "status": "completed", "amount": "12.50",
            "currency": "USD", "from_wallet": ann, "to_wallet": bob, "fee": "0.00",
            "captured_amount": "12.50", "refunded_amount": "0.00", "description": "rent",
            "external_id": "rent-1", "metadata": { "flat": 7, "b": [1.50] },
            "original_transaction": null, "risk": null, "verification": null, "failure": null, "created_by": user("ann"),
            "created_at": now, "updated_at": now, "completed_at": now, "expires_at": null,
        });
        assert_eq!(made.body, expected);
        for reader in ["ann", "bob", "auditor"] {
            let found = app
                .by(reader)
                .get(&format!("/transactions/{}", made.id()))
                .await;
            assert_eq!(found.status, 200, "{reader}");
            let found = without_counterparties(vec![found.body]).remove(0);
            assert_eq!(found, expected, "{reader}");
        }
        assert_eq!(app.balance(&ann).await.0, "7.50");
        assert_eq!(app.balance(&bob).await.0, "12.50");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_to_an_email_goes_to_the_oldest_active_wallet_of_the_currency() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let euros = app.wallet("bob", "EUR", "0").await;
        let oldest = app.wallet("bob", "USD", "0").await;
        let newer = app.wallet("bob", "USD", "0").await;
        let body = json!({ "type": "transfer", "from_wallet": ann, "to_email": "Bob@Example.com",
                           "amount": "1", "currency": "USD" });
        let made = app.by("ann").post("/transactions", body.clone()).await;
        assert_eq!(made.body["to_wallet"], oldest);
        app.by("operator")
            .post_empty(&format!("/wallets/{oldest}/freeze"))
            .await;
        let made = app.by("ann").post("/transactions", body).await;
        assert_eq!(made.body["to_wallet"], newer);
        assert_eq!(app.balance(&euros).await.0, "0.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_what_their_own_wallet_cannot_give_is_told_so_and_not_of_the_recipient() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        app.wallet("bob", "USD", "0").await;
        // More often than anybody may look others up.
        for _ in 0..5 {
            let body = json!({ "type": "transfer", "from_wallet": ann, "to_email": "bob@example.com",
                               "amount": "1", "currency": "EUR" });
            let refused = app.by("ann").post("/transactions", body).await;
            assert_eq!(refused.refusal(), (422, "currency_mismatch"));
            assert_eq!(refused.param(), "from_wallet");
        }
        // Nothing is said of a wallet of somebody else.
        let stranger = json!({ "type": "transfer", "from_wallet": ann, "to_email": "nobody@example.com",
                               "amount": "1", "currency": "EUR" });
        let refused = app.by("bob").post("/transactions", stranger).await;
        assert_eq!(refused.refusal(), (404, "recipient_not_found"));
        let itself = app
            .by("ann")
            .post("/transactions", transfer(&ann, &ann, "1", "USD"))
            .await;
        assert_eq!(itself.refusal(), (422, "accounts_must_differ"));
        assert_eq!(itself.param(), "to_wallet");
        assert!(itself.text.contains("are the same wallet"), "{}", itself.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn emails_without_a_wallet_cannot_be_tried_out_for_long() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        app.wallet("bob", "USD", "0").await;
        let to = |email: &str| {
            json!({ "type": "transfer", "from_wallet": ann, "to_email": email, "amount": "1",
                    "currency": "USD" })
        };
        for _ in 0..5 {
            let made = app
                .by("ann")
                .post("/transactions", to("bob@example.com"))
                .await;
            assert_eq!(made.status, 201, "{}", made.text);
        }
        for _ in 0..3 {
            let refused = app
                .by("ann")
                .post("/transactions", to("nobody@example.com"))
                .await;
            assert_eq!(refused.refusal(), (404, "recipient_not_found"));
            assert_eq!(refused.param(), "to_email");
        }
        let refused = app
            .by("ann")
            .post("/transactions", to("nobody@example.com"))
            .await;
        assert_eq!(refused.refusal(), (429, "too_many_lookups"));
        assert_eq!(refused.header("retry-after"), "20");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deposits_and_withdrawals_end_as_the_acquirer_says() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let go = async |kind: &str, token: &str| {
            let (wallet, instrument) = match kind {
                "deposit" => ("to_wallet", "source"),
                _ => ("from_wallet", "destination"),
            };
            let body = json!({ "type": kind, wallet: ann, "amount": "5", "currency": "USD",
                               instrument: { "kind": "bank_account", "token": token } });
            app.by("ann").post("/transactions", body).await
        };
        for kind in ["deposit", "withdrawal"] {
            let done = go(kind, "tok_ok").await;
            assert_eq!(
                (done.status, &done.body["status"]),
                (201, &json!("completed"))
            );
            let declined = go(kind, "tok_declined").await;
            assert_eq!(declined.status, 201, "{}", declined.text);
            assert_eq!(declined.body["status"], "failed");
            assert_eq!(declined.body["failure"]["code"], "account_rejected");
            assert_eq!(app.balance(&ann).await.1, "0.00", "{kind}");
        }
        let unknown = go("withdrawal", "tok_timeout").await;
        assert_eq!(unknown.body["status"], "unresolved");
        assert_eq!(app.balance(&ann).await, ("20.00".into(), "5.00".into()));
        let settlement = app.by("admin").get("/ledger/trial-balance").await;
        assert_eq!(settlement.body["data"][0]["debits_posted"], 3_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_tells_every_change_oldest_first() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "10", "manual").await;
        let path = format!("/transactions/{}", payment["id"].as_str().unwrap());
        app.wait(1_000_000);
        app.by("shop")
            .post(&format!("{path}/capture"), json!({ "amount": "4" }))
            .await;
        app.by("operator")
            .post(&format!("{path}/capture"), json!({}))
            .await;
        let refund = json!({ "amount": "1", "reason": "late" });
        app.by("shop").post(&format!("{path}/refund"), refund).await;

        let timeline = app.by("ann").get(&format!("{path}/timeline")).await;
        assert_eq!(timeline.status, 200, "{}", timeline.text);
        let rows = timeline.body["data"].as_array().unwrap();
        let seen: Vec<_> = rows
            .iter()
            .map(|row| {
                ["at", "actor", "from", "to", "type", "reason"].map(|name| row[name].clone())
            })
            .collect();
        let [start, later] = ["2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:01.000000Z"];
        let (held, done, none) = (Some("authorised"), Some("completed"), None::<&str>);
        let row =
            |at, who, (from, to), (kind, reason)| json!([at, user(who), from, to, kind, reason]);
        let expected = json!([
            row(start, "ann", (none, held), ("transaction.authorised", none)),
            row(later, "shop", (held, held), ("transaction.captured", none)),
            row(
                later,
                "operator",
                (held, done),
                ("transaction.completed", none)
            ),
            row(
                later,
                "shop",
                (done, done),
                ("transaction.refunded", Some("late"))
            ),
        ]);
        assert_eq!(json!(seen), expected);
        assert_eq!(timeline.body["has_more"], false);
        let captured: Vec<_> = rows
            .iter()
            .map(|row| row["data"]["captured_amount"].as_str().unwrap())
            .collect();
        assert_eq!(captured, ["0.00", "4.00", "10.00", "10.00"]);
        let now = app.by("ann").get(&path).await;
        assert_eq!(
            [rows[3]["data"].clone()],
            *without_counterparties(vec![now.body])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_names_the_events_that_others_are_told_of() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "10", "manual").await;
        let id = payment["id"].as_str().unwrap();
        let path = format!("/transactions/{id}");
        app.by("shop")
            .post(&format!("{path}/capture"), json!({}))
            .await;
        let timeline = app.by("ann").get(&format!("{path}/timeline")).await;
        let told = app.service.feed().read(0, 100).await.unwrap();
        let told = told.events.iter().filter(|event| event.subject == id);
        let told: Vec<_> = told.map(|event| event.id.to_string()).collect();
        assert_eq!(told.len(), 2);
        let rows = timeline.body["data"].as_array().unwrap();
        assert_eq!(column(rows, "event_id"), told);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_timeline_shows_its_newest_changes() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "600").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let payment = app.pay("ann", &ann, &shop, "600", "manual").await;
        let path = format!("/transactions/{}", payment["id"].as_str().unwrap());
        for _ in 0..501 {
            let body = json!({ "amount": "1" });
            assert_eq!(
                app.by("shop")
                    .post(&format!("{path}/capture"), body)
                    .await
                    .status,
                200
            );
        }
        let timeline = app.by("ann").get(&format!("{path}/timeline")).await;
        let rows = timeline.body["data"].as_array().unwrap();
        assert_eq!(
            (rows.len(), &timeline.body["has_more"]),
            (500, &json!(true))
        );
        assert_eq!(rows[0]["data"]["captured_amount"], "2.00");
        assert_eq!(rows[499]["data"]["captured_amount"], "501.00");
    })
    .await;
}

async fn unresolved(app: &App, kind: &str, wallet: &str) -> String {
    let (field, instrument) = match kind {
        "deposit" => ("to_wallet", "source"),
        _ => ("from_wallet", "destination"),
    };
    let body = json!({ "type": kind, field: wallet, "amount": "5", "currency": "USD",
                       instrument: { "kind": "card", "token": "tok_timeout" } });
    let made = app.by("ann").post("/transactions", body).await;
    assert_eq!(made.body["status"], "unresolved", "{}", made.text);
    format!("/transactions/{}/resolve", made.id())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_operators_resolve_what_the_acquirer_left_open() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        for (kind, outcome, balance) in [
            ("deposit", "completed", "25.00"),
            ("deposit", "failed", "25.00"),
            ("withdrawal", "completed", "20.00"),
            ("withdrawal", "failed", "20.00"),
        ] {
            let path = unresolved(app, kind, &ann).await;
            let body = json!({ "outcome": outcome, "reason": "seen on the statement" });
            let first = app.by("operator").post(&path, body.clone()).await;
            assert_eq!(
                (first.status, &first.body["status"]),
                (200, &json!("unresolved"))
            );
            let alone = app.by("operator").post(&path, body.clone()).await;
            assert_eq!(alone.refusal(), (409, "second_operator_needed"));
            let second = app.by("deputy").post(&path, body.clone()).await;
            assert_eq!(
                (second.status, &second.body["status"]),
                (200, &json!(outcome))
            );
            assert_eq!(
                app.balance(&ann).await,
                (balance.into(), "0.00".into()),
                "{kind}"
            );
            let late = app.by("operator").post(&path, body).await;
            assert_eq!(late.refusal(), (409, "wrong_state"));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_who_disagree_decide_nothing() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let path = unresolved(app, "withdrawal", &ann).await;
        let say = |outcome: &str| json!({ "outcome": outcome, "reason": "I am sure" });
        for (who, outcome) in [
            ("operator", "completed"),
            ("deputy", "failed"),
            ("operator", "completed"),
        ] {
            let said = app.by(who).post(&path, say(outcome)).await;
            assert_eq!(said.body["status"], "unresolved", "{who}");
        }
        assert_eq!(app.balance(&ann).await, ("20.00".into(), "5.00".into()));
        for (body, code) in [
            (
                json!({ "outcome": "perhaps", "reason": "x" }),
                "invalid_value",
            ),
            (json!({ "outcome": "failed" }), "missing_field"),
            (json!({ "outcome": "failed", "reason": "" }), "invalid_text"),
        ] {
            assert_eq!(app.by("operator").post(&path, body).await.code(), code);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_external_id_is_used_once_by_each_maker() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "20").await;
        let named = |from: &str, to: &str| {
            let mut body = transfer(from, to, "1", "USD");
            body["external_id"] = json!("order-1");
            body
        };
        assert_eq!(
            app.by("ann")
                .post("/transactions", named(&ann, &bob))
                .await
                .status,
            201
        );
        let refused = app.by("ann").post("/transactions", named(&ann, &bob)).await;
        assert_eq!(refused.refusal(), (409, "external_id_taken"));
        assert_eq!(refused.param(), "external_id");
        assert_eq!(
            app.by("bob")
                .post("/transactions", named(&bob, &ann))
                .await
                .status,
            201
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_still_there_after_a_restart() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let made = app.transfer("ann", &ann, &bob, "1", "USD").await;
        app.reopen().await;
        app.transfer("ann", &ann, &bob, "2", "USD").await;
        let rows = app.by("bob").all("/transactions", 5).await;
        assert_eq!(column(&rows, "amount"), ["2.00", "1.00"]);
        assert_eq!(without_counterparties(rows)[1], made);
        assert_eq!(app.balance(&ann).await.0, "17.00");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_service_says_so_and_takes_nothing() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "20").await;
        let bob = app.wallet("bob", "USD", "0").await;
        app.service.close().await;
        let refused = app
            .by("ann")
            .post("/transactions", transfer(&ann, &bob, "1", "USD"))
            .await;
        assert_eq!(refused.refusal(), (503, "shutting_down"));
        assert_eq!(refused.header("retry-after"), "1");
        let refused = app.by("ann").get(&format!("/wallets/{ann}")).await;
        assert_eq!(refused.refusal(), (503, "storage_unavailable"));
        app.reopen().await;
        assert_eq!(app.balance(&ann).await.0, "20.00");
    })
    .await;
}
