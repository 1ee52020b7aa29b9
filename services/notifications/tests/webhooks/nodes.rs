//! Several nodes on one store, nodes that die, and operators that stop queues.

use std::collections::BTreeSet;

use serde_json::json;
use testkit::engines;

use super::receiver::Answer;
use super::*;

#[tokio::test]
async fn two_nodes_send_each_webhook_once_and_in_order() {
    for engine in engines() {
        let app = app(engine).await;
        let (other, _) = app.another_node().await;
        let mut receivers = Vec::new();
        for who in ["ann", "bob", "operator"] {
            let receiver = Receiver::start().await;
            app.endpoint(who, &receiver.url(), &["*"]).await;
            receivers.push(receiver);
        }
        let mut sent = Vec::new();
        for round in 0..5 {
            sent.extend((0..20).map(|number| app.transfer(round * 20 + number).id.to_string()));
            let (one, two) = tokio::join!(app.service.catch_up(), other.catch_up());
            one.unwrap();
            two.unwrap();
            let (one, two) = tokio::join!(app.service.deliver_webhooks(), other.deliver_webhooks());
            one.unwrap();
            two.unwrap();
        }
        // What one node had not yet released, the other found claimed.
        app.deliver().await;
        for receiver in receivers {
            let received: Vec<_> = receiver
                .received()
                .iter()
                .map(|one| one.id().to_owned())
                .collect();
            assert_eq!(received, sent, "{engine:?}");
        }
    }
}

#[tokio::test]
async fn an_endpoint_that_another_node_has_made_gets_the_next_event() {
    for engine in engines() {
        let app = app(engine).await;
        let (other, _) = app.another_node().await;
        let receiver = Receiver::start().await;
        app.transfer(0);
        other.catch_up().await.unwrap();
        let (id, _) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        app.transfer(1);
        other.catch_up().await.unwrap();
        assert_eq!(other.deliver_webhooks().await.unwrap(), 1);
        app.request("bob", http::Method::DELETE, &format!("{PATH}/{id}"), None)
            .await;
        app.transfer(2);
        other.catch_up().await.unwrap();
        assert_eq!(other.deliver_webhooks().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn what_a_node_had_sent_when_it_died_is_sent_again_under_the_same_id() {
    for engine in engines() {
        let app = app(engine).await;
        let (other, clock) = app.another_node().await;
        let receiver = Receiver::start().await;
        receiver.answers([Answer::Never]);
        let (id, _) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        app.transfer(1);
        app.service.catch_up().await.unwrap();
        // The receiver has it, and nothing is written down.
        let delivering = app.service.clone();
        let delivering = tokio::spawn(async move { delivering.deliver_webhooks().await });
        receiver.wait_for(1).await;
        delivering.abort();
        assert!(delivering.await.is_err());
        assert_eq!(app.deliveries("bob", &id).await[0]["attempts"], json!([]));
        // Its claim holds for a while.
        assert_eq!(other.deliver_webhooks().await.unwrap(), 0);
        clock.advance(16 * SECOND);
        assert_eq!(other.deliver_webhooks().await.unwrap(), 1);
        let ids: BTreeSet<_> = receiver
            .received()
            .iter()
            .map(|one| one.id().to_owned())
            .collect();
        assert_eq!((receiver.received().len(), ids.len()), (2, 1));
    }
}

#[tokio::test]
async fn an_endpoint_is_a_queue_that_is_seen_and_stopped() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, _) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        app.transfer(1);
        app.service.catch_up().await.unwrap();
        let report = async || {
            let list = app.get("operator", "/admin/queues").await;
            let mut queues = list["data"].as_array().unwrap().iter();
            queues.find(|queue| queue["name"] == id).unwrap().clone()
        };
        let set = async |to: &str| {
            let path = format!("/admin/queues/{id}/{to}");
            let (status, queue) = app.send("operator", &path).await;
            assert_eq!((status, &queue["name"]), (StatusCode::OK, &json!(id)));
            queue
        };
        let waiting = report().await;
        assert_eq!(
            (&waiting["kind"], &waiting["depth"], &waiting["paused"]),
            (&json!("webhook_endpoint"), &json!(1), &json!(false))
        );
        assert!(waiting["oldest"].is_string());
        set("pause").await;
        assert_eq!(app.deliver().await, 0);
        assert!(report().await["paused"] == true && receiver.received().is_empty());
        assert_eq!(app.one("bob", &id).await["paused"], true);
        set("resume").await;
        assert_eq!(app.deliver().await, 1);
        let done = report().await;
        assert_eq!(
            (&done["depth"], &done["dead_letters"], &done["oldest"]),
            (&json!(0), &json!(0), &Value::Null)
        );
        assert!(done["per_second"].as_f64().unwrap() > 0.0);
        // One that is disabled is no queue.
        app.patch("bob", &id, json!({"status": "disabled"})).await;
        let (status, _) = app
            .send("operator", &format!("/admin/queues/{id}/pause"))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(app.one("bob", &id).await["paused"], false);
    }
}

#[tokio::test]
async fn old_deliveries_are_deleted_and_what_waits_is_not() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, _) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        app.transfer(1);
        app.deliver().await;
        let sql = "UPDATE webhook_endpoints SET paused = 1";
        app.db.execute(sql, vec![]).await.unwrap();
        app.transfer(2);
        app.deliver().await;
        app.clock.advance(31 * 24 * HOUR);
        app.service.delete_old_webhooks().await;
        let left = app.deliveries("bob", &id).await;
        assert_eq!((left.len(), &left[0]["status"]), (1, &json!("waiting")));
        let sql = "SELECT count(*) FROM webhook_attempts";
        let (attempts,): (i64,) = app.db.fetch_one(sql, vec![]).await.unwrap();
        assert_eq!(attempts, 0);
    }
}
