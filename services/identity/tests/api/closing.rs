//! The end of an account, which takes two commits: one of payments, then one of identity.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, header};
use contracts::identity::{OrgId, Role, UserId};
use contracts::payments::{Owner, Wallets, WalletsUnavailable};
use serde_json::json;
use tokio::sync::Notify;
use values::{DAY, SECOND};

use crate::support::{Answer, App, PASSWORD, Purse, on_each_engine};

const NEW: &str = "purple velocipede uphill";

/// Payments that ends an owner when it is told to.
#[derive(Default)]
struct WaitingWallets {
    asked: Notify,
    go_on: Notify,
}

#[async_trait]
impl Wallets for WaitingWallets {
    async fn close_owner(&self, _: OrgId, _: UserId) -> Result<Owner, WalletsUnavailable> {
        self.asked.notify_one();
        self.go_on.notified().await;
        Ok(Owner::Closed)
    }
}

#[tokio::test]
async fn an_account_is_closed_to_the_end_though_the_client_hangs_up() {
    on_each_engine(async |app| {
        let wallets = Arc::new(WaitingWallets::default());
        app.service
            .set_wallets(Arc::<WaitingWallets>::clone(&wallets));
        let token = app.registered("ann@example.com").await.access;
        let body = json!({ "password": PASSWORD });
        tokio::select! {
            answer = app.ask(&token, "DELETE", "/users/me", Some(body)) => panic!("{answer:?}"),
            () = wallets.asked.notified() => {}
        }
        // Anyone who asked is gone now.
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

/// Somebody whose closing was cut off between the two commits, and another node of a process that
/// is started again.
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
        // Anyone who asked may still be at it.
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
async fn a_closing_that_was_begun_by_a_clock_that_was_ahead_is_finished_once_the_clock_is_right() {
    on_each_engine(async |app| {
        app.clock.step(DAY);
        let (_, node) = half_closed(&app, Owner::Closed).await;
        app.clock.step(-DAY);
        node.service.finish_closings().await.unwrap();
        assert_eq!(
            (count(&app, CLOSED).await, count(&app, BEGUN).await),
            (1, 0)
        );
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

/// What `POST /users` sends for somebody whose e-mail a stranger has registered.
async fn replace(app: &App, admin: &str, key: &str, email: &str) -> Answer {
    let body = json!({"email": email, "name": "Ann", "password": NEW, "role": "user"});
    let request = Request::post("/api/v1/users")
        .header(header::AUTHORIZATION, format!("Bearer {admin}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", key)
        .body(Body::from(body.to_string()))
        .unwrap();
    app.send(request).await
}

/// Payments that counts what it is told.
#[derive(Default)]
struct Counting(AtomicU32);

#[async_trait]
impl Wallets for Counting {
    async fn close_owner(&self, _: OrgId, _: UserId) -> Result<Owner, WalletsUnavailable> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Owner::Closed)
    }
}

#[tokio::test]
async fn a_user_who_is_refused_half_closes_no_account() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        let wallets = Arc::new(Counting::default());
        app.service.set_wallets(Arc::<Counting>::clone(&wallets));
        let (ann, bob) = ("ann@example.com", "bob@example.com");
        let squatters = [app.registered(ann).await, app.registered(bob).await];
        // Both look for an answer under the key before one is written.
        let (ann, bob) = tokio::join!(
            replace(&app, &admin, "one", ann),
            replace(&app, &admin, "one", bob)
        );
        let mut made = 0;
        for (answer, squatter) in [ann, bob].iter().zip(&squatters) {
            let goes_on = app.me(&squatter.access).await.status == 200;
            assert_eq!(answer.status == 201, !goes_on, "{answer:?}");
            made += u32::from(answer.status == 201);
        }
        assert_eq!((made, wallets.0.load(Ordering::SeqCst)), (1, 1));
        assert_eq!(count(&app, BEGUN).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_replaced_to_the_end_though_the_client_hangs_up() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        let wallets = Arc::new(WaitingWallets::default());
        app.service
            .set_wallets(Arc::<WaitingWallets>::clone(&wallets));
        let squatter = app.registered("ann@example.com").await.access;
        tokio::select! {
            answer = replace(&app, &admin, "one", "ann@example.com") => panic!("{answer:?}"),
            () = wallets.asked.notified() => {}
        }
        wallets.go_on.notify_one();
        let replaced = async {
            while app.me(&squatter).await.status == 200 {
                tokio::task::yield_now().await;
            }
        };
        let replaced = tokio::time::timeout(Duration::from_mins(1), replaced).await;
        assert!(replaced.is_ok(), "the account is half closed");
        assert_eq!(app.log_in("ann@example.com", NEW).await.status, 200);
        assert_eq!(count(&app, BEGUN).await, 0);
    })
    .await;
}

/// Payments that ends an owner and loses the answer.
struct Lost;

#[async_trait]
impl Wallets for Lost {
    async fn close_owner(&self, _: OrgId, _: UserId) -> Result<Owner, WalletsUnavailable> {
        Err(WalletsUnavailable("lost".into()))
    }
}

#[tokio::test]
async fn an_account_that_was_half_replaced_is_closed_by_the_background_whatever_was_done_since() {
    on_each_engine(async |app| {
        let (_, admin) = app.somebody("admin@example.com", Role::Admin).await;
        app.service.set_wallets(Arc::new(Lost));
        let squatter = app.registered("ann@example.com").await.access;
        let failed = replace(&app, &admin, "one", "ann@example.com").await;
        assert_eq!(failed.status, 503);
        assert_eq!(
            (count(&app, CLOSED).await, count(&app, BEGUN).await),
            (0, 1)
        );
        let body = json!({ "current_password": PASSWORD, "new_password": NEW });
        let changed = app.ask(&squatter, "POST", "/auth/change-password", Some(body));
        assert!(changed.await.status < 300);

        let node = app.another_node().await;
        node.service.set_wallets(Arc::new(Purse(Ok(false))));
        node.clock.advance(180 * SECOND);
        node.service.finish_closings().await.unwrap();
        assert_eq!(
            (count(&app, CLOSED).await, count(&app, BEGUN).await),
            (1, 0)
        );
        assert_eq!(node.log_in("ann@example.com", NEW).await.status, 401);
        node.registered("ann@example.com").await;
    })
    .await;
}
