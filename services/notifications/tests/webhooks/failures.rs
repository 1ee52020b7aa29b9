//! Receivers that do what they should not.

use std::time::Instant;

use serde_json::{Value, json};
use testkit::engines;

use super::receiver::Answer;
use super::*;

/// Lets an endpoint of Bob's get one event from a receiver that answers like this: the endpoint,
/// and the attempt with all that was stored of it.
async fn one_attempt(app: &App, receiver: &Receiver, answer: Answer) -> (Value, Value) {
    receiver.answers([answer]);
    let (id, _) = app
        .endpoint("bob", &receiver.url(), &["transaction.*"])
        .await;
    app.transfer(1);
    assert!(app.deliver().await > 0);
    let delivery = app.deliveries("bob", &id).await[0]["id"].clone();
    let path = format!("{PATH}/deliveries/{}", delivery.as_str().unwrap());
    let delivery = app.get("bob", &path).await;
    (app.one("bob", &id).await, delivery)
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_not_followed() {
    for engine in engines() {
        let app = app(engine).await;
        let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
        let to = format!("location: {}\r\n", elsewhere.url());
        let answer = Answer::With(301, to.leak(), String::new());
        let (endpoint, delivery) = one_attempt(&app, &receiver, answer).await;
        assert!(elsewhere.received().is_empty());
        assert_eq!(
            (&endpoint["failures"], &delivery["status"]),
            (&json!(1), &json!("waiting"))
        );
        assert_eq!(
            delivery["attempts"][0]["response"]["headers"]["location"],
            json!(elsewhere.url())
        );
        assert_eq!(endpoint["last_error"], "it answered 301");
    }
}

#[tokio::test]
async fn gone_disables_and_the_owner_is_told() {
    for engine in engines() {
        let app = app(engine).await;
        let (receiver, other) = (Receiver::start().await, Receiver::start().await);
        app.endpoint("bob", &other.url(), &["webhook.disabled"])
            .await;
        let (endpoint, delivery) = one_attempt(&app, &receiver, Answer::status(410)).await;
        assert_eq!(
            (&endpoint["status"], &endpoint["disabled_reason"]),
            (&json!("disabled"), &json!("gone"))
        );
        assert_eq!(delivery["status"], "failed");
        assert_eq!(
            app.told("bob").await,
            ["webhook_disabled", "money_received"]
        );
        app.transfer(2);
        // Only the other endpoint gets something: that this one is disabled.
        app.deliver().await;
        assert_eq!(receiver.received().len(), 1);
        let body: Value = serde_json::from_str(&other.received()[0].body).unwrap();
        assert_eq!(body["type"], "webhook.disabled");
        assert_eq!(
            (&body["data"]["id"], &body["data"]["status"]),
            (&endpoint["id"], &json!("disabled"))
        );
        let deliveries = app
            .deliveries("bob", endpoint["id"].as_str().unwrap())
            .await;
        assert_eq!(deliveries[0]["status"], "missed");
    }
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is_and_with_all_that_waits() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let answer = Answer::With(429, "retry-after: 120\r\n", String::new());
        one_attempt(&app, &receiver, answer).await;
        app.transfer(2);
        app.clock.advance(119 * SECOND);
        assert_eq!(app.deliver().await, 0);
        app.clock.advance(SECOND);
        assert_eq!(app.deliver().await, 2);
        assert_eq!(receiver.received().len(), 3);
    }
}

#[tokio::test]
async fn an_overloaded_receiver_is_left_alone_for_a_minute() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        one_attempt(&app, &receiver, Answer::status(504)).await;
        app.transfer(2);
        app.clock.advance(59 * SECOND);
        assert_eq!(app.deliver().await, 0);
        app.clock.advance(SECOND);
        assert_eq!(app.deliver().await, 2);
    }
}

#[tokio::test]
async fn of_an_answer_without_measure_20_kb_are_kept() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let answer = Answer::With(200, "", "é\0".repeat(3_500_000));
        let (_, delivery) = one_attempt(&app, &receiver, answer).await;
        assert_eq!(delivery["status"], "delivered");
        let kept = delivery["attempts"][0]["response"]["body"]
            .as_str()
            .unwrap();
        assert!(
            kept.len() > 19_000 && kept.chars().count() <= 20_000,
            "{}",
            kept.len()
        );
        app.transfer(2);
        assert_eq!(app.deliver().await, 1);
    }
}

#[tokio::test]
async fn who_never_answers_or_hangs_up_has_failed_and_who_never_ends_has_not() {
    for engine in engines() {
        for (answer, status, error) in [
            (Answer::Never, "waiting", "it did not answer in time"),
            (Answer::HangUp, "waiting", "the connection broke"),
            (Answer::Endless, "delivered", ""),
        ] {
            let app = app(engine).await;
            let receiver = Receiver::start().await;
            let (_, delivery) = one_attempt(&app, &receiver, answer.clone()).await;
            assert_eq!(delivery["status"], status, "{answer:?}: {delivery}");
            let said = delivery["attempts"][0]["error"]
                .as_str()
                .unwrap_or_default();
            assert!(
                said.starts_with(error) && said.is_empty() == error.is_empty(),
                "{said}"
            );
        }
    }
}

