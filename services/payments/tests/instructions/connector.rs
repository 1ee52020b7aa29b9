//! The whole way over HTTP: payments, the HTTP connector, an acquirer behind the protocol, its
//! notifications back.

use std::sync::Arc;

use payments::Config;
use payments::acquirer::simulated::Simulated;
use payments::acquirer::{AcquirerConfig, Connector};
use testkit::{FakeClock, TestStore, engines};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::harness::{App, HOUR, config};
use crate::acquirer::server::{protocol, send_on, serve};

const API_KEY: &str = "key-of-the-caller-0001";
const NOTIFICATION_KEY: &str = "key-of-the-signer-0001";

/// Payments whose acquirer is another server, and that server. Late is late by a millisecond.
async fn each(test: impl AsyncFn(App)) {
    for engine in engines() {
        let (store, clock) = (TestStore::new(engine), FakeClock::new());
        let behind = AcquirerConfig {
            late_ms: 1,
            ..AcquirerConfig::default()
        };
        let (told, notifications) = mpsc::unbounded_channel();
        let acquirer = serve(protocol(Arc::new(Simulated::new(&behind, told)), API_KEY)).await;
        let connector = AcquirerConfig {
            connector: Connector::Http,
            timeout_ms: 60_000,
            url: format!("{}/v1", acquirer.url),
            api_key: API_KEY.into(),
            notification_key: NOTIFICATION_KEY.into(),
            ..AcquirerConfig::default()
        };
        let config = Config {
            acquirer: connector,
            ..config()
        };
        let connected = payments::acquirer::build(&config.acquirer).unwrap();
        let app = App::open(&store, &clock, connected, config).await;
        let front = serve(app.router.clone()).await;
        let url = format!("{}/api/v1/acquirer/notifications", front.url);
        let mut tasks = JoinSet::new();
        tasks.spawn(send_on(notifications, url, NOTIFICATION_KEY, clock));
        let service = app.service.clone();
        test(app).await;
        service.close().await;
    }
}

#[tokio::test]
async fn answers_at_once_come_back_to_the_caller() {
    each(async |app| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        assert_eq!(app.deposit(&wallet, "tok_ok").await.made().1, "completed");
        let declined = app.withdraw(&wallet, "tok_declined").await;
        assert_eq!(declined.made().1, "failed");
        assert_eq!(declined.body["failure"]["code"], "account_rejected");
        assert_eq!(app.withdraw(&wallet, "tok_ok").await.made().1, "completed");
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn late_approvals_come_as_signed_notifications() {
    each(async |app| {
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let (id, status) = app.withdraw(&wallet, "tok_late").await.made();
        assert_eq!(status, "processing");
        app.until(&id, "completed").await;
        assert_eq!(app.balance(&wallet).await, ("37.50".into(), "0.00".into()));
    })
    .await;
}

#[tokio::test]
async fn while_the_acquirer_cannot_be_reached_the_money_stays_held() {
    for engine in engines() {
        let (store, clock) = (TestStore::new(engine), FakeClock::new());
        // A port that was free a moment ago.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let connector = AcquirerConfig {
            connector: Connector::Http,
            url: format!("http://{address}/v1"),
            api_key: API_KEY.into(),
            notification_key: NOTIFICATION_KEY.into(),
            ..AcquirerConfig::default()
        };
        let config = Config {
            acquirer: connector,
            ..config()
        };
        let connected = payments::acquirer::build(&config.acquirer).unwrap();
        let app = App::open(&store, &clock, connected, config).await;
        let wallet = app.wallet("ann", "EUR", 5_000).await;
        let (id, status) = app.withdraw(&wallet, "tok_ok").await.made();
        assert_eq!(status, "unresolved");
        for attempts in 2..=10 {
            clock.advance(HOUR);
            app.tick().await;
            assert_eq!(app.due_in(&id).await.0, attempts);
        }
        assert_eq!(app.due_in(&id).await, (10, None));
        assert_eq!(app.balance(&wallet).await, ("50.00".into(), "12.50".into()));
        app.service.close().await;
    }
}
