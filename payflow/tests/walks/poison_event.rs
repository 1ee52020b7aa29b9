//! An event that cannot be handled becomes a dead letter; when the cause is mended it is replayed,
//! and has its effect once.

use serde_json::{Value, json};
use testkit::{Engine, TestStore, engines};

use super::{call, send, told_of};
use crate::process::{Server, Wait, run_with_input, store_words};

const PASSWORD: &str = "correct horse battery staple";

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

/// Makes an administrator before the server starts.
pub(super) fn make_admin(store: &TestStore) {
    let create = "user create --email ada@example.org --role admin --password-stdin";
    let words = create.split(' ').map(str::to_owned);
    let made = run_with_input(words.chain(store_words(store)), &format!("{PASSWORD}\n"));
    assert!(made.status.success());
}

pub(super) async fn admin(server: &Server) -> String {
    let login = json!({"email": "ada@example.org", "password": PASSWORD});
    let login = server.call("POST", "/auth/login", None, None, Some(&login));
    let (_, _, answer) = login.await.unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Waits until everybody has heard of all that has happened.
async fn all_is_told(server: &Server, admin: &str) {
    let mut wait = Wait::until("no queue holds anything");
    loop {
        let queues = server.get("/admin/queues", admin).await;
        let queues = queues["data"].as_array().unwrap();
        if queues.iter().all(|queue| queue["depth"] == 0) {
            return;
        }
        wait.turn().await;
    }
}

/// The event of a transaction as a dead letter, once it is one.
async fn letter_of(server: &Server, admin: &str, sent: &str) -> Value {
    let mut wait = Wait::until("the event is given up");
    while dead_letters(server, admin).await.is_empty() {
        wait.turn().await;
    }
    let letter = dead_letters(server, admin).await.remove(0);
    let expected = (&json!(sent), &json!(8));
    assert_eq!(
        (&letter["subject"], &letter["attempts"]),
        expected,
        "{letter}"
    );
    letter
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_event_goes_to_the_dead_letters_and_is_replayed() {
    for engine in engines() {
        let store = TestStore::new(engine);
        make_admin(&store);
        let server = Server::start(&store, &[]);
        let admin = admin(&server).await;
        let (alice, bob) = (server.register("alice").await, server.register("bob").await);
        let from = server.wallet(&alice, "USD", Some("100.00")).await;
        let to = server.wallet(&bob, "USD", None).await;
        let path = "/users/me/notification-preferences";
        let wanted = server.get(path, &bob).await;
        let put = async || {
            call(&server, "PUT", path, &bob, Some(wanted.clone()))
                .await
                .0
        };
        assert_eq!(put().await, 200);
        all_is_told(&server, &admin).await;
        damage(&store).await;

        let sent = send(&server, &alice, (&from, &to)).await;
        let letter = letter_of(&server, &admin, &sent).await;
        let groups = server.get("/admin/dead-letters/groups", &admin).await;
        assert_eq!(groups["data"][0]["count"], 1, "{groups}");
        let (status, _) = call(&server, "GET", "/admin/dead-letters", &bob, None).await;
        assert_eq!(status, 403);
        // It holds up nobody.
        let carol = server.register("carol").await;
        let next = server.wallet(&carol, "USD", None).await;
        let next = send(&server, &alice, (&from, &next)).await;
        let told = told_of(&server, &carol, &next).await;
        assert_eq!(told["type"], "money_received");
        let told = told_of(&server, &admin, "notifications:payments").await;
        assert_eq!(told["type"], "operator_dead_letters");

        // Replayed before the cause is mended it fails again; after that it is handled, once.
        let id = letter["id"].as_str().unwrap();
        let replay = format!("/admin/dead-letters/{id}/replay");
        let replay = async || call(&server, "POST", &replay, &admin, None).await;
        assert_eq!(replay().await.0, 422);
        assert_eq!(put().await, 200);
        let (status, answer) = replay().await;
        let replayed = (200, &json!("replayed"));
        assert_eq!((status, &answer["state"]), replayed, "{answer}");
        let path = format!("/notifications?subject={sent}");
        let told = server.get(&path, &bob).await;
        assert_eq!(told["data"].as_array().unwrap().len(), 1, "{told}");
        assert_eq!(replay().await.0, 409);
        // Each attempt of an operator is in the audit trail.
        let trail = server.get(&format!("/audit?subject={id}"), &admin).await;
        assert_eq!(trail["data"].as_array().unwrap().len(), 3, "{trail}");
        assert!(server.stop());
    }
}
