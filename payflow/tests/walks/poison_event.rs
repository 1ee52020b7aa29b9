//! An event that cannot be handled becomes a dead letter; when the cause is mended it is replayed,
//! and has its effect once.

use serde_json::{Value, json};
use testkit::{Engine, TestStore, engines};

use super::{call, send, told_of};
use crate::process::{Server, Wait, run_with_input, store_words};

/// Writes something that cannot be read into the preferences of everybody who has some.
async fn damage(store: &TestStore) {
    let sql = "UPDATE preferences SET document = 'no JSON'";
    match store.engine() {
        Engine::Sqlite => {
            let file = store.folder().join("notifications.db");
            let file = rusqlite::Connection::open(file).unwrap();
            assert_eq!(file.execute(sql, []).unwrap(), 1);
        }
        Engine::Postgres => {
            let opened = store.open(notifications::SCHEMA, notifications::migrations());
            let db = opened.await.unwrap();
            assert_eq!(db.execute(sql, vec![]).await.unwrap(), 1);
        }
    }
}

async fn dead_letters(server: &Server, token: &str) -> Vec<Value> {
    let list = server.get("/admin/dead-letters?state=waiting", token).await;
    list["data"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_goes_to_the_dead_letters_and_is_replayed() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let create = [
            "user",
            "create",
            "--email",
            "ada@example.org",
            "--role",
            "admin",
            "--password-stdin",
        ];
        let create = create
            .map(str::to_owned)
            .into_iter()
            .chain(store_words(&store));
        assert!(
            run_with_input(create, "correct horse battery staple\n")
                .status
                .success()
        );
        let server = Server::start(&store, &[]);
        let login = json!({"email": "ada@example.org", "password": "correct horse battery staple"});
        let admin = server
            .call("POST", "/auth/login", None, None, Some(&login))
            .await
            .unwrap()
            .2;
        let admin = admin["access_token"].as_str().unwrap();
        let (alice, bob) = (server.register("alice").await, server.register("bob").await);
        let from = server.wallet(&alice, "USD", Some("100.00")).await;
        let to = server.wallet(&bob, "USD", None).await;
        let path = "/users/me/notification-preferences";
        let wanted = server.get(path, &bob).await;
        assert_eq!(
            call(&server, "PUT", path, &bob, Some(wanted.clone()))
                .await
                .0,
            200
        );
        damage(&store).await;

        let sent = send(&server, &alice, (&from, &to)).await;
        let mut wait = Wait::until("the event is given up");
        while dead_letters(&server, admin).await.is_empty() {
            wait.turn().await;
        }
        let letter = dead_letters(&server, admin).await.remove(0);
        assert_eq!(
            (&letter["subject"], &letter["attempts"]),
            (&json!(sent), &json!(8)),
            "{letter}"
        );
        let groups = server.get("/admin/dead-letters/groups", admin).await;
        assert_eq!(groups["data"][0]["count"], 1, "{groups}");
        assert_eq!(
            call(&server, "GET", "/admin/dead-letters", &bob, None)
                .await
                .0,
            403
        );
        // It holds up nobody.
        let carol = server.register("carol").await;
        let next = server.wallet(&carol, "USD", None).await;
        let next = send(&server, &alice, (&from, &next)).await;
        let told = told_of(&server, &carol, &next).await;
        assert_eq!(told["type"], "money_received");

        // Replayed before the cause is mended it fails again; after that it is handled, once.
        let replay = format!(
            "/admin/dead-letters/{}/replay",
            letter["id"].as_str().unwrap()
        );
        assert_eq!(call(&server, "POST", &replay, admin, None).await.0, 422);
        assert_eq!(call(&server, "PUT", path, &bob, Some(wanted)).await.0, 200);
        let (status, answer) = call(&server, "POST", &replay, admin, None).await;
        assert_eq!(
            (status, &answer["state"]),
            (200, &json!("replayed")),
            "{answer}"
        );
        let told = server
            .get(&format!("/notifications?subject={sent}"), &bob)
            .await;
        assert_eq!(told["data"].as_array().unwrap().len(), 1, "{told}");
        assert_eq!(call(&server, "POST", &replay, admin, None).await.0, 409);
        // Each attempt of an operator is in the audit trail.
        let path = format!("/audit?subject={}", letter["id"].as_str().unwrap());
        let trail = server.get(&path, admin).await;
        assert_eq!(trail["data"].as_array().unwrap().len(), 3, "{trail}");
        assert!(server.stop());
    }
}
