//! Somebody stops a queue: operators are alerted, one of them acknowledges it, and it ends once the
//! queue goes on.

use serde_json::{Value, json};
use testkit::{TestStore, engines};

use super::poison_event::{admin, make_admin};
use super::{call, told_of};
use crate::process::{Server, Wait, store_words};

const QUEUE: &str = "/admin/queues/notifications:identity";
/// So that nobody waits.
const OFTEN: (&str, &str) = ("PAYFLOW__OPERATIONS__LOOK_EVERY_SECONDS", "1");

/// The alert of the queue, once it is so.
async fn alert(server: &Server, token: &str, status: &str) -> Value {
    let mut wait = Wait::until("the alert is there, or over");
    let path = format!("/alerts?kind=queue_paused&status={status}");
    loop {
        let alerts = server.get(&path, token).await;
        if let Some(alert) = alerts["data"].get(0) {
            return alert.clone();
        }
        wait.turn().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_stands_still_is_an_alert_until_it_goes_on() {
    for engine in engines() {
        let store = TestStore::new(engine);
        make_admin(&store);
        let server = Server::launch(&store_words(&store), &[], &[OFTEN]);
        let admin = admin(&server).await;
        let alice = server.register("alice").await;
        server
            .post(&format!("{QUEUE}/pause"), &admin, json!({}))
            .await;
        let open = alert(&server, &admin, "open").await;
        let id = open["id"].as_str().unwrap();
        assert_eq!(open["subject"], "notifications:identity");
        let told = told_of(&server, &admin, id).await;
        assert_eq!(told["type"], "operator_alert");
        let acknowledge = format!("/alerts/{id}/acknowledge");
        let comment = Some(json!({"comment": "I have stopped it"}));
        let acknowledge =
            async |token: &str| call(&server, "POST", &acknowledge, token, comment.clone()).await;
        assert_eq!(acknowledge(&alice).await.0, 403);
        let (status, answer) = acknowledge(&admin).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["acknowledged"]["comment"], "I have stopped it");
        let (status, answer) = acknowledge(&admin).await;
        let refused = (409, &json!("already_acknowledged"));
        assert_eq!((status, &answer["code"]), refused, "{answer}");
        server
            .post(&format!("{QUEUE}/resume"), &admin, json!({}))
            .await;
        let over = alert(&server, &admin, "resolved").await;
        assert_eq!(
            (&over["id"], &over["resolved"]["by"]),
            (&open["id"], &Value::Null)
        );
        let trail = server.get(&format!("/audit?subject={id}"), &admin).await;
        assert_eq!(trail["data"][0]["act"], "alert.acknowledged", "{trail}");
        assert!(server.stop());
    }
}
