//! The real process killed under load, over and over, and the database server under the running
//! process: what was acknowledged is there exactly once, what was not is there once or not at all,
//! as its idempotency key tells, and what was under way goes on.
//!
//! `PAYFLOW_CRASH_ROUNDS=100,30,30` sets how often: PayFlow on SQLite, PayFlow on PostgreSQL,
//! PostgreSQL itself.
#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::load::insist::{Tally, keep_asking};
use crate::load::{Book, Person, Random, Request, Script};
use crate::process::{Server, Wait, run, stderr, store_words};
use serde_json::Value;
use sqlx::{Connection, PgConnection};
use testkit::{Engine, PrivateServer, TestStore, engines};

const CLIENTS: usize = 8;

/// How often what is killed, unless `PAYFLOW_CRASH_ROUNDS` says otherwise.
const ROUNDS: [usize; 3] = [10, 5, 3];
/// After so many rounds everything is recomputed.
const VERIFY_EVERY: usize = 5;

/// Deposits with `tok_late` are answered `processing`, and most are under way when the process
/// dies.
const SETTINGS: [(&str, &str); 3] = [
    ("PAYFLOW__PAYMENTS__INLINE_WAIT_MS", "50"),
    ("PAYFLOW__PAYMENTS__ACQUIRER__LATE_MS", "400"),
    ("PAYFLOW__GATEWAY__REQUEST_TIMEOUT_MS", "7000"),
];

fn rounds() -> [usize; 3] {
    let Some(text) = testkit::variable("PAYFLOW_CRASH_ROUNDS") else {
        return ROUNDS;
    };
    let numbers = text.split(',').map(|number| number.trim().parse().unwrap());
    let numbers: Vec<usize> = numbers.collect();
    numbers
        .try_into()
        .expect("PAYFLOW_CRASH_ROUNDS is three numbers, such as 100,30,30")
}

// --- PayFlow killed ---

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_under_load_loses_and_doubles_nothing() {
    let seed = crate::load::seed("a killed process");
    let [on_sqlite, on_postgres, _] = rounds();
    // Both engines at once, because at the end each waits for what its last crash has left.
    let kills: Vec<_> = engines()
        .into_iter()
        .map(|engine| {
            let rounds = match engine {
                Engine::Sqlite => on_sqlite,
                Engine::Postgres => on_postgres,
            };
            tokio::spawn(kill_under_load(engine, rounds, seed))
        })
        .collect();
    for kill in kills {
        kill.await.unwrap();
    }
}

/// What the rounds have seen.
#[derive(Debug, Default)]
struct Seen {
    /// Requests without an answer when the process died, that had been done.
    done: usize,
    /// And those that had not.
    not_done: usize,
    /// Deposits that waited for the acquirer when the process died.
    waiting: usize,
}

async fn kill_under_load(engine: Engine, rounds: usize, seed: u64) {
    let store = TestStore::new(engine);
    let words = store_words(&store);
    let launch = || Arc::new(Server::launch(&words, &[], &SETTINGS));
    let (mut book, mut seen, mut random) = (Book::default(), Seen::default(), Random::new(seed));
    let mut server = launch();
    let people = crate::load::people(&server, CLIENTS, &mut book).await;
    let mut scripts: Vec<_> = (0..CLIENTS)
        .map(|person| Script::new(person, CLIENTS, random.fork()))
        .collect();
    for round in 1..=rounds {
        let done = Arc::new(AtomicU64::new(0));
        let clients: Vec<_> = scripts
            .drain(..)
            .map(|script| {
                let (server, people, done) = (server.clone(), people.clone(), done.clone());
                tokio::spawn(ask_until_death(server, people, script, done))
            })
            .collect();
        moment(&store, &mut random, &done).await;
        server.kill();
        if round % VERIFY_EVERY == 0 {
            verify(&words);
        }
        server = launch();
        seen.waiting += crate::load::waiting(&server, &people).await;
        for client in clients {
            let mut asked = client.await.unwrap();
            replay(&server, &people, &asked.answered).await;
            let key_tells = resolve(&server, &people, &asked.open, &mut seen).await;
            asked.script.learn(&asked.open, &key_tells);
            asked.answered.push((asked.open, key_tells));
            for (request, answer) in asked.answered {
                book.record(request, &answer);
            }
            scripts.push(asked.script);
        }
    }
    crate::load::settled(&server, &people).await;
    book.check(&server, &people).await;
    assert!(seen.waiting > 0, "no crash has met a deposit under way");
    assert!(server.stop());
    verify(&words);
    println!(
        "{engine:?}: {rounds} kills, {} acknowledged; {seen:?}",
        book.acknowledged()
    );
}

fn verify(words: &[String]) {
    let verified = run(["verify".to_owned()].iter().chain(words));
    assert!(verified.status.success(), "{}", stderr(&verified));
}

/// What a client has asked for until the process died: what was answered, and what was not.
struct Asked {
    script: Script,
    answered: Vec<(Request, Value)>,
    open: Request,
}

async fn ask_until_death(
    server: Arc<Server>,
    people: Arc<[Person]>,
    mut script: Script,
    done: Arc<AtomicU64>,
) -> Asked {
    let mut answered = vec![];
    loop {
        let request = script.next();
        match request.send(&server, &people).await {
            Ok((200 | 201, _, answer)) => {
                done.fetch_add(1, Ordering::SeqCst);
                script.learn(&request, &answer);
                answered.push((request, answer));
            }
            Ok((status, _, answer)) => panic!("{status} {answer} for {request:?}"),
            Err(_) => {
                return Asked {
                    script,
                    answered,
                    open: request,
                };
            }
        }
    }
}

