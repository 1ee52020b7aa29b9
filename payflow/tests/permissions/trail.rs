//! What operators do with money is in the audit trail, as payments tells identity.

use contracts::identity::Role;
use serde_json::json;

use crate::permissions::app::on_each_engine;

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_does_to_a_wallet_is_in_the_trail_with_who_and_from_where() {
    on_each_engine(async |app| {
        let ann = app.somebody("ann@example.com", Role::User).await;
        let operator = app.somebody("olga@example.com", Role::Operator).await;
        let auditor = app.somebody("rita@example.com", Role::Auditor).await;
        let body = json!({"currency": "USD"});
        let made = app
            .ask(Some(&ann), "POST", "/api/v1/wallets", Some(body))
            .await;
        let wallet = made.body["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/wallets/{wallet}/freeze");
        let frozen = app
            .ask(
                Some(&operator),
                "POST",
                &path,
                Some(json!({"reason": "stolen"})),
            )
            .await;
        assert_eq!(frozen.status, 200, "{frozen:?}");
        let me = app
            .ask(Some(&operator), "GET", "/api/v1/auth/me", None)
            .await;
        let list = format!("/api/v1/audit?subject={wallet}");
        let trail = app.ask(Some(&auditor), "GET", &list, None).await;
        let [entry] = trail.body["data"].as_array().unwrap().as_slice() else {
            panic!("{trail:?}")
        };
        assert_eq!(entry["act"], "wallet.frozen");
        assert_eq!(
            (&entry["actor"], &entry["outcome"]),
            (&me.body["id"], &json!("done"))
        );
        assert_eq!(entry["address"], "192.0.2.7");
        assert!(entry["credential"].as_str().unwrap().starts_with("ses_"));
        app.close().await;
    })
    .await;
}
