//! What is sent, to whom, in which order, and again.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::engines;

use super::receiver::Answer;
use super::*;

#[tokio::test]
async fn an_event_comes_signed_as_the_standard_says() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, secret) = app
            .endpoint("bob", &receiver.url(), &["transaction.completed"])
            .await;
        let event = app.transfer(1);
        app.feed.push(
            "wallet.frozen",
            "wal_1",
            &[(Party::Owner, "bob")],
            json!({}),
        );
        assert_eq!(app.deliver().await, 1);
        let received = receiver.received();
        let [one] = received.as_slice() else {
            panic!("{received:?}")
        };
        assert_eq!(one.id(), event.id.to_string());
        assert_eq!(one.header("content-type"), "application/json");
        assert_eq!(one.header("webhook-timestamp"), "1767225600");
        assert_eq!(signatures_with(&secret, one), 1);
        let body: Value = serde_json::from_str(&one.body).unwrap();
        assert_eq!(body["type"], "transaction.completed");
        assert_eq!(body["timestamp"], body["time"]);
        assert_eq!(body["id"], json!(event.id));
        assert_eq!(
            (&body["specversion"], &body["subject"]),
            (&json!("1.0"), &json!("txn_1"))
        );
        assert_eq!(body["data"]["amount"], "12.50");
        let [delivery] = &app.deliveries("bob", &id).await[..] else {
            panic!()
        };
        assert_eq!(
            (&delivery["status"], &delivery["attempts"][0]["status"]),
            (&json!("delivered"), &json!(200))
        );
        assert_eq!(app.deliver().await, 0);
    }
}

#[tokio::test]
async fn those_get_an_event_whom_it_concerns_and_operators() {
    for engine in engines() {
        let app = app(engine).await;
        let mut receivers = Vec::new();
        for who in ["ann", "bob", "shop", "operator", "stranger"] {
            let receiver = Receiver::start().await;
            app.endpoint(who, &receiver.url(), &["*"]).await;
            receivers.push((who, receiver));
        }
        app.transfer(1);
        assert_eq!(app.deliver().await, 3);
        for (who, receiver) in receivers {
            let expected = usize::from(["ann", "bob", "operator"].contains(&who));
            assert_eq!(receiver.received().len(), expected, "{who}");
            // What was sent of the transfer: to oneself, or for operators to anyone.
            let seen = if who == "operator" { 3 } else { expected };
            let path = format!("{PATH}/deliveries?subject=txn_1");
            let found = app.get(who, &path).await["data"]
                .as_array()
                .unwrap()
                .clone();
            assert_eq!(found.len(), seen, "{who}");
            for one in found {
                assert_eq!(one["attempts"][0]["status"], 200, "{one}");
            }
            let other = app
                .get(who, &format!("{PATH}/deliveries?subject=txn_2"))
                .await;
            assert_eq!(other["data"], json!([]));
        }
    }
}

#[tokio::test]
async fn after_two_failures_the_third_attempt_arrives_under_the_same_id_and_signed_anew() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, secret) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        let failure = Answer::With(500, "x-secret: 1\r\nserver: broken\r\n", "oh no".to_owned());
        receiver.answers([failure.clone(), failure]);
        app.transfer(1);
        assert_eq!(app.deliver().await, 1);
        assert_eq!(app.deliver().await, 0);
        app.clock.advance(6 * SECOND + 1);
        assert_eq!(app.deliver().await, 1);
        app.clock.advance(MINUTE);
        assert_eq!(app.deliver().await, 0);
        app.clock.advance(5 * MINUTE);
        assert_eq!(app.deliver().await, 1);
        let received = receiver.received();
        assert_eq!(received.len(), 3);
        for (one, at) in received
            .iter()
            .zip(["1767225600", "1767225606", "1767225966"])
        {
            assert_eq!((one.id(), &one.body), (received[0].id(), &received[0].body));
            assert_eq!(one.header("webhook-timestamp"), at);
            assert_eq!(signatures_with(&secret, one), 1);
        }
        let delivery = app.deliveries("bob", &id).await.remove(0);
        assert_eq!(delivery["status"], "delivered");
        let path = format!("{PATH}/deliveries/{}", delivery["id"].as_str().unwrap());
        let whole = app.get("bob", &path).await;
        assert_eq!(whole["body"]["id"], json!(received[0].id()));
        let first = &whole["attempts"][0];
        assert_eq!(
            (&first["status"], &first["response"]["body"]),
            (&json!(500), &json!("oh no"))
        );
        assert_eq!(first["response"]["headers"], json!({"server": "broken"}));
        assert_eq!(
            first["request"]["headers"]["webhook-id"],
            json!(received[0].id())
        );
        assert_eq!(first["request"]["url"], json!(receiver.url()));
        assert_eq!(whole["attempts"].as_array().unwrap().len(), 3);
        assert_eq!(app.one("bob", &id).await["failures"], 0);
    }
}

