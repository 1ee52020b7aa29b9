//! What can refuse a deposit refuses it before the acquirer hears of it, and afterwards its wallet
//! waits for it.

use payments::LimitConfig;
use payments::acquirer::Verdict;
use serde_json::json;
use tokio::task::JoinSet;

use super::harness::{App, config, deposit, send};

#[tokio::test]
async fn a_deposit_without_room_never_reaches_the_acquirer() {
    App::each(config(), async |app, mut script| {
        let full = app.wallet("ann", "EUR", i64::MAX - 1_249).await;
        let refused = app.deposit(&full, "tok").await;
        assert_eq!((refused.status, refused.code()), (422, "amount_overflow"));
        assert_eq!(
            refused.body["errors"][0]["param"], "amount",
            "{}",
            refused.text
        );
        script.assert_silent();
    })
    .await;
}

#[tokio::test]
async fn a_deposit_beyond_its_limits_never_reaches_the_acquirer() {
    let mut limited = config();
    let little = LimitConfig {
        deposit: Some("20".to_owned()),
        pending: Some("30".to_owned()),
        ..LimitConfig::default()
    };
    // The table of EUR says nothing of deposits.
    limited.limits.insert("default".to_owned(), little);
    App::each(limited, async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut large = deposit(&wallet, "tok");
        large["amount"] = json!("20.01");
        let refused = app.post("ann", "/transactions", large).await;
        assert_eq!((refused.status, refused.code()), (422, "deposit_too_large"));
        assert_eq!(
            refused.body["detail"],
            "A single deposit may be at most 20.00 EUR: deposit less."
        );
        script.assert_silent();
        let mut requests = JoinSet::new();
        let mut calls = Vec::new();
        for _ in 0..2 {
            let (router, body) = (app.router.clone(), deposit(&wallet, "tok"));
            requests.spawn(send(
                router,
                "ann",
                "POST",
                "/transactions",
                None,
                Some(body),
            ));
            calls.push(script.instruction().await);
        }
        let refused = app.deposit(&wallet, "tok").await;
        assert_eq!((refused.status, refused.code()), (422, "too_much_pending"));
        assert_eq!(refused.body["errors"][0]["param"], "amount");
        script.assert_silent();
        for call in calls {
            call.answer(Verdict::Approved);
        }
        requests.join_all().await;
        assert_eq!(app.balance(&wallet).await.0, "25.00");
    })
    .await;
}

#[tokio::test]
async fn a_wallet_waits_for_its_deposit_before_it_can_be_closed() {
    App::each(config(), async |app, mut script| {
        let wallet = app.wallet("ann", "EUR", 0).await;
        let mut requests = JoinSet::new();
        let (router, body) = (app.router.clone(), deposit(&wallet, "tok"));
        requests.spawn(send(
            router,
            "ann",
            "POST",
            "/transactions",
            None,
            Some(body),
        ));
        let call = script.instruction().await;
        let close = format!("/wallets/{wallet}/close");
        for by in ["ann", "operator"] {
            let refused = app.post(by, &close, json!({})).await;
            assert_eq!((refused.status, refused.code()), (409, "account_not_empty"));
        }
        let found = app
            .send("ann", "GET", &format!("/wallets/{wallet}"), None, None)
            .await;
        let nothing = json!({ "posted": "0.00", "held": "0.00", "available": "0.00" });
        assert_eq!(found.body["balance"], nothing, "{}", found.text);
        call.answer(Verdict::Approved);
        let made = requests.join_next().await.unwrap().unwrap();
        assert_eq!(made.made().1, "completed");
        assert_eq!(app.balance(&wallet).await.0, "12.50");
    })
    .await;
}
