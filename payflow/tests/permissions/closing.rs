//! The end of an account, as identity and payments bring it about together.

use contracts::identity::Role;
use serde_json::json;

use crate::permissions::app::{PASSWORD, on_each_engine};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_closed_beside_new_wallets_leaves_none_open() {
    on_each_engine(async |app| {
        for round in 0..12 {
            let email = format!("ann{round}@example.com");
            let token = app.somebody(&email, Role::User).await;
            let open = || {
                let body = json!({"currency": "USD"});
                app.ask(Some(&token), "POST", "/api/v1/wallets", Some(body))
            };
            let close = async || {
                let body = json!({"password": PASSWORD});
                app.ask(Some(&token), "DELETE", "/api/v1/users/me", Some(body))
                    .await
            };
            let (one, closed, two, three) = tokio::join!(open(), close(), open(), open());
            let opened: Vec<_> = [one, two, three]
                .into_iter()
                .filter(|answer| answer.status == 201)
                .collect();
            for wallet in &opened {
                assert_eq!(closed.status, 409, "{wallet:?}, {closed:?}");
                let path = format!("/api/v1/wallets/{}/close", wallet.text_of("id"));
                let ended = app.ask(Some(&token), "POST", &path, Some(json!({}))).await;
                assert_eq!(ended.status, 200, "{ended:?}");
            }
            if !opened.is_empty() {
                assert_eq!(closed.code(), "wallets_open");
                assert_eq!(close().await.status, 204);
            }
        }
        app.close().await;
    })
    .await;
}