#[tokio::test]
async fn an_endpoint_gets_events_in_the_order_in_which_they_happened() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        app.endpoint("bob", &receiver.url(), &["*"]).await;
        let sent: Vec<_> = (0..100)
            .map(|number| app.transfer(number).id.to_string())
            .collect();
        assert_eq!(app.deliver().await, 100);
        let received: Vec<_> = receiver
            .received()
            .iter()
            .map(|one| one.id().to_owned())
            .collect();
        assert_eq!(received, sent);
    }
}

#[tokio::test]
async fn for_a_day_after_a_rotation_both_secrets_sign() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, old) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        let path = format!("{PATH}/{id}/rotate-secret");
        let (status, rotated) = app.post("bob", &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{rotated}");
        assert_eq!(
            rotated["previous_secret_until"],
            "2026-01-02T00:00:00.000000Z"
        );
        let new = rotated["secret"].as_str().unwrap();
        assert_ne!(new, old);
        app.transfer(1);
        app.deliver().await;
        app.clock.advance(24 * HOUR);
        app.transfer(2);
        app.deliver().await;
        let of = |one: &Received| (signatures_with(new, one), signatures_with(&old, one));
        let signed: Vec<_> = receiver.received().iter().map(of).collect();
        assert_eq!(signed, [(1, 1), (1, 0)]);
    }
}

#[tokio::test]
async fn a_secret_that_was_rotated_away_signs_for_as_long_as_was_promised() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, first) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        let path = format!("{PATH}/{id}/rotate-secret");
        let rotate = async |body: Value| {
            let (status, rotated) = app.post("bob", &path, body).await;
            assert_eq!(status, StatusCode::OK, "{rotated}");
            rotated
        };
        let second = rotate(json!({})).await["secret"].clone();
        app.clock.advance(HOUR);
        let rotated = rotate(json!({})).await;
        let third = rotated["secret"].clone();
        assert_eq!(
            (
                &rotated["previous_secret_until"],
                &rotated["earlier_secret_until"]
            ),
            (
                &json!("2026-01-02T01:00:00.000000Z"),
                &json!("2026-01-02T00:00:00.000000Z")
            )
        );
        // There are three: a fourth would end one before its time.
        let (status, refused) = app.post("bob", &path, json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{refused}");
        assert_eq!(refused["code"], "too_many_webhook_secrets");
        let until = "2026-01-02T00:00:00.000000Z";
        assert!(refused["detail"].as_str().unwrap().contains(until));
        let sends = async |number| {
            app.transfer(number);
            app.deliver().await;
        };
        sends(1).await;
        app.clock.advance(23 * HOUR);
        sends(2).await;
        app.clock.advance(HOUR);
        sends(3).await;
        let fourth = rotate(json!({})).await["secret"].clone();
        let fifth = rotate(json!({"expire_others": true})).await;
        assert_eq!(fifth["previous_secret_until"], Value::Null);
        assert_eq!(fifth["earlier_secret_until"], Value::Null);
        sends(4).await;
        let all = [json!(first), second, third, fourth, fifth["secret"].clone()];
        let of = |one: &Received| {
            let with = |secret: &Value| signatures_with(secret.as_str().unwrap(), one);
            all.iter().map(with).collect::<Vec<_>>()
        };
        let signed: Vec<_> = receiver.received().iter().map(of).collect();
        let expected = [
            [1, 1, 1, 0, 0],
            [0, 1, 1, 0, 0],
            [0, 0, 1, 0, 0],
            [0, 0, 0, 0, 1],
        ];
        assert_eq!(signed, expected);
    }
}

#[tokio::test]
async fn a_user_sends_so_many_tests_and_waits_for_the_next() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let mut ids = Vec::new();
        for who in ["bob", "bob", "ann"] {
            ids.push(app.endpoint(who, &receiver.url(), &["*"]).await.0);
        }
        let test = async |who: &str, id: &str| {
            let path = format!("{PATH}/{id}/test");
            let answer = app.post(who, &path, json!({})).await;
            (answer.0.as_u16(), answer.1["code"].clone())
        };
        for number in 0..10 {
            // For all of a user's endpoints together, also for one that is made anew.
            let id = &ids[number % 2];
            assert_eq!(test("bob", id).await.0, 202);
        }
        assert_eq!(
            test("bob", &ids[0]).await,
            (429, json!("too_many_webhook_tests"))
        );
        assert_eq!(test("ann", &ids[2]).await.0, 202);
        app.clock.advance(6 * SECOND);
        assert_eq!(test("bob", &ids[1]).await.0, 202);
        assert_eq!(test("bob", &ids[1]).await.0, 429);
        assert_eq!(app.deliver().await, 12);
    }
}

