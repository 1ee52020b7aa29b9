//! Several webhooks on their way to one endpoint at the same time.

use serde_json::{Value, json};
use testkit::engines;

use super::receiver::Answer;
use super::*;

async fn app_with(engine: Engine, in_flight: usize) -> App {
    let mut settings = settings();
    settings.webhooks.timeout_ms = 10_000;
    settings.webhooks.in_flight_per_endpoint = in_flight;
    App::with(engine, settings).await
}

/// A wallet of Bob's changes.
fn change(app: &App, wallet: &str, kind: &str) {
    app.feed
        .push(kind, wallet, &[(Party::Owner, "bob")], json!({}));
}

fn subjects(receiver: &Receiver) -> Vec<String> {
    let subject = |received: &Received| {
        let body: Value = serde_json::from_str(&received.body).unwrap();
        body["subject"].as_str().unwrap().to_owned()
    };
    receiver.received().iter().map(subject).collect()
}

#[tokio::test]
async fn so_many_are_on_their_way_and_those_of_one_subject_come_one_after_the_other() {
    for engine in engines() {
        let app = app_with(engine, 3).await;
        let receiver = Receiver::start().await;
        app.endpoint("bob", &receiver.url(), &["*"]).await;
        // None of these is answered: what comes is what is on its way at the same time.
        receiver.answers(vec![Answer::Never; 3]);
        for (wallet, kind) in [
            ("wal_1", "wallet.opened"),
            ("wal_1", "wallet.frozen"),
            ("wal_2", "wallet.opened"),
            ("wal_2", "wallet.closed"),
            ("wal_3", "wallet.opened"),
            ("wal_4", "wallet.opened"),
        ] {
            change(&app, wallet, kind);
        }
        app.service.catch_up().await.unwrap();
        let background = app.service.start_background();
        receiver.wait_for(3).await;
        let mut first = subjects(&receiver);
        first.sort_unstable();
        assert_eq!(first, ["wal_1", "wal_2", "wal_3"]);
        drop(background);
    }
}

#[tokio::test]
async fn one_that_fails_is_sent_one_at_a_time_until_it_does_not() {
    for engine in engines() {
        let app = app_with(engine, 4).await;
        let receiver = Receiver::start().await;
        let (id, _) = app.endpoint("bob", &receiver.url(), &["*"]).await;
        for number in 0..20 {
            change(&app, &format!("wal_{number}"), "wallet.opened");
        }
        // The first four are together; then one alone, which fails too, and there it is left alone.
        receiver.answers(vec![Answer::status(500); 5]);
        assert_eq!(app.deliver().await, 5);
        let endpoint = app.one("bob", &id).await;
        assert_eq!(endpoint["failures"], 5);
        assert_eq!(app.told("bob").await, ["webhook_failing"]);
        app.clock.advance(SECOND);
        assert_eq!(app.deliver().await, 15);
        let endpoint = app.one("bob", &id).await;
        assert_eq!(
            (&endpoint["failures"], &endpoint["last_error"]),
            (&json!(0), &Value::Null)
        );
        // All that failed is due again by the schedule.
        app.clock.advance(MINUTE);
        assert_eq!(app.deliver().await, 5);
        let mut came = subjects(&receiver);
        came.sort_unstable();
        came.dedup();
        assert_eq!((came.len(), receiver.received().len()), (20, 25));
    }
}

#[tokio::test]
async fn who_asks_to_be_left_alone_is_though_others_on_their_way_were_taken() {
    for engine in engines() {
        let app = app_with(engine, 4).await;
        let receiver = Receiver::start().await;
        app.endpoint("bob", &receiver.url(), &["*"]).await;
        for number in 0..20 {
            change(&app, &format!("wal_{number}"), "wallet.opened");
        }
        let later = Answer::With(429, "retry-after: 120\r\n", String::new());
        receiver.answers([later]);
        let made = app.deliver().await;
        assert!((1..=4).contains(&made), "{made}");
        app.clock.advance(119 * SECOND);
        assert_eq!(app.deliver().await, 0);
        app.clock.advance(SECOND);
        assert_eq!(app.deliver().await, 21 - made);
    }
}
