//! The end of an account, which takes two commits: one of payments, then one of identity.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use contracts::identity::{OrgId, UserId};
use contracts::payments::{Owner, Wallets, WalletsUnavailable};
use serde_json::json;
use tokio::sync::Notify;
use values::SECOND;

use crate::support::{App, PASSWORD, Purse, on_each_engine};

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

/// Payments that ends an owner and dies before it says so.
#[derive(Default)]
struct Dead {
    asked: Notify,
}

#[async_trait]
impl Wallets for Dead {
    async fn close_owner(&self, _: OrgId, _: UserId) -> Result<Owner, WalletsUnavailable> {
        self.asked.notify_one();
        std::future::pending().await
    }
}

/// Somebody whose closing was cut off between the two commits, and another node of a process that is started again.
async fn half_closed(app: &App, owner: Owner) -> (String, App) {
    let wallets = Arc::new(Dead::default());
    app.service.set_wallets(Arc::<Dead>::clone(&wallets));
    let token = app.registered("ann@example.com").await.access;
    let body = json!({ "password": PASSWORD });
    tokio::select! {
        answer = app.ask(&token, "DELETE", "/users/me", Some(body)) => panic!("{answer:?}"),
        () = wallets.asked.notified() => {}
    }
    let node = app.another_node().await;
    let purse = Purse(Ok(owner == Owner::HasOpenWallets));
    node.service.set_wallets(Arc::new(purse));
    (token, node)
}

async fn count(app: &App, sql: &'static str) -> i64 {
    let found: (i64,) = app.db.fetch_one(sql, vec![]).await.unwrap();
    found.0
}

const CLOSED: &str = "SELECT count(*) FROM users WHERE closed_at IS NOT NULL";
const BEGUN: &str = "SELECT count(*) FROM closings";

#[tokio::test]
async fn a_closing_that_was_cut_off_between_its_commits_is_finished_by_the_background() {
    on_each_engine(async |app| {
        let (token, node) = half_closed(&app, Owner::Closed).await;
        // Whoever asked may still be at it.
        node.service.finish_closings().await.unwrap();
        assert_eq!(
            (count(&app, CLOSED).await, count(&app, BEGUN).await),
            (0, 1)
        );
        node.clock.advance(180 * SECOND);
        for _ in 0..2 {
            node.service.finish_closings().await.unwrap();
            assert_eq!(
                (count(&app, CLOSED).await, count(&app, BEGUN).await),
                (1, 0)
            );
        }
        assert_eq!(node.me(&token).await.status, 401);
        let told =
            "SELECT count(*) FROM audit_entries WHERE act = 'user.closed' AND actor IS NOT NULL";
        assert_eq!(count(&app, told).await, 1);
        assert!(identity::verify_audit(&app.db).await.is_ok());
        // The e-mail is free again.
        node.registered("ann@example.com").await;
    })
    .await;
}

#[tokio::test]
async fn a_closing_is_forgotten_where_the_password_was_changed_or_a_wallet_is_open() {
    on_each_engine(async |app| {
        let (token, node) = half_closed(&app, Owner::Closed).await;
        let body = json!({ "current_password": PASSWORD, "new_password": "another horse, another battery" });
        let changed = node.ask(&token, "POST", "/auth/change-password", Some(body)).await;
        assert!(changed.status < 300, "{changed:?}");
        node.clock.advance(180 * SECOND);
        node.service.finish_closings().await.unwrap();
        assert_eq!((count(&app, CLOSED).await, count(&app, BEGUN).await), (0, 0));
    })
    .await;
    on_each_engine(async |app| {
        let (_, node) = half_closed(&app, Owner::HasOpenWallets).await;
        node.clock.advance(180 * SECOND);
        node.service.finish_closings().await.unwrap();
        assert_eq!(
            (count(&app, CLOSED).await, count(&app, BEGUN).await),
            (0, 0)
        );
    })
    .await;
}

#[tokio::test]
async fn a_closing_waits_for_payments_to_be_there() {
    on_each_engine(async |app| {
        half_closed(&app, Owner::Closed).await;
        let node = app.another_node().await;
        node.clock.advance(180 * SECOND);
        assert!(node.service.finish_closings().await.is_err());
        assert_eq!(
            (count(&app, CLOSED).await, count(&app, BEGUN).await),
            (0, 1)
        );
    })
    .await;
}
