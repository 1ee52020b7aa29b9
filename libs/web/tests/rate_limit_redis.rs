//! Requests counted in a real Redis, by several nodes together.

#![cfg(test)]

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use web::rate_limit::{Key, Quota, RateLimiter, Who};

/// Few enough that no step passes while a test runs.
const QUOTA: Quota = Quota {
    limit: 5,
    window_s: 60,
};

/// The server of `scripts/with-redis.sh`; none where nothing but the embedded store is tested.
#[expect(
    clippy::disallowed_methods,
    reason = "where the server for the tests is, only the environment can say"
)]
fn server() -> Option<String> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    if variable("PAYFLOW_TEST_EMBEDDED_ONLY").as_deref() == Some("1") {
        return None;
    }
    let url = variable("PAYFLOW_TEST_REDIS_URL");
    Some(url.expect("run this with scripts/with-redis.sh, or set PAYFLOW_TEST_EMBEDDED_ONLY=1"))
}

fn node(url: &str) -> RateLimiter {
    RateLimiter::in_redis(url, Arc::new(SystemClock)).unwrap()
}

/// An account that nobody has counted yet.
fn somebody() -> Key {
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    Key {
        class: "test",
        who: Who::Account(ids.next()),
    }
}

async fn taken(node: &RateLimiter, key: Key, times: usize) -> usize {
    let mut count = 0;
    for _ in 0..times {
        count += usize::from(node.take(key, QUOTA).await.allowed);
    }
    count
}

#[tokio::test]
async fn nodes_count_together_and_keys_apart() {
    let Some(url) = server() else { return };
    let (one, two) = (node(&url), node(&url));
    let key = somebody();
    assert_eq!(one.take(key, QUOTA).await.remaining, 4);
    assert_eq!(two.take(key, QUOTA).await.remaining, 3);
    let both = tokio::join!(taken(&one, key, 10), taken(&two, key, 10));
    assert_eq!(both.0 + both.1, 3);
    let refused = two.take(key, QUOTA).await;
    assert!(!refused.allowed && (1..=12).contains(&refused.retry_after_s));
    assert!((48..=60).contains(&refused.reset_s));
    assert_eq!(taken(&one, somebody(), 10).await, 5);
}

#[tokio::test]
async fn what_one_node_gives_back_another_can_take() {
    let Some(url) = server() else { return };
    let (one, two, key) = (node(&url), node(&url), somebody());
    assert_eq!(taken(&one, key, 9).await, 5);
    two.give_back(key, QUOTA).await;
    assert_eq!(taken(&two, key, 9).await, 1);
}

#[tokio::test]
async fn nodes_count_over_the_window_of_the_quota() {
    let Some(url) = server() else { return };
    let (one, two) = (node(&url), node(&url));
    let key = somebody();
    let quota = "100/15min".parse().unwrap();
    for left in (0..100).rev() {
        let node = if left % 2 == 0 { &one } else { &two };
        let verdict = node.take(key, quota).await;
        // A step is nine seconds: one may pass on a slow machine.
        assert!(verdict.allowed && (left..=left + 1).contains(&verdict.remaining));
    }
    let mut last = one.take(key, quota).await;
    for _ in 0..2 {
        last = two.take(key, quota).await;
    }
    assert!(!last.allowed && (1..=9).contains(&last.retry_after_s));
    assert!((891..=900).contains(&last.reset_s));
}

#[tokio::test]
async fn without_redis_each_node_counts_alone() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = format!("redis://127.0.0.1:{port}");
    let (one, two) = (node(&url), node(&url));
    let key = somebody();
    assert_eq!(taken(&one, key, 7).await, 5);
    assert_eq!(taken(&two, key, 7).await, 5);
}

/// A road to Redis that can be closed: then what is sent on it stays there, as with a server that
/// was stopped (SIGSTOP).
struct Road {
    url: String,
    open: watch::Sender<bool>,
    /// How much was sent to Redis.
    sent: Arc<AtomicUsize>,
}

impl Road {
    async fn to(url: &str) -> Self {
        let server = url
            .trim_start_matches("redis://")
            .trim_end_matches('/')
            .to_owned();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let road = format!("redis://{}", listener.local_addr().unwrap());
        let (open, is_open) = watch::channel(true);
        let sent = Arc::new(AtomicUsize::new(0));
        let count = sent.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect(&server).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(carry(
                    from_client,
                    to_server,
                    is_open.clone(),
                    count.clone(),
                ));
                tokio::spawn(carry(
                    from_server,
                    to_client,
                    is_open.clone(),
                    Arc::default(),
                ));
            }
        });
        Self {
            url: road,
            open,
            sent,
        }
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut is_open: watch::Receiver<bool>,
    sent: Arc<AtomicUsize>,
) {
    let mut buffer = vec![0; 4_096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        sent.fetch_add(1, Ordering::SeqCst);
        if is_open.wait_for(|open| *open).await.is_err()
            || to.write_all(&buffer[..read]).await.is_err()
        {
            return;
        }
    }
}

#[tokio::test]
async fn a_redis_that_hangs_is_not_asked_again_until_it_answers() {
    let Some(url) = server() else { return };
    let road = Road::to(&url).await;
    let (far, near) = (node(&road.url), node(&url));
    let key = somebody();
    assert_eq!(far.take(key, QUOTA).await.remaining, 4);
    road.open.send_replace(false);
    // The first finds out; what was counted in Redis is not known here.
    assert_eq!(far.take(key, QUOTA).await.remaining, 4);
    let asked = road.sent.load(Ordering::SeqCst);
    // A thousand in a row, in less time than the first took: none of them is sent, and none waits.
    for _ in 0..1_000 {
        far.take(somebody(), QUOTA).await;
    }
    let more = road.sent.load(Ordering::SeqCst) - asked;
    assert!(more <= 1, "Redis was sent {more} messages while it hung");
    // Back again, both count together.
    road.open.send_replace(true);
    loop {
        let key = somebody();
        near.take(key, QUOTA).await;
        if far.take(key, QUOTA).await.remaining == 3 {
            break;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn what_is_no_redis_url_is_refused_without_being_shown() {
    for url in ["http://:hunter2@host", "hunter2", ""] {
        let refused = RateLimiter::in_redis(url, Arc::new(SystemClock)).err();
        let said = refused.unwrap().to_string();
        assert!(
            said.contains("redis_url") && !said.contains("hunter2"),
            "{said}"
        );
    }
}