#[tokio::test]
async fn a_test_is_sent_whatever_was_asked_for_and_to_that_endpoint_only() {
    for engine in engines() {
        let app = app(engine).await;
        let (receiver, other) = (Receiver::start().await, Receiver::start().await);
        let (id, secret) = app
            .endpoint("bob", &receiver.url(), &["wallet.frozen"])
            .await;
        app.endpoint("bob", &other.url(), &["*"]).await;
        let (status, delivery) = app
            .post("bob", &format!("{PATH}/{id}/test"), json!({}))
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{delivery}");
        assert_eq!(
            (&delivery["type"], &delivery["status"]),
            (&json!("webhook.test"), &json!("waiting"))
        );
        assert_eq!(app.deliver().await, 1);
        assert_eq!(signatures_with(&secret, &receiver.received()[0]), 1);
        let body: Value = serde_json::from_str(&receiver.received()[0].body).unwrap();
        assert_eq!(body["data"]["id"], json!(id));
        assert!(other.received().is_empty());
    }
}

#[tokio::test]
async fn what_was_sent_is_sent_again_under_its_id() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, _) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        app.transfer(1);
        app.deliver().await;
        let delivery = app.deliveries("bob", &id).await[0]["id"].clone();
        let path = format!("{PATH}/deliveries/{}/resend", delivery.as_str().unwrap());
        for other in ["ann", "stranger"] {
            let (status, _) = app.post(other, &path, json!({})).await;
            assert_eq!(status, StatusCode::NOT_FOUND);
        }
        let (status, waiting) = app.request("operator", Method::POST, &path, None).await;
        assert_eq!(
            (status, &waiting["status"]),
            (StatusCode::ACCEPTED, &json!("waiting"))
        );
        assert_eq!(app.deliver().await, 1);
        let received = receiver.received();
        assert_eq!(received[0].id(), received[1].id());
        assert_eq!(
            app.deliveries("bob", &id).await[0]["attempts"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }
}

#[tokio::test]
async fn what_was_missed_while_it_was_disabled_is_recovered_in_order() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, _) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        app.patch("bob", &id, json!({"status": "disabled"})).await;
        let mut sent: Vec<_> = (0..3)
            .map(|number| app.transfer(number).id.to_string())
            .collect();
        assert_eq!(app.deliver().await, 0);
        app.clock.advance(MINUTE);
        sent.push(app.transfer(3).id.to_string());
        app.deliver().await;
        let path = format!("{PATH}/{id}/recover");
        let since = json!({"since": "2026-01-01T00:00:00Z"});
        let (status, refused) = app.post("bob", &path, since.clone()).await;
        assert_eq!(
            (status, &refused["code"]),
            (StatusCode::CONFLICT, &json!("webhook_endpoint_disabled"))
        );
        app.patch("bob", &id, json!({"status": "enabled"})).await;
        let missed = app
            .get(
                "bob",
                &format!("{PATH}/{id}/deliveries?status=missed&type=transaction.completed"),
            )
            .await;
        assert_eq!(missed["data"].as_array().unwrap().len(), 4);
        let late = json!({"since": "2026-01-01T00:00:30Z"});
        let (_, recovered) = app.post("bob", &path, late).await;
        assert_eq!(recovered, json!({"recovered": 1}));
        let (_, recovered) = app.post("bob", &path, since).await;
        assert_eq!(recovered, json!({"recovered": 3}));
        assert_eq!(app.deliver().await, 4);
        let received: Vec<_> = receiver
            .received()
            .iter()
            .map(|one| one.id().to_owned())
            .collect();
        assert_eq!(received, sent);
    }
}

#[tokio::test]
async fn a_consumer_that_is_put_back_sends_nothing_twice() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        app.endpoint("bob", &receiver.url(), &["*"]).await;
        app.transfer(1);
        app.deliver().await;
        let rewound = app.db.execute("UPDATE consumers SET position = 0", vec![]);
        rewound.await.unwrap();
        assert_eq!(app.deliver().await, 0);
        assert_eq!(receiver.received().len(), 1);
    }
}