/// Returns at the moment to kill: a random number of answers after the start, and then a random
/// while later or, every other time, when the store is seen in the middle of a batch.
async fn moment(store: &TestStore, random: &mut Random, done: &AtomicU64) {
    let enough = 5 + random.below(60);
    while done.load(Ordering::SeqCst) < enough {
        tokio::task::yield_now().await;
    }
    if random.below(2) == 0 {
        in_a_batch(store).await;
    }
    for _ in 0..random.below(2_000) {
        tokio::task::yield_now().await;
    }
}

/// Returns when a batch is being written.
async fn in_a_batch(store: &TestStore) {
    match store.engine() {
        Engine::Sqlite => {
            let log = store.folder().join("payments.db-wal");
            let written = || -> Option<SystemTime> { log.metadata().ok()?.modified().ok() };
            let before = written();
            while written() == before {
                tokio::task::yield_now().await;
            }
        }
        Engine::Postgres => {
            let mut session = PgConnection::connect(store.database_url()).await.unwrap();
            let sql = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                       AND (state = 'idle in transaction' OR state = 'active' \
                       AND (query LIKE '%COMMIT' OR query LIKE 'WITH moved AS (UPDATE head %')))";
            while !sqlx::query_scalar::<_, bool>(sql)
                .fetch_one(&mut session)
                .await
                .unwrap()
            {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// What was acknowledged is not done again, and answered as it was.
async fn replay(server: &Server, people: &[Person], answered: &[(Request, Value)]) {
    for (request, answer) in answered {
        let (_, headers, again) = request.send(server, people).await.unwrap();
        assert_eq!(&again, answer, "{request:?}");
        assert_eq!(headers["idempotent-replayed"], "true", "{request:?}");
    }
}

/// The same request with the same key tells what became of it: it is done now, if it was not then.
async fn resolve(server: &Server, people: &[Person], request: &Request, seen: &mut Seen) -> Value {
    let (status, headers, answer) = request.send(server, people).await.unwrap();
    assert!(
        matches!(status, 200 | 201),
        "{status} {answer} for {request:?}"
    );
    if headers.contains_key("idempotent-replayed") {
        seen.done += 1;
    } else {
        seen.not_done += 1;
    }
    answer
}

// --- PostgreSQL killed ---

#[tokio::test(flavor = "multi_thread")]
async fn a_database_server_killed_under_load_loses_and_doubles_nothing() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let mut random = Random::new(crate::load::seed("a killed database server"));
    let [.., rounds] = rounds();
    let database = Arc::new(PrivateServer::start());
    let words = ["--database-url".to_owned(), database.url().to_owned()];
    let server = Arc::new(Server::launch(&words, &[], &SETTINGS));
    let mut book = Book::default();
    let people = crate::load::people(&server, CLIENTS, &mut book).await;
    let tally = Tally::new(Duration::from_secs(10));
    let nodes: Arc<[_]> = [server.clone()].into();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|person| {
            let script = Script::new(person, CLIENTS, random.fork());
            let (nodes, people, tally) = (nodes.clone(), people.clone(), tally.clone());
            tokio::spawn(keep_asking(nodes, 0, people, script, tally))
        })
        .collect();
    for round in 1..=rounds {
        tally.more_done(5 + random.below(100)).await;
        for _ in 0..random.below(2_000) {
            tokio::task::yield_now().await;
        }
        let refused = tally.refused();
        control(&database, PrivateServer::kill).await;
        let mut wait = Wait::until("clients are refused");
        while tally.refused() < refused + CLIENTS as u64 {
            wait.turn().await;
        }
        reads_say_that_the_store_is_away(&server, &people[0]).await;
        control(&database, PrivateServer::restart).await;
        // It recovers by itself.
        tally.more_done(3 * CLIENTS as u64).await;
        if round % VERIFY_EVERY == 0 {
            tokio::task::block_in_place(|| verify(&words));
        }
    }
    tally.stop();
    for client in clients {
        for (request, answer) in client.await.unwrap() {
            book.record(request, &answer);
        }
    }
    crate::load::settled(&server, &people).await;
    book.check(&server, &people).await;
    let broken = server.log().matches("a commit broke").count();
    assert!(server.stop());
    verify(&words);
    println!(
        "server: {rounds} kills, {} acknowledged, {broken} in the middle of a commit; {}",
        book.acknowledged(),
        tally.report()
    );
}

/// Stops or starts the database server without holding up the clients.
async fn control(database: &Arc<PrivateServer>, act: fn(&PrivateServer)) {
    let database = database.clone();
    tokio::task::spawn_blocking(move || act(&database))
        .await
        .unwrap();
}

/// Reads fail for the moment, and health does not pretend.
async fn reads_say_that_the_store_is_away(server: &Server, person: &Person) {
    let path = format!("/wallets/{}", person.wallet);
    let read = server.call("GET", &path, Some(&person.token), None, None);
    let health = server.client.get(format!("{}/health", server.url)).send();
    let (read, health) = tokio::join!(read, health);
    let (status, headers, problem) = read.unwrap();
    assert_eq!(status, 503, "{problem}");
    assert_eq!(problem["code"], "storage_unavailable");
    assert!(headers.contains_key("retry-after"), "{problem}");
    assert_eq!(health.unwrap().status(), 503);
}
