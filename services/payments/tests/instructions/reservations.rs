//! What can refuse a deposit refuses it before the acquirer hears of it, and afterwards its wallet waits for it.

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
