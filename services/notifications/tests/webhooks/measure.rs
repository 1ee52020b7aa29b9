//! Many webhooks at once, and a consumer that is far behind. In a test run they are few; what this
//! machine manages says `PAYFLOW_MEASURE=1 cargo test -p notifications --test main
//! webhooks::measure -- --nocapture --test-threads 1`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::OrgId;
use events::{Feed, FeedError, Page, event_id};
use notifications::{SCHEMA, migrations};
use platform::clock::Clock;
use serde_json::json;
use serde_json::value::to_raw_value;
use testkit::engines;

use super::receiver::Answer;
use super::*;
use crate::support::user;

/// Whether it is to be measured what this machine manages.
fn measures() -> bool {
    testkit::variable("PAYFLOW_MEASURE").is_some()
}

/// A feed with so many events that is made while it is read. Every so many of them concern Bob.
struct MadeUp {
    events: i64,
    of_bob: i64,
}

#[async_trait]
impl Feed for MadeUp {
    fn name(&self) -> &'static str {
        "payments"
    }

    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError> {
        let data = to_raw_value(&json!({"id": "txn_1", "type": "transfer", "amount": "12.50"}));
        let data = data.unwrap();
        let through = (after + i64::from(limit)).min(self.events);
        let time = testkit::FakeClock::new().now();
        let event = |sequence: i64| {
            let payee = if sequence % self.of_bob == 0 {
                "bob"
            } else {
                "shop"
            };
            Event {
                id: event_id("payments", sequence, time),
                feed: "payments",
                sequence,
                kind: "transaction.completed".to_owned(),
                time,
                subject: "txn_1".to_owned(),
                org: OrgId::DEFAULT,
                parties: vec![(Party::Payer, user("ann")), (Party::Payee, user(payee))],
                data: data.clone(),
            }
        };
        let events = (after + 1..=through).map(event).collect();
        Ok(Page { events, through })
    }

    async fn newest(&self) -> Result<i64, FeedError> {
        Ok(self.events)
    }

    async fn wait(&self, _: i64) {
        std::future::pending().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_one_dead_endpoint_among_ten_the_others_get_everything() {
    let events = if measures() { 2_000 } else { 20 };
    for engine in engines() {
        let mut settings = settings();
        settings.webhooks.timeout_ms = 15_000;
        settings.webhooks.in_flight_per_endpoint =
            Config::default().webhooks.in_flight_per_endpoint;
        let app = App::with(engine, settings).await;
        let dead = Receiver::start().await;
        dead.answers(vec![Answer::Never; events]);
        app.endpoint("operator", &dead.url(), &["*"]).await;
        let mut receivers = Vec::new();
        for _ in 0..9 {
            let receiver = Receiver::start().await;
            app.endpoint("operator", &receiver.url(), &["*"]).await;
            receivers.push(receiver);
        }
        for number in 0..events {
            app.transfer(number);
        }
        let begun = Instant::now();
        let background = app.service.start_background();
        for receiver in &receivers {
            receiver.wait_for(events).await;
        }
        let took = begun.elapsed();
        let sent = 9 * events;
        let per_second = sent as f64 / took.as_secs_f64();
        println!("{engine:?}: {sent} webhooks in {took:.2?}, written and sent: {per_second:.0}/s");
        drop(background);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_is_far_behind_catches_up() {
    let events = if measures() { 1_000_000 } else { 5_000 };
    for engine in engines() {
        for (endpoints, of_bob) in [(0, 1_000), (1, 1_000), (1, 10)] {
            let app = app(engine).await;
            for _ in 0..endpoints {
                app.endpoint("bob", "https://hooks.invalid/", &["*"]).await;
            }
            let feed = Arc::new(MadeUp { events, of_bob });
            let (node, _) = app.node(vec![feed]).await;
            // What users are told in the app has a consumer of its own.
            let sql = "UPDATE consumers SET position = $1 WHERE name <> 'webhooks'";
            let arguments = db::args![events];
            app.db.execute(sql, arguments).await.unwrap();
            let begun = Instant::now();
            node.catch_up().await.unwrap();
            let took: Duration = begun.elapsed();
            let per_second = events as f64 / took.as_secs_f64();
            let sql = "SELECT count(*) FROM webhook_deliveries";
            // The database was opened twice, and the node has copied its log back.
            let opened = app.store.open(SCHEMA, migrations()).await.unwrap();
            let (written,): (i64,) = opened.fetch_one(sql, vec![]).await.unwrap();
            assert_eq!(written, endpoints * (events / of_bob));
            println!(
                "{engine:?}, {endpoints} endpoints, one event in {of_bob} is theirs: {took:.1?}, {per_second:.0}/s"
            );
        }
    }
}
