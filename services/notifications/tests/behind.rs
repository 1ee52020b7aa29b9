//! How fast a consumer catches up that is far behind: `PAYFLOW_TEST_EVENTS=1000000 cargo test -p
//! notifications --test main -- --nocapture behind`.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use contracts::events::{Event, Party};
use contracts::identity::OrgId;
use events::{Feed, FeedError, Page, Step, event_id};
use serde_json::value::to_raw_value;
use testkit::engines;
use values::Timestamp;

use crate::support::{App, user};

/// So many transfers, made when they are read.
struct Endless(i64);

fn event(sequence: i64) -> Event {
    let time = Timestamp(1_767_225_600_000_000 + sequence);
    let data = serde_json::json!({
        "id": "txn_01k9zv5rhcfb9s6yvp8g0vq3wb", "type": "transfer", "status": "completed", "amount": "12.50", "currency": "USD",
        "from_wallet": "wal_01k9zv5rhcfb9s6yvp8g0vq3wb", "to_wallet": "wal_01k9zv5rhcfb9s6yvp8g0vq3wc", "fee": null,
        "description": "Half the pizza", "external_id": null, "metadata": {}, "created_at": "2026-01-01T00:00:00.000000Z"
    });
    Event {
        id: event_id("payments", sequence, time),
        feed: "payments",
        sequence,
        kind: "transaction.completed".to_owned(),
        time,
        subject: "txn_01k9zv5rhcfb9s6yvp8g0vq3wb".to_owned(),
        org: OrgId::DEFAULT,
        parties: vec![(Party::Payer, user("ann")), (Party::Payee, user("bob"))],
        data: to_raw_value(&data).unwrap(),
    }
}

#[async_trait]
impl Feed for Endless {
    fn name(&self) -> &'static str {
        "payments"
    }

    async fn read(&self, after: i64, limit: u32) -> Result<Page, FeedError> {
        let through = (after + i64::from(limit)).min(self.0);
        Ok(Page {
            events: (after + 1..=through).map(event).collect(),
            through,
        })
    }

    async fn newest(&self) -> Result<i64, FeedError> {
        Ok(self.0)
    }

    async fn wait(&self, _: i64) {
        std::future::pending().await
    }
}

/// The memory of this process, in MiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1_024
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_far_behind_catches_up() {
    let count = testkit::variable("PAYFLOW_TEST_EVENTS");
    let count: i64 = count.map_or(2_000, |count| count.parse().unwrap());
    for engine in engines() {
        let app = App::on(engine).await;
        let (service, _) = app.node(vec![Arc::new(Endless(count))]).await;
        let consumer = service.consumer("notifications", "payments").unwrap();
        consumer.rewind(0).await.unwrap();
        let (begun, mut done, before) = (Instant::now(), 0, memory());
        while let Step::Handled(events) = consumer.step().await.unwrap() {
            done += events;
            if done % (512 * 256) == 0 {
                println!(
                    "{engine:?}: {done} in {:?}, {} MiB",
                    begun.elapsed(),
                    memory()
                );
            }
        }
        assert_eq!(i64::try_from(done).unwrap(), count);
        let rate = done as f64 / begun.elapsed().as_secs_f64();
        println!(
            "{engine:?}: {done} events at {rate:.0}/s, memory {before} -> {} MiB",
            memory()
        );
    }
}