#[tokio::test]
async fn a_dead_endpoint_delays_no_other() {
    for engine in engines() {
        let app = app(engine).await;
        let (dead, alive) = (Receiver::start().await, Receiver::start().await);
        dead.answers(vec![Answer::Never; 20]);
        app.endpoint("ann", &dead.url(), &["*"]).await;
        app.endpoint("bob", &alive.url(), &["*"]).await;
        for number in 0..20 {
            app.transfer(number);
        }
        app.service.catch_up().await.unwrap();
        let begun = Instant::now();
        let background = app.service.start_background();
        alive.wait_for(20).await;
        // Twenty attempts at the dead one take ten seconds.
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
        assert!(dead.received().len() < 20);
        drop(background);
    }
}

#[tokio::test]
async fn the_owner_is_warned_at_the_fourth_failure_and_after_five_days_it_is_disabled_and_recovered()
 {
    for engine in engines() {
        let app = app(engine).await;
        let (receiver, other) = (Receiver::start().await, Receiver::start().await);
        receiver.answers(vec![Answer::status(500); 40]);
        let (id, _) = app
            .endpoint("bob", &receiver.url(), &["transaction.*"])
            .await;
        app.endpoint("bob", &other.url(), &["webhook.*"]).await;
        let mut sent = vec![app.transfer(0).id.to_string()];
        for wait in [0, 6 * SECOND, 6 * MINUTE] {
            app.clock.advance(wait);
            assert_eq!(app.deliver().await, 1);
        }
        assert_eq!(app.told("bob").await, ["money_received"]);
        app.clock.advance(36 * MINUTE);
        app.deliver().await;
        assert_eq!(app.told("bob").await, ["webhook_failing", "money_received"]);
        let kinds = || -> Vec<Value> {
            let received = other.received();
            let bodies = received
                .iter()
                .map(|one| serde_json::from_str::<Value>(&one.body).unwrap());
            bodies.map(|body| body["type"].clone()).collect()
        };
        assert_eq!(kinds(), ["webhook.failing"]);
        // Each waits for its schedule; all ten attempts at the first fail within 90 hours.
        for _ in 0..100 {
            app.clock.advance(HOUR);
            app.deliver().await;
        }
        let first = app.deliveries("bob", &id).await.remove(0);
        assert_eq!(first["status"], "failed");
        assert_eq!(first["attempts"].as_array().unwrap().len(), 10);
        assert_eq!(app.one("bob", &id).await["status"], "enabled");
        app.clock.advance(20 * HOUR);
        sent.push(app.transfer(1).id.to_string());
        app.deliver().await;
        let endpoint = app.one("bob", &id).await;
        assert_eq!(
            (&endpoint["status"], &endpoint["disabled_reason"]),
            (&json!("disabled"), &json!("failing"))
        );
        assert_eq!(kinds(), ["webhook.failing", "webhook.disabled"]);
        assert_eq!(app.told("bob").await[0], "webhook_disabled");
        sent.push(app.transfer(2).id.to_string());
        app.deliver().await;
        let before = receiver.received().len();
        receiver.forget_answers();
        app.patch("bob", &id, json!({"status": "enabled"})).await;
        let since = json!({"since": "2026-01-01T00:00:00Z"});
        let (_, recovered) = app
            .post("bob", &format!("{PATH}/{id}/recover"), since)
            .await;
        assert_eq!(recovered["recovered"], 3);
        app.deliver().await;
        let received = receiver.received();
        let again: Vec<_> = received[before..]
            .iter()
            .map(|one| one.id().to_owned())
            .collect();
        assert_eq!(again, sent);
    }
}

#[tokio::test]
async fn who_may_not_have_the_events_of_all_any_more_gets_none() {
    for engine in engines() {
        let app = app(engine).await;
        let receiver = Receiver::start().await;
        let (id, _) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        // As if Bob had been an operator when he made it.
        let sql = "UPDATE webhook_endpoints SET all_events = 1";
        app.db.execute(sql, vec![]).await.unwrap();
        let sql = "UPDATE webhook_changes SET version = version + 1";
        app.db.execute(sql, vec![]).await.unwrap();
        app.feed.push(
            "wallet.frozen",
            "wal_1",
            &[(Party::Owner, "ann")],
            json!({}),
        );
        assert_eq!(app.deliver().await, 0);
        let endpoint = app.one("bob", &id).await;
        assert_eq!(
            (&endpoint["status"], &endpoint["disabled_reason"]),
            (&json!("disabled"), &json!("not_allowed"))
        );
        assert!(receiver.received().is_empty());
    }
}
