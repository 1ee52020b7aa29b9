//! A PgBouncer between PayFlow and PostgreSQL: it works where each connection keeps its session,
//! and is refused where not.
#![cfg(test)]

use serde_json::json;
use testkit::{Engine, Pooler, TestStore, engines};

use crate::process::{Server, run, stderr};

fn words(url: &str) -> [String; 2] {
    ["--database-url".to_owned(), url.to_owned()]
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_by_the_session_everything_works() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let store = TestStore::new(Engine::Postgres);
    let pooler = Pooler::start("session");
    let url = pooler.url(store.database_url());
    let server = Server::launch(&words(&url), &[], &[]);
    let ann = server.register("ann").await;
    let bob = server.register("bob").await;
    let from = server.wallet(&ann, "USD", Some("10.00")).await;
    let to = server.wallet(&bob, "USD", None).await;
    for _ in 0..20 {
        let transfer = json!({
            "type": "transfer", "from_wallet": from, "to_wallet": to, "amount": "0.10", "currency": "USD",
        });
        let made = server.post("/transactions", &ann, transfer).await;
        assert_eq!(made["status"], "completed", "{made}");
    }
    assert!(server.stop());
    let verified = run(["verify".to_owned()].iter().chain(&words(&url)));
    assert!(verified.status.success(), "{}", stderr(&verified));
}

#[test]
fn a_pooler_that_shares_sessions_is_refused_with_what_to_do() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let store = TestStore::new(Engine::Postgres);
    let pooler = Pooler::start("transaction");
    let words = words(&pooler.url(store.database_url()));
    let serve = ["serve", "--listen", "127.0.0.1:0"].map(str::to_owned);
    let started = run(serve.iter().chain(&words));
    let said = stderr(&started);
    assert_eq!(started.status.code(), Some(1), "{said}");
    assert!(said.contains("pool_mode = session"), "{said}");
}
