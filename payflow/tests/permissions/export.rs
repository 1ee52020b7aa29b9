//! What somebody gets who asks for all that is kept about them.

use contracts::identity::Role;
use serde_json::{Value, json};

use crate::permissions::app::{App, on_each_engine};

const EXPORT: &str = "/api/v1/users/me/export";

async fn deposit(app: &App, token: &str) -> (String, String) {
    let wallet = json!({"currency": "USD"});
    let wallet = app
        .ask(Some(token), "POST", "/api/v1/wallets", Some(wallet))
        .await;
    let wallet = wallet.text_of("id");
    let body = json!({"type": "deposit", "to_wallet": wallet, "amount": "5", "currency": "USD",
        "source": {"kind": "card", "token": "tok_ok"}});
    let made = app
        .ask(Some(token), "POST", "/api/v1/transactions", Some(body))
        .await;
    (wallet, made.text_of("id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_what_each_service_keeps_and_nothing_of_others_and_no_secret() {
    on_each_engine(async |app| {
        let ann = app.somebody("ann@example.com", Role::Admin).await;
        let bob = app.somebody("bob@example.com", Role::User).await;
        let (wallet, transaction) = deposit(&app, &ann).await;
        let (others_wallet, others_transaction) = deposit(&app, &bob).await;
        let key = app.key(&ann, &["ledger"]).await;
        let told = app.ask(Some(&ann), "GET", EXPORT, None).await;
        assert_eq!(told.status, 200, "{told:?}");
        let sections = &told.body["sections"];
        for name in [
            "profile",
            "organisation",
            "preferences",
            "second_factors",
            "linked_accounts",
            "sessions",
            "api_keys",
            "wallets",
            "transactions",
            "notifications",
            "notification_preferences",
            "phone",
            "push_devices",
            "webhook_endpoints",
            "risk",
            "kyc",
        ] {
            assert!(sections.get(name).is_some(), "{name}: {sections:#}");
        }
        assert_eq!(sections["profile"]["email"], "ann@example.com");
        assert_eq!(sections["wallets"]["data"][0]["id"], wallet.as_str());
        assert_eq!(
            sections["transactions"]["data"][0]["id"],
            transaction.as_str()
        );
        assert_eq!(sections["transactions"]["complete"], true);
        assert!(!sections["sessions"]["data"].as_array().unwrap().is_empty());
        assert_eq!(sections["api_keys"]["data"].as_array().unwrap().len(), 1);
        for foreign in [&others_wallet, &others_transaction, &key] {
            assert!(!told.text.contains(foreign.as_str()), "{foreign}");
        }
        assert!(!told.text.contains("bob@example.com"));
        app.close().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_in_the_audit_trail_and_only_so_many_are_made() {
    on_each_engine(async |app| {
        let ann = app.somebody("ann@example.com", Role::Admin).await;
        for _ in 0..5 {
            let told = app.ask(Some(&ann), "GET", EXPORT, None).await;
            assert_eq!(told.status, 200, "{told:?}");
        }
        let refused = app.ask(Some(&ann), "GET", EXPORT, None).await;
        assert_eq!((refused.status, refused.code()), (429, "too_many_exports"));
        let trail = app
            .ask(Some(&ann), "GET", "/api/v1/audit?limit=100", None)
            .await;
        let entries = trail.body["data"].as_array().unwrap();
        let exports = |entry: &&Value| entry["act"] == "user.data_exported";
        assert_eq!(entries.iter().filter(exports).count(), 5, "{trail:?}");
        app.close().await;
    })
    .await;
}
