//! A disk that takes no more under a running server: anyone who asks is told, health says so, and
//! once there is room again everything goes on without a restart.
#![cfg(test)]

use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{Engine, TestStore};

use crate::process::{Server, Wait, run, stderr, store_words};

/// The status, and the code of a refusal.
async fn log_in(server: &Server) -> (u16, Value) {
    let body = json!({ "email": "ann@example.org", "password": "a long password of ann" });
    let answer = server.call("POST", "/auth/login", None, None, Some(&body));
    let (status, _, answer) = answer.await.unwrap();
    (status, answer["code"].clone())
}

async fn health(server: &Server, path: &str) -> (u16, Value) {
    let answer = server.client.get(format!("{}{path}", server.url)).send();
    let answer = answer.await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        serde_json::from_str(&answer.text().await.unwrap()).unwrap(),
    )
}

/// Lets no file of the process grow beyond so many bytes, as a full disk does.
fn limit_files(server: &Server, bytes: &str) {
    let words = [
        format!("--pid={}", server.pid()),
        format!("--fsize={bytes}:unlimited"),
    ];
    assert!(
        Command::new("prlimit")
            .args(words)
            .status()
            .unwrap()
            .success()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_of_and_everything_goes_on_when_there_is_room() {
    let store = TestStore::new(Engine::Sqlite);
    let words = store_words(&store);
    let server = Arc::new(Server::launch_without_file_signal(
        &words,
        &[("PAYFLOW__GATEWAY__REQUEST_TIMEOUT_MS", "1000")],
    ));
    let token = server.register("ann").await;
    let wallet = server.wallet(&token, "USD", Some("5.00")).await;
    limit_files(&server, "4096");
    // Logins fail, in the same way each time.
    for _ in 0..3 {
        let (status, code) = log_in(&server).await;
        assert_eq!(status, 503, "{code}");
    }
    let deposit = json!({
        "type": "deposit", "to_wallet": wallet, "amount": "1.00", "currency": "USD",
        "source": { "kind": "card", "token": "tok_ok" },
    });
    let asked = server.call(
        "POST",
        "/transactions",
        Some(&token),
        Some("a deposit"),
        Some(&deposit),
    );
    let (status, _, refused) = asked.await.unwrap();
    // The disk failed in the middle of the commit: what became of it is not known before the disk
    // says so.
    assert!(matches!(status, 503 | 504), "{status} {refused}");
    for path in ["/health", "/ready"] {
        let mut wait = Wait::until("health says so");
        let said = loop {
            let (status, said) = health(&server, path).await;
            if status == 503 {
                break said;
            }
            wait.turn().await;
        };
        let checks = &said["checks"];
        assert_eq!(checks["identity_store"]["status"], "failing", "{said}");
    }
    let mut wait = Wait::until("health says so of the journal");
    while health(&server, "/health").await.1["checks"]["journal"]["status"] != "failing" {
        wait.turn().await;
    }
    limit_files(&server, "unlimited");
    let mut wait = Wait::until("health says that all is well");
    while health(&server, "/ready").await.0 != 200 {
        wait.turn().await;
    }
    assert_eq!(log_in(&server).await.0, 200);
    let asked = server.call(
        "POST",
        "/transactions",
        Some(&token),
        Some("a deposit"),
        Some(&deposit),
    );
    let (status, _, made) = asked.await.unwrap();
    assert_eq!(status, 201, "{made}");
    assert!(server.stop());
    let verified = run(["verify".to_owned()].iter().chain(&words));
    assert!(verified.status.success(), "{}", stderr(&verified));
}
