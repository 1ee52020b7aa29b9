//! A store whose last commit lies in the future, and a database that is not the one that was
//! opened: what the program says, and how an operator gets out of it.
#![cfg(test)]

use std::sync::Arc;

use payments::journal::sqlite::SqliteStore;
use payments::journal::{Journal, JournalConfig};
use payments_core::command::{Actor, Command, NewAccount, Operation};
use platform::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use testkit::{Engine, FakeClock, TestStore};
use values::{DAY, Timestamp};

use crate::process::{Server, run, stderr, stdout, store_words};

/// A store with one commit, made while the clock was ahead.
async fn made_ahead(ahead: i64) -> TestStore {
    let store = TestStore::new(Engine::Sqlite);
    let file = store.folder().join("payments.db");
    let db = db::Db::open_sqlite(&file, payments::migrations())
        .await
        .unwrap();
    db.close().await;
    let told = store.folder().join("notifications.db");
    let told = db::Db::open_sqlite(&told, notifications::migrations()).await;
    told.unwrap().close().await;
    let risk = store.folder().join("risk.db");
    let risk = db::Db::open_sqlite(&risk, risk::migrations()).await;
    risk.unwrap().close().await;
    let identity = store.open(identity::SCHEMA, identity::migrations()).await;
    identity.unwrap().close().await;
    let clock = FakeClock::at(SystemClock.now().plus(ahead));
    let opened = Box::new(SqliteStore::open(&file).unwrap());
    let journal = Journal::start(opened, clock, JournalConfig::default()).unwrap();
    let account = NewAccount {
        id: testkit::ids(Arc::new(SystemClock)).next(),
        currency: money::Currency::USD,
        code: 100,
        terms: ledger::AccountTerms {
            flags: ledger::Flags::default(),
            overdraft_limit: 0,
            max_balance: None,
        },
    };
    let open = Command {
        org: 1,
        actor: Actor::System,
        idempotency: None,
        request_id: None,
        operation: Operation::OpenAccounts(vec![account]),
    };
    journal.submit(open).await.unwrap();
    tokio::task::spawn_blocking(move || journal.close())
        .await
        .unwrap();
    store
}

async fn open_wallet(server: &Server, token: &str) -> (u16, Value) {
    let body = json!({ "currency": "USD" });
    let asked = server.call("POST", "/wallets", Some(token), None, Some(&body));
    let (status, _, answer) = asked.await.unwrap();
    (status, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_stop_until_an_operator_accepts_the_clock_and_both_chains_tell_of_it() {
    let store = made_ahead(40 * DAY).await;
    let server = Server::start(&store, &[]);
    let token = server.register("ann").await;
    let (status, refused) = open_wallet(&server, &token).await;
    assert_eq!((status, &refused["code"]), (503, &json!("clock_untrusted")));
    let health = health(&server).await;
    assert_eq!(health["checks"]["clock"]["status"], "failing", "{health}");
    let told = health["checks"]["clock"]["detail"].as_str().unwrap();
    assert!(told.contains("payflow clock accept"), "{told}");
    assert!(
        server.log().contains("no commits until the clock"),
        "{}",
        server.log()
    );
    let mut words = vec!["clock".to_owned(), "accept".to_owned()];
    words.extend(["--reason".to_owned(), "a battery was empty".to_owned()]);
    words.extend(store_words(&store));
    let beside_it = run(&words);
    assert_eq!(beside_it.status.code(), Some(1));
    let told = stderr(&beside_it);
    assert!(
        told.contains("a running server: stop that one first"),
        "{told}"
    );
    assert!(server.stop());

    let accepted = run(&words);
    assert!(accepted.status.success(), "{}", stderr(&accepted));
    assert!(
        stdout(&accepted).starts_with("Commits go on at "),
        "{}",
        stdout(&accepted)
    );
    assert!(
        !stderr(&accepted).contains("ERROR"),
        "{}",
        stderr(&accepted)
    );
    let trail = rusqlite::Connection::open(store.folder().join("identity.db")).unwrap();
    let sql = "SELECT details FROM audit_entries WHERE act = 'clock.accepted'";
    let details: String = trail.query_row(sql, [], |row| row.get(0)).unwrap();
    assert!(details.contains("a battery was empty"), "{details}");
    drop(trail);

    let server = Server::start(&store, &[]);
    let (status, made) = open_wallet(&server, &token).await;
    assert_eq!(status, 201, "{made}");
    let at: Timestamp = made["created_at"].as_str().unwrap().parse().unwrap();
    assert!(at <= SystemClock.now(), "{at}");
    let health = self::health(&server).await;
    assert_eq!(health["checks"]["clock"]["status"], "ok", "{health}");
    assert!(server.stop());
    let words: Vec<_> = ["verify".to_owned()]
        .into_iter()
        .chain(store_words(&store))
        .collect();
    let verified = run(&words);
    assert!(verified.status.success(), "{}", stderr(&verified));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_little_behind_is_warned_of() {
    let store = made_ahead(300 * 1_000_000).await;
    let server = Server::start(&store, &[]);
    let health = health(&server).await;
    assert_eq!(health["status"], "ok", "{health}");
    assert_eq!(health["checks"]["clock"]["status"], "warning", "{health}");
    let token = server.register("ann").await;
    assert_eq!(open_wallet(&server, &token).await.0, 201);
    assert!(server.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_replaced_under_a_running_server_is_said_before_anything_is_lost() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::start(&store, &[]);
    let token = server.register("ann").await;
    assert_eq!(open_wallet(&server, &token).await.0, 201);
    let file = store.folder().join("payments.db");
    let copy = store.folder().join("copy.db");
    std::fs::copy(&file, &copy).unwrap();
    std::fs::rename(&copy, &file).unwrap();
    let (status, refused) = open_wallet(&server, &token).await;
    assert_eq!((status, &refused["code"]), (503, &json!("history_lost")));
    let health = health(&server).await;
    for check in ["payments_store", "journal"] {
        assert_eq!(health["checks"][check]["status"], "failing", "{health}");
    }
    assert!(server.stop());
}

async fn health(server: &Server) -> Value {
    let asked = server.client.get(format!("{}/health", server.url)).send();
    asked.await.unwrap().json().await.unwrap()
}
