//! A server that is told to stop: load balancers learn of it first, and anyone who insists is
//! obeyed at once.
#![cfg(test)]

use std::sync::Arc;

use testkit::{Engine, TestStore};

use crate::process::{Server, Wait, store_words};

/// Long enough that the test fails where it is waited for.
const DRAIN: (&str, &str) = ("PAYFLOW__GATEWAY__SHUTDOWN_DRAIN_MS", "86400000");

async fn status(server: &Server, path: &str) -> u16 {
    // A connection of its own: the listener is what is asked for.
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).build();
    let answer = client.unwrap().get(format!("{}{path}", server.url)).send();
    answer.await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_told_to_stop_is_not_ready_first_and_a_second_signal_ends_it() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Arc::new(Server::launch(&store_words(&store), &[], &[DRAIN]));
    assert_eq!(status(&server, "/ready").await, 200);
    server.signal("TERM");
    let mut wait = Wait::until("the server says that it is not ready");
    while status(&server, "/ready").await != 503 {
        wait.turn().await;
    }
    // It still takes connections and does its work.
    assert_eq!(status(&server, "/health").await, 200);
    let token = server.register("late").await;
    server.wallet(&token, "USD", Some("1.00")).await;
    assert!(
        !server.stop(),
        "told twice it ends at once, and says so by its exit code"
    );
    // What was acknowledged is there.
    let verified = crate::process::run(["verify".to_owned()].iter().chain(&store_words(&store)));
    assert!(
        verified.status.success(),
        "{}",
        crate::process::stderr(&verified)
    );
    assert!(!crate::process::stdout(&verified).contains("verified: 0 transfers"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_drain_one_signal_is_enough() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::launch(&store_words(&store), &[], &[]);
    assert_eq!(status(&server, "/ready").await, 200);
    assert!(server.stop());
}
