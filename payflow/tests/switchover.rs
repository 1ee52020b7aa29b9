//! Two PostgreSQL servers that change places under load: one node knows both by name, the other
//! reaches whichever an address leads to, as behind a virtual IP. Nothing that was acknowledged is
//! lost, nobody is told of a bug, and no node stays with the server that only reads.
#![cfg(test)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use testkit::{Engine, Pair, engines};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

use crate::load::insist::{Tally, keep_asking};
use crate::load::{self, Book, Person, Random, Script};
use crate::process::{Server, Wait, run, stderr};

const CLIENTS: usize = 4;
/// The node whose URL names both servers, and the one whose URL names an address that leads to one
/// of them.
const BY_NAME: usize = 0;
const BY_ADDRESS: usize = 1;

/// An address that can be made to lead elsewhere, for connections that are made from then on.
struct Address {
    name: String,
    target: Arc<Mutex<String>>,
}

impl Address {
    async fn leading_to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let name = listener.local_addr().unwrap().to_string();
        let target = Arc::new(Mutex::new(target.to_owned()));
        let current = target.clone();
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let target = current.lock().unwrap().clone();
                tokio::spawn(async move {
                    // Where nobody listens, the client is hung up on.
                    if let Ok(mut server) = TcpStream::connect(target).await {
                        drop(copy_bidirectional(&mut client, &mut server).await);
                    }
                });
            }
        });
        Self { name, target }
    }

    fn leads_to(&self, target: &str) {
        *self.target.lock().unwrap() = target.to_owned();
    }
}

/// Somebody who logs in at a node, over and over.
#[derive(Default)]
struct Logins {
    let_in: AtomicU64,
    told_to_wait: AtomicU64,
    /// What nobody should be told.
    wrong: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl Logins {
    fn at(server: &Arc<Server>) -> Arc<Self> {
        let (counts, server) = (Arc::new(Self::default()), server.clone());
        let count = counts.clone();
        tokio::spawn(async move {
            let body =
                json!({ "email": "person0@example.org", "password": "a long password of person0" });
            let mut wait = Wait::until("somebody logs in");
            while !count.stop.load(Ordering::SeqCst) {
                let answer = server
                    .call("POST", "/auth/login", None, None, Some(&body))
                    .await;
                let (status, _, said) = answer.unwrap();
                match (status, said["code"].as_str()) {
                    (200, _) => {
                        count.let_in.fetch_add(1, Ordering::SeqCst);
                    }
                    (503, Some("database_unavailable" | "outcome_unknown"))
                    | (504, Some("timeout")) => {
                        count.told_to_wait.fetch_add(1, Ordering::SeqCst);
                    }
                    _ => count.wrong.lock().unwrap().push(format!("{status} {said}")),
                }
                wait.turn().await;
            }
        });
        counts
    }

    /// Returns when somebody was let in once more.
    async fn are_let_in(&self) {
        self.grows(&self.let_in, "somebody is let in").await;
    }

    /// Returns when somebody was told to wait once more.
    async fn have_to_wait(&self) {
        self.grows(&self.told_to_wait, "somebody is told to wait")
            .await;
    }

    async fn grows(&self, count: &AtomicU64, until: &'static str) {
        let before = count.load(Ordering::SeqCst);
        let mut wait = Wait::until(until);
        while count.load(Ordering::SeqCst) == before {
            self.nothing_is_wrong();
            wait.turn().await;
        }
    }

    fn nothing_is_wrong(&self) {
        assert_eq!(*self.wrong.lock().unwrap(), Vec::<String>::new());
    }
}

async fn is_ready(server: &Server) -> bool {
    let answer = server.client.get(format!("{}/ready", server.url)).send();
    answer.await.unwrap().status() == 200
}

/// Does something to the servers without holding up the clients.
async fn control(pair: &Arc<Pair>, act: fn(&Pair)) {
    let pair = pair.clone();
    tokio::task::spawn_blocking(move || act(&pair))
        .await
        .unwrap();
}

/// Two nodes over a pair of servers.
struct Site {
    pair: Arc<Pair>,
    address: Address,
    nodes: Arc<[Arc<Server>]>,
    logins: [Arc<Logins>; 2],
    people: Arc<[Person]>,
}

fn words(url: &str) -> [String; 2] {
    ["--database-url".to_owned(), url.to_owned()]
}

impl Site {
    async fn start(book: &mut Book) -> Self {
        let pair = Arc::new(Pair::start());
        let address = Address::leading_to(pair.address(0)).await;
        let by_address = format!("postgres://postgres@{}/postgres", address.name);
        let settings = [("PAYFLOW__GATEWAY__REQUEST_TIMEOUT_MS", "3000")];
        let nodes: Arc<[_]> = [&by_name(&pair), &by_address]
            .map(|url| Arc::new(Server::launch(&words(url), &[], &settings)))
            .into();
        let people = load::people(&nodes[BY_NAME], CLIENTS, book).await;
        Self {
            logins: [BY_NAME, BY_ADDRESS].map(|node| Logins::at(&nodes[node])),
            pair,
            address,
            nodes,
            people,
        }
    }

