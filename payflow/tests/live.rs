//! Live events over a real connection, and what operators do about events at the command line.
#![cfg(test)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Engine, TestStore, engines};

use crate::process::{Server, run, run_with_input, stderr, stdout, store_words};

/// A stream that is open.
pub struct Stream {
    response: reqwest::Response,
    text: String,
}

impl Stream {
    pub async fn open(server: &Server, token: &str, query: &str) -> Self {
        let url = format!("{}/api/v1/events/stream{query}", server.url);
        let request = reqwest::Client::new().get(url).bearer_auth(token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let text = String::new();
        Self { response, text }
    }

    /// The next event; none at the end.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let data = block.lines().find_map(|line| line.strip_prefix("data: "));
                let data = data.map(|data| serde_json::from_str(data).unwrap());
                self.text = rest.to_owned();
                if data.is_some() {
                    return data;
                }
                continue;
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

/// Alice with money, and Bob with a wallet.
struct Two {
    alice: String,
    bob: String,
    from: String,
    to: String,
}

impl Two {
    async fn of(server: &Server) -> Self {
        let (alice, bob) = (server.register("alice").await, server.register("bob").await);
        let from = server.wallet(&alice, "USD", Some("1000.00")).await;
        let to = server.wallet(&bob, "USD", None).await;
        Self {
            alice,
            bob,
            from,
            to,
        }
    }

    async fn send(&self, server: &Server) -> String {
        let body = json!({"type": "transfer", "from_wallet": self.from, "to_wallet": self.to, "amount": "1.00", "currency": "USD"});
        let made = server.post("/transactions", &self.alice, body).await;
        made["id"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn money_is_seen_arriving_and_a_stream_does_not_hold_up_the_stop() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let server = Server::launch(&store_words(&store), &[], &[]);
        let two = Two::of(&server).await;
        let mut stream = Stream::open(&server, &two.bob, "?types=transaction.completed").await;
        let sent = two.send(&server).await;
        let told = stream.next().await.unwrap();
        assert_eq!(
            (&told["subject"], &told["data"]["amount"]),
            (&json!(sent), &json!("1.00"))
        );
        let begun = Instant::now();
        assert!(server.stop());
        assert!(stream.next().await.is_none());
        // Far less than `gateway.shutdown_grace_ms`, which it would wait for an answer that does
        // not end.
        assert!(begun.elapsed() < Duration::from_secs(9));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_opens_the_stream_with_its_cookie_alone_until_it_logs_out() {
    let store = TestStore::new(Engine::Sqlite);
    let server = Server::start(&store, &[]);
    let two = Two::of(&server).await;
    let login = server
        .client
        .post(format!("{}/api/v1/auth/login", server.url));
    let login = login
        .header("sec-fetch-site", "same-origin")
        .header("origin", &server.url)
        .json(&json!({"email": "bob@example.org", "password": "a long password of bob", "session": "cookie"}));
    let answer = login.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    let cookies = cookies
        .iter()
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    let csrf = answer.json::<Value>().await.unwrap()["csrf_token"]
        .as_str()
        .unwrap()
        .to_owned();
    // As `new EventSource("/api/v1/events/stream?types=…")` asks.
    let types = "?types=transaction.completed,notification.created";
    let url = format!("{}/api/v1/events/stream{types}", server.url);
    let request = |url: &str| {
        server
            .client
            .get(url)
            .header("cookie", &cookies)
            .header("sec-fetch-site", "same-origin")
    };
    let response = request(&url)
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let mut stream = Stream {
        response,
        text: String::new(),
    };
    let sent = two.send(&server).await;
    // What the log-in is told as may come meanwhile.
    let mut told = Vec::new();
    while told.len() < 2 {
        let event = stream.next().await.unwrap();
        if [&event["subject"], &event["data"]["subject"]].contains(&&json!(sent)) {
            told.push(event);
        }
    }
    told.sort_by_key(|event| event["type"].to_string());
    assert_eq!(
        (&told[0]["type"], &told[0]["data"]["type"]),
        (&json!("notification.created"), &json!("money_received"))
    );
    assert_eq!(told[1]["type"], "transaction.completed");
    let logout = server
        .client
        .post(format!("{}/api/v1/auth/logout", server.url))
        .header("cookie", &cookies);
    let logout = logout
        .header("sec-fetch-site", "same-origin")
        .header("origin", &server.url)
        .header("x-csrf-token", csrf);
    assert!(logout.send().await.unwrap().status().is_success());
    assert_eq!(request(&url).send().await.unwrap().status(), 401);
    assert!(server.stop());
}

#[test]
fn dead_letters_and_feeds_are_dealt_with_at_the_command_line() {
    for engine in engines() {
        let store = TestStore::new(engine);
        let with = |words: &[&str]| {
            let words = words.iter().map(|word| (*word).to_owned());
            words.chain(store_words(&store)).collect::<Vec<_>>()
        };
        assert!(run(with(&["migrate"])).status.success());
        let list = run(with(&["dead-letters", "list"]));
        assert_eq!(
            stdout(&list).trim(),
            "No dead letter waits.",
            "{}",
            stderr(&list)
        );
        let replay = run(with(&["dead-letters", "replay"]));
        assert!(stdout(&replay).contains("0 of 0 were handled, 0 failed again (done)"));
        let missing = "dlt_01k9zv5rhcfb9s6yvp8g0vq3wb";
        for words in [
            &["dead-letters", "show", missing][..],
            &["dead-letters", "replay", missing],
            &["dead-letters", "discard", missing, "--reason", "x"],
        ] {
            let refused = run(with(words));
            assert!(!refused.status.success() && stderr(&refused).contains("no such dead letter"));
        }
        let queue = "notifications:identity";
        let asked = run_with_input(with(&["feed", "rewind", queue, "--to", "0"]), "n\n");
        assert!(
            stdout(&asked).contains("Nothing was changed"),
            "{}",
            stderr(&asked)
        );
        let done = run(with(&["feed", "rewind", queue, "--to", "0", "--yes"]));
        assert!(stdout(&done).contains("put to 0 it"), "{}", stderr(&done));
        let beyond = run(with(&["feed", "rewind", queue, "--to", "999999", "--yes"]));
        assert!(stderr(&beyond).contains("places from 0 to"));
        let unknown = run(with(&["feed", "rewind", "x:y", "--to", "0", "--yes"]));
        assert!(stderr(&unknown).contains("nobody is called x:y"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_of_risk_is_dealt_with_at_the_command_line() {
    const LETTER: &str = "INSERT INTO dead_letters
        (id, org, consumer, feed, sequence, event, type, subject, cause, error, attempts, first_at, last_at)
        VALUES ($1, 1, 'risk', 'payments', 1, $1, 'transaction.completed', 'txn_x', 'it broke', 'it broke', 8, 1, 1)";
    for engine in engines() {
        let store = TestStore::new(engine);
        let with = |words: &[&str]| {
            let words = words.iter().map(|word| (*word).to_owned());
            words.chain(store_words(&store)).collect::<Vec<_>>()
        };
        assert!(run(with(&["migrate"])).status.success());
        let db = store.open(risk::SCHEMA, risk::migrations()).await.unwrap();
        let id = events::DeadLetterId(uuid::Uuid::from_u128((7 << 76) | (2 << 62) | 5));
        db.execute(LETTER, db::args![id.uuid()]).await.unwrap();
        db.close().await;
        let list = stdout(&run(with(&["dead-letters", "list"])));
        assert!(list.contains("1  risk: it broke"), "{list}");
        let id = id.to_string();
        let shown = run(with(&["dead-letters", "show", &id]));
        assert!(
            stdout(&shown).contains("risk/payments"),
            "{}",
            stderr(&shown)
        );
        let ended = run(with(&["dead-letters", "discard", &id, "--reason", "x"]));
        assert!(stdout(&ended).contains("discarded"), "{}", stderr(&ended));
        let list = stdout(&run(with(&["dead-letters", "list"])));
        assert_eq!(list.trim(), "No dead letter waits.");
    }
}

/// `PAYFLOW_TEST_TRANSFERS=300 cargo test -p payflow --test main -- --nocapture live` prints how
/// long it takes until what was committed is seen.
#[tokio::test(flavor = "multi_thread")]
async fn from_the_commit_to_the_stream_and_the_inbox() {
    let count = testkit::variable("PAYFLOW_TEST_TRANSFERS");
    let count: usize = count.map_or(10, |count| count.parse().unwrap());
    for engine in engines() {
        let store = TestStore::new(engine);
        let off = ("PAYFLOW__GATEWAY__RATE_LIMITS__ENABLED", "false");
        let server = Server::launch(&store_words(&store), &[], &[off]);
        let two = Two::of(&server).await;
        let mut stream = Stream::open(&server, &two.bob, "?types=transaction.completed").await;
        let (mut streamed, mut told) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let sent = two.send(&server).await;
            let begun = Instant::now();
            while stream.next().await.unwrap()["subject"] != sent {}
            streamed.push(begun.elapsed());
            let path = format!("/notifications?subject={sent}");
            while server.get(&path, &two.bob).await["data"]
                .as_array()
                .unwrap()
                .is_empty()
            {}
            told.push(begun.elapsed());
        }
        for (what, mut times) in [("stream", streamed), ("inbox", told)] {
            times.sort_unstable();
            let at = |percent: usize| times[count * percent / 100];
            println!(
                "{engine:?}: {what} p50 {:?}, p95 {:?}, p99 {:?}",
                at(50),
                at(95),
                at(99)
            );
        }
        assert!(server.stop());
    }
}
