//! With whom a transaction was, as each side sees it.

use serde_json::{Value, json};

use crate::http_api::support::{App, each, user};

async fn counterparty(app: &App, by: &'static str, transaction: &Value) -> Value {
    seen(app, by, transaction).await["counterparty"].clone()
}

async fn seen(app: &App, by: &'static str, transaction: &Value) -> Value {
    let id = transaction["id"].as_str().unwrap();
    let one = app.by(by).get(&format!("/transactions/{id}")).await;
    assert_eq!(one.status, 200, "{}", one.text);
    let list = app.by(by).get("/transactions").await;
    let rows = list.body["data"].as_array().unwrap();
    let listed = rows.iter().find(|row| row["id"] == *id).unwrap();
    assert_eq!(listed, &one.body, "a list says what the transaction says");
    assert!(!one.text.contains("@example.com"), "{}", one.text);
    one.body
}

#[tokio::test(flavor = "multi_thread")]
async fn each_side_of_a_transaction_sees_the_name_and_the_wallet_of_the_other() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "50").await;
        let savings = app.wallet("ann", "USD", "0").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let shop = app.wallet("shop", "USD", "0").await;
        let who = |name: &str, wallet: &str, kind| json!({ "name": format!("{name} Example"), "wallet_id": wallet, "kind": kind });

        let transfer = app.transfer("ann", &ann, &bob, "5", "USD").await;
        assert_eq!(transfer.get("counterparty"), None, "stored answers name nobody");
        assert_eq!(counterparty(app, "ann", &transfer).await, who("bob", &bob, "user"));
        assert_eq!(counterparty(app, "bob", &transfer).await, who("ann", &ann, "user"));
        let payment = app.pay("ann", &ann, &shop, "6", "automatic").await;
        assert_eq!(counterparty(app, "ann", &payment).await, who("shop", &shop, "merchant"));
        assert_eq!(counterparty(app, "shop", &payment).await, who("ann", &ann, "user"));
        let path = format!("/transactions/{}/refund", payment["id"].as_str().unwrap());
        let refund = app.by("shop").post_empty(&path).await.body;
        assert_eq!(counterparty(app, "ann", &refund).await, who("shop", &shop, "merchant"));
        assert_eq!(counterparty(app, "shop", &refund).await, who("ann", &ann, "user"));

        let nobody = |wallet: Option<&str>, kind| json!({ "name": null, "wallet_id": wallet, "kind": kind });
        let inside = app.transfer("ann", &ann, &savings, "1", "USD").await;
        assert_eq!(counterparty(app, "ann", &inside).await, nobody(Some(&savings), "own_wallet"));
        let deposit = app.deposit("ann", &ann, "5", "USD").await;
        assert_eq!(counterparty(app, "ann", &deposit).await, nobody(None, "deposit"));
        assert_eq!(counterparty(app, "operator", &transfer).await, Value::Null);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_all_transactions_sees_whose_they_are_and_nobody_else_does() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "50").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let party =
            |name: &str| json!({ "user_id": user(name), "name": format!("{name} Example") });

        let transfer = app.transfer("ann", &ann, &bob, "5", "USD").await;
        let deposit = app.deposit("ann", &ann, "5", "USD").await;
        for by in ["operator", "auditor"] {
            let parties = &seen(app, by, &transfer).await["parties"];
            assert_eq!(
                parties,
                &json!({ "from": party("ann"), "to": party("bob") })
            );
            let parties = &seen(app, by, &deposit).await["parties"];
            assert_eq!(parties, &json!({ "from": null, "to": party("ann") }));
        }
        assert_eq!(seen(app, "ann", &transfer).await["parties"], Value::Null);
        assert_eq!(seen(app, "bob", &transfer).await["parties"], Value::Null);
        app.send_identity_away();
        let parties = &seen(app, "operator", &transfer).await["parties"];
        assert_eq!(
            parties["from"],
            json!({ "user_id": user("ann"), "name": null })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_of_a_page_are_one_question_and_a_list_does_without_them() {
    each(async |app| {
        let ann = app.wallet("ann", "USD", "50").await;
        let bob = app.wallet("bob", "USD", "0").await;
        let shop = app.wallet("shop", "USD", "0").await;
        for _ in 0..4 {
            app.transfer("ann", &ann, &bob, "1", "USD").await;
            app.pay("ann", &ann, &shop, "1", "automatic").await;
        }
        app.asked_for_names();
        let page = app.by("ann").get("/transactions?limit=8").await;
        assert_eq!(page.body["data"][7]["counterparty"]["name"], "bob Example");
        assert_eq!(app.asked_for_names(), 1);
        app.send_identity_away();
        let without = app.by("ann").get("/transactions?limit=8").await;
        assert_eq!(without.status, 200, "{}", without.text);
        assert_eq!(
            without.body["data"][7]["counterparty"],
            json!({ "name": null, "wallet_id": bob, "kind": "user" })
        );
    })
    .await;
}
