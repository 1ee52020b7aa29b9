//! What the maker of a waiting transaction may know of its code, and operators of a review.

use contracts::risk::RiskOutcome;
use serde_json::{Value, json};
use values::SECOND;

use crate::http_api::fake_risk::{FakeRisk, Says};
use crate::http_api::support::{each, transfer, user};

#[tokio::test(flavor = "multi_thread")]
async fn the_maker_sees_payee_amount_and_where_the_code_went_and_nobody_else_does() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "100").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let risk = FakeRisk::of(app, Says::Outcome(RiskOutcome::StepUp));
        let body = transfer(&ann, &bob, "40", "USD");
        let made = app.by("ann").post("/transactions", body).await;
        let (_, code) = risk.code().await;
        let path = format!("/transactions/{}/code", made.id());
        let seen = app.by("ann").get(&path).await;
        assert_eq!(
            seen.body,
            json!({
                "payee": "bob Example", "amount": "40.00", "currency": "USD",
                "sent": { "channel": "email", "hint": "a…@example.com" },
                "tries_left": 5, "expires_in_s": 300, "resend_in_s": null,
            })
        );
        assert!(!seen.text.contains(&code));
        app.wait(10 * SECOND);
        let confirm = format!("/transactions/{}/confirm", made.id());
        app.by("ann")
            .post(&confirm, json!({ "code": "000000" }))
            .await;
        let seen = app.by("ann").get(&path).await.body;
        assert_eq!(
            (&seen["tries_left"], &seen["expires_in_s"]),
            (&json!(4), &json!(290))
        );
        for (by, status, code_of) in [
            ("bob", 403, "forbidden"),
            ("operator", 403, "forbidden"),
            ("shop", 404, "transaction_not_found"),
            ("stranger", 404, "transaction_not_found"),
        ] {
            assert_eq!(
                app.by(by).get(&path).await.refusal(),
                (status, code_of),
                "{by}"
            );
        }
        app.by("ann").post(&confirm, json!({ "code": code })).await;
        let late = app.by("ann").get(&path).await;
        assert_eq!(late.refusal(), (409, "wrong_state"));
        let body = transfer(&ann, &bob, "41", "USD");
        let other = app.by("ann").post("/transactions", body).await;
        app.wait(15 * 60 * SECOND);
        let over = app
            .by("ann")
            .get(&format!("/transactions/{}/code", other.id()))
            .await;
        assert_eq!(over.refusal(), (409, "transaction_expired"));
        assert_eq!(over.body["tries_left"], Value::Null);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_operator_sees_what_the_first_has_proposed_and_the_maker_does_not() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "100").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let _risk = FakeRisk::of(app, Says::ReviewByTwo);
        let body = transfer(&ann, &bob, "40", "USD");
        let made = app.by("ann").post("/transactions", body).await;
        let path = format!("/transactions/{}", made.id());
        let seen = async |by| app.by(by).get(&path).await.body["risk"].clone();
        assert_eq!(seen("operator").await["proposed"], Value::Null);
        for (by, act) in [("operator", "approve"), ("deputy", "decline")] {
            let word = json!({ "reason": "Called them." });
            app.by(by).post(&format!("{path}/{act}"), word).await;
            let proposed = json!({ "approve": act == "approve", "by": user(by) });
            assert_eq!(
                seen("auditor").await["proposed"],
                proposed,
                "the last one stands"
            );
            assert_eq!(seen("ann").await, json!({ "level": "high" }));
        }
        let word = json!({ "reason": "I agree." });
        app.by("operator")
            .post(&format!("{path}/decline"), word)
            .await;
        assert_eq!(seen("auditor").await["proposed"], Value::Null);
    })
    .await;
}
