//! The real process killed under load, over and over: what was acknowledged is there exactly once, and what was not
//! is there once or not at all, as its idempotency key tells.
#![cfg(test)]

mod process;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use process::{Server, run, stderr, store_words};
use serde_json::{Value, json};
use testkit::{Engine, TestStore, engines};

const ROUNDS: usize = 20;
const CLIENTS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_under_load_lose_and_double_nothing() {
    for engine in engines() {
        kill_under_load(engine).await;
    }
}

struct Person {
    token: String,
    wallet: String,
}

/// A transfer that was sent: its key, its body, and the id that was acknowledged.
struct Sent {
    from: usize,
    key: String,
    body: Value,
    acknowledged: Option<String>,
}

async fn kill_under_load(engine: Engine) {
    let store = TestStore::new(engine);
    let server = Server::start(&store, &[]);
    let mut people = vec![];
    for name in 0..CLIENTS {
        let token = server.register(&format!("person{name}")).await;
        let wallet = server.wallet(&token, "USD", Some("1000.00")).await;
        people.push(Person { token, wallet });
    }
    let people = Arc::new(people);
    let mut server = Some(Arc::new(server));
    let mut ids = std::collections::HashMap::new();
    for round in 0..ROUNDS {
        let running = server.take().unwrap();
        let sent = load_until(&running, &people, round).await;
        Arc::into_inner(running).unwrap().kill();
        let restarted = Server::start(&store, &[]);
        for sent in sent {
            // The same request with the same key: it is done now, if it was not then.
            let person = &people[sent.from];
            let (status, headers, answer) = restarted
                .call(
                    "POST",
                    "/transactions",
                    Some(&person.token),
                    Some(&sent.key),
                    Some(&sent.body),
                )
                .await
                .unwrap();
            assert_eq!(status, 201, "{engine:?} round {round}: {answer}");
            let id = answer["id"].as_str().unwrap().to_owned();
            if let Some(acknowledged) = sent.acknowledged {
                assert_eq!(id, acknowledged, "an acknowledged transfer was done again");
                assert_eq!(headers["idempotent-replayed"], "true");
            }
            assert!(
                ids.insert(id, sent.key).is_none(),
                "two keys share a transfer"
            );
        }
        server = Some(Arc::new(restarted));
    }
    let server = Arc::into_inner(server.unwrap()).unwrap();
    check(&server, &people, ids.len()).await;
    assert!(server.stop());
    let mut words = vec!["verify".to_owned()];
    words.extend(store_words(&store));
    let verified = run(&words);
    assert!(verified.status.success(), "{}", stderr(&verified));
}

/// Sends transfers from every person at once and kills nothing yet: returns when enough were acknowledged, with the
/// others still on their way.
async fn load_until(server: &Arc<Server>, people: &Arc<Vec<Person>>, round: usize) -> Vec<Sent> {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    // A different moment in each round.
    let enough = 10 + (round * 7) % 40;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|from| {
            let (server, people) = (server.clone(), people.clone());
            let (acknowledged, stopped) = (acknowledged.clone(), stopped.clone());
            tokio::spawn(client(server, people, from, round, acknowledged, stopped))
        })
        .collect();
    while acknowledged.load(Ordering::SeqCst) < enough {
        tokio::task::yield_now().await;
    }
    // The clients give their request at hand up, wherever the server is with it.
    stop.send_replace(true);
    let mut sent = vec![];
    for client in clients {
        sent.extend(client.await.unwrap());
    }
    sent
}

async fn client(
    server: Arc<Server>,
    people: Arc<Vec<Person>>,
    from: usize,
    round: usize,
    acknowledged: Arc<AtomicUsize>,
    mut stopped: tokio::sync::watch::Receiver<bool>,
) -> Vec<Sent> {
    let mut all = vec![];
    for number in 0.. {
        let to = (from + 1 + number % (CLIENTS - 1)) % CLIENTS;
        let key = format!("{round}-{from}-{number}");
        let body = json!({
            "type": "transfer", "from_wallet": people[from].wallet, "to_wallet": people[to].wallet,
            "amount": "0.01", "currency": "USD", "description": key,
        });
        let call = server.call(
            "POST",
            "/transactions",
            Some(&people[from].token),
            Some(&key),
            Some(&body),
        );
        let answer = tokio::select! {
            answer = call => Some(answer),
            _ = stopped.changed() => None,
        };
        let mut sent = Sent {
            from,
            key,
            body,
            acknowledged: None,
        };
        match answer {
            Some(Ok((201, _, answer))) => {
                sent.acknowledged = Some(answer["id"].as_str().unwrap().to_owned());
                acknowledged.fetch_add(1, Ordering::SeqCst);
                all.push(sent);
            }
            Some(Ok((status, _, answer))) => panic!("{status} {answer}"),
            Some(Err(_)) | None => {
                all.push(sent);
                break;
            }
        }
    }
    all
}

/// Every transfer is listed once, and the sum of all money is what was deposited.
async fn check(server: &Server, people: &[Person], transfers: usize) {
    let mut total = 0.0_f64;
    let mut listed = std::collections::HashSet::new();
    for person in people {
        let wallet = server
            .get(&format!("/wallets/{}", person.wallet), &person.token)
            .await;
        // Cents below 2^53 are exact in a float.
        total += (wallet["balance"]["posted"]
            .as_str()
            .unwrap()
            .parse::<f64>()
            .unwrap()
            * 100.0)
            .round();
        let mut cursor = String::new();
        loop {
            let path = format!("/transactions?type=transfer&limit=100{cursor}");
            let page = server.get(&path, &person.token).await;
            for row in page["data"].as_array().unwrap() {
                listed.insert(row["id"].as_str().unwrap().to_owned());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    let deposited = people.iter().fold(0.0, |sum, _| sum + 100_000.0);
    assert!(
        (total - deposited).abs() < 0.5,
        "{total} cents of {deposited}"
    );
    assert_eq!(listed.len(), transfers);
}
