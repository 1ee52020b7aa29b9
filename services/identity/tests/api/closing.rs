//! The end of an account, which takes two commits: one of payments, then one of identity.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contracts::identity::{OrgId, UserId};
use contracts::payments::{Owner, Wallets, WalletsUnavailable};
use serde_json::json;
use tokio::sync::Notify;

use crate::support::{PASSWORD, on_each_engine};

/// Payments that ends an owner when it is told to.
#[derive(Default)]
struct Held {
    asked: Notify,
    go_on: Notify,
}

#[async_trait]
impl Wallets for Held {
    async fn close_owner(&self, _: OrgId, _: UserId) -> Result<Owner, WalletsUnavailable> {
        self.asked.notify_one();
        self.go_on.notified().await;
        Ok(Owner::Closed)
    }
}

#[tokio::test]
async fn an_account_is_closed_to_the_end_though_the_client_hangs_up() {
    on_each_engine(async |app| {
        let wallets = Arc::new(Held::default());
        app.service.set_wallets(Arc::<Held>::clone(&wallets));
        let token = app.registered("ann@example.com").await.access;
        let body = json!({ "password": PASSWORD });
        tokio::select! {
            answer = app.ask(&token, "DELETE", "/users/me", Some(body)) => panic!("{answer:?}"),
            () = wallets.asked.notified() => {}
        }
        // Whoever asked is gone now.
        wallets.go_on.notify_one();
        let closed = async {
            while app.me(&token).await.status == 200 {
                tokio::task::yield_now().await;
            }
        };
        let closed = tokio::time::timeout(Duration::from_mins(1), closed).await;
        assert!(closed.is_ok(), "the account is still open");
        let count = "SELECT count(*) FROM users WHERE closed_at IS NOT NULL";
        let kept: Option<(i64,)> = app.db.fetch_optional(count, vec![]).await.unwrap();
        assert_eq!(kept, Some((1,)));
    })
    .await;
}