    /// The servers change places; each node is told of it by what it is answered.
    async fn change_places(&self) {
        let (pair, nodes, logins) = (&self.pair, &self.nodes, &self.logins);
        // The primary goes in order and comes back as a standby, before there is another primary.
        control(pair, Pair::stop_first).await;
        control(pair, Pair::start_first_as_standby).await;
        for node in [BY_NAME, BY_ADDRESS] {
            logins[node].have_to_wait().await;
            let ready = is_ready(&nodes[node]).await;
            assert!(!ready, "node {node} has no server that takes writes");
        }
        control(pair, Pair::promote_second).await;
        logins[BY_NAME].are_let_in().await;
        let ready = is_ready(&nodes[BY_ADDRESS]).await;
        assert!(!ready, "the address leads to a standby");
        logins[BY_ADDRESS].have_to_wait().await;
        self.address.leads_to(pair.address(1));
        logins[BY_ADDRESS].are_let_in().await;
        for node in &**nodes {
            let mut wait = Wait::until("a node is ready again");
            while !is_ready(node).await {
                wait.turn().await;
            }
        }
    }
}

fn by_name(pair: &Pair) -> String {
    format!(
        "postgres://postgres@{},{}/postgres?target_session_attrs=read-write",
        pair.address(0),
        pair.address(1)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_change_places_under_load_lose_nothing_and_every_node_follows() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let mut random = Random::new(load::seed("servers that change places"));
    let mut book = Book::default();
    let site = Site::start(&mut book).await;
    let tally = Tally::new(Duration::from_secs(10));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|person| {
            let script = Script::new(person, CLIENTS, random.fork());
            let (nodes, people) = (site.nodes.clone(), site.people.clone());
            tokio::spawn(keep_asking(nodes, person, people, script, tally.clone()))
        })
        .collect();
    tally.more_done(30).await;
    site.change_places().await;
    tally.more_done(30).await;
    tally.stop();
    for client in clients {
        for (request, answer) in client.await.unwrap() {
            book.record(request, &answer);
        }
    }
    for logins in &site.logins {
        logins.stop.store(true, Ordering::SeqCst);
        logins.nothing_is_wrong();
    }
    load::settled(&site.nodes[BY_NAME], &site.people).await;
    for node in &*site.nodes {
        book.check(node, &site.people).await;
        assert!(!node.log().contains("panicked"), "{}", node.log());
    }
    println!(
        "switchover: {} acknowledged; {}",
        book.acknowledged(),
        tally.report()
    );
    for node in &*site.nodes {
        assert!(node.stop());
    }
    let words = words(&by_name(&site.pair));
    let verified = run(["verify".to_owned()].iter().chain(&words));
    assert!(verified.status.success(), "{}", stderr(&verified));
}
