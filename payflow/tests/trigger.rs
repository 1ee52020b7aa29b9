//! `payflow trigger`: each type that it can make comes by the stream.
#![cfg(test)]

use serde_json::json;
use testkit::{Engine, TestStore};

use crate::live::Stream;
use crate::process::{Server, run, stderr, stdout};

#[tokio::test(flavor = "multi_thread")]
async fn each_type_is_really_made_in_a_demo() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::start(&store, &["--demo"]);
    let login = json!({"email": "auditor@demo.payflow.example", "password": "demo-auditor-2026"});
    let (_, _, answer) = server
        .call("POST", "/auth/login", None, None, Some(&login))
        .await
        .unwrap();
    let auditor = answer["access_token"].as_str().unwrap();
    let list = stdout(&run(["trigger"]));
    let names: Vec<_> = list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(names.len() > 15, "{list}");
    for name in names {
        let mut stream = Stream::open(&server, auditor, &format!("?types={name}")).await;
        let made = run(["trigger", name, "--url", &server.url]);
        assert!(made.status.success(), "{name}: {}", stderr(&made));
        let event = stream.next().await.unwrap();
        assert_eq!(event["type"], name);
        let subject = event["subject"].as_str().unwrap();
        // The event of a key has its owner as the subject.
        let said = stdout(&made);
        assert!(
            said.contains(subject) || name.starts_with("api_key"),
            "{said} {event}"
        );
    }
    let unknown = run(["trigger", "transaction.flown", "--url", &server.url]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(server.stop());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_no_demo_is_refused_and_left_alone() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::start(&store, &[]);
    let refused = run(["trigger", "transaction.completed", "--url", &server.url]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("no demo"), "{}", stderr(&refused));
    assert!(server.stop());
}
