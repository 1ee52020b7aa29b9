//! Several processes that commit to one PostgreSQL ledger at once: one is stopped past every
//! time-out and goes on later, one loses its connection during COMMIT, clients ask again elsewhere.
//! The journal stays one gap-free line, and everything has one effect.
//!
//! `PAYFLOW_WRITERS_ROUNDS` sets how often a process is stopped; `PAYFLOW_WRITERS_TIMEOUTS=real`
//! takes the time-outs that PayFlow has without settings, which takes a minute a round.
#![cfg(test)]

use std::sync::Arc;
use std::time::Duration;

use crate::load::insist::{Tally, insist, keep_asking};
use crate::load::{Book, Operation, Person, Random, Request, Script};
use crate::process::{Server, Wait, run, stderr};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use testkit::{Cut, Engine, PrivateServer, Proxy, engines};
use tokio::task::JoinHandle;

/// Each connects as a database user of its own, by which its session is known.
const NODES: usize = 3;
/// The node whose connections run over the road that is cut.
const CUT_OFF: usize = 2;
const CLIENTS: usize = 6;
/// People of whom the load knows nothing; their numbers follow the clients'.
const WITNESSES: usize = 3;

/// The witnesses hand all that they have around in every round.
const SETTINGS: [(&str, &str); 2] = [
    ("PAYFLOW__PAYMENTS__LIMITS__DEFAULT__DAILY", "1000000000"),
    ("PAYFLOW__PAYMENTS__LIMITS__DEFAULT__MONTHLY", "1000000000"),
];
/// Short ones, so that "past every time-out" takes seconds.
const TIMEOUTS: [(&str, &str); 4] = [
    ("PAYFLOW__PAYMENTS__POSTGRES__LOCK_TIMEOUT_MS", "1000"),
    ("PAYFLOW__PAYMENTS__POSTGRES__STATEMENT_TIMEOUT_MS", "2000"),
    (
        "PAYFLOW__PAYMENTS__POSTGRES__IDLE_IN_TRANSACTION_TIMEOUT_MS",
        "3000",
    ),
    ("PAYFLOW__GATEWAY__REQUEST_TIMEOUT_MS", "2000"),
];

#[tokio::test(flavor = "multi_thread")]
async fn writers_that_are_stopped_or_cut_off_keep_one_gap_free_line() {
    if !engines().contains(&Engine::Postgres) {
        return;
    }
    let mut random = Random::new(crate::load::seed("several writers"));
    let rounds = testkit::variable("PAYFLOW_WRITERS_ROUNDS");
    let rounds: usize = rounds.map_or(3, |text| text.parse().unwrap());
    let real = testkit::variable("PAYFLOW_WRITERS_TIMEOUTS").as_deref() == Some("real");
    let site = Site::start(if real { &[] } else { &TIMEOUTS }).await;
    let mut book = Book::default();
    let people = crate::load::people(&site.nodes[0], CLIENTS + WITNESSES, &mut book).await;
    let tally = Tally::new(Duration::from_secs(if real { 15 } else { 3 }));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|person| {
            let script = Script::new(person, CLIENTS, random.fork());
            let (nodes, people, tally) = (site.nodes.clone(), people.clone(), tally.clone());
            tokio::spawn(keep_asking(nodes, person, people, script, tally))
        })
        .collect();
    let cutter = tokio::spawn(cut_commits(
        site.proxy.clone(),
        tally.clone(),
        random.fork(),
    ));
    let mut pauses = Pauses {
        site: &site,
        people: &people,
        tally: &tally,
        book: &mut book,
        money: [1_000_000; WITNESSES],
        asked: 0,
    };
    for round in 0..rounds {
        tally.more_done(10 + random.below(30)).await;
        let moment = if round % 3 == 2 {
            Moment::BetweenBatches
        } else {
            Moment::InABatch
        };
        pauses.pause((round + round / NODES) % NODES, moment).await;
        tokio::task::block_in_place(|| site.verify());
    }
    let mut wait = Wait::until("commits have been cut off");
    while site.proxy.cuts() < 4 {
        wait.turn().await;
    }
    cutter.abort();
    site.proxy.cut(Cut::Never);
    tally.stop();
    for client in clients {
        for (request, answer) in client.await.unwrap() {
            book.record(request, &answer);
        }
    }
    assert!(tally.refused() > 0, "nobody has asked a stopped node");
    crate::load::settled(&site.nodes[0], &people).await;
    for node in &*site.nodes {
        book.check(node, &people).await;
    }
    println!(
        "writers: {rounds} pauses, {} commits cut off, {} acknowledged; {}",
        site.proxy.cuts(),
        book.acknowledged(),
        tally.report()
    );
    for node in &*site.nodes {
        assert!(node.stop());
    }
    site.verify();
}

/// Cuts the commits of a node off, before they arrive or before they are answered, every few
/// requests.
async fn cut_commits(proxy: Arc<Proxy>, tally: Arc<Tally>, mut random: Random) {
    loop {
        tally.more_done(5 + random.below(20)).await;
        let at = if random.below(2) == 0 {
            Cut::BeforeCommit
        } else {
            Cut::AfterCommit
        };
        proxy.cut(at);
    }
}

// --- the nodes ---

/// Three nodes over one database.
struct Site {
    nodes: Arc<[Arc<Server>]>,
    proxy: Arc<Proxy>,
    database: PrivateServer,
}

impl Site {
    async fn start(timeouts: &[(&str, &str)]) -> Self {
        let settings = [&SETTINGS, timeouts].concat();
        let database = PrivateServer::start();
        let mut session = PgConnection::connect(database.url()).await.unwrap();
        let mut nodes = vec![];
        let url = |node| {
            database
                .url()
                .replacen("postgres@", &format!("{}@", user(node)), 1)
        };
        let proxy = Proxy::to(&url(CUT_OFF));
        for node in 0..NODES {
            let sql = format!("CREATE ROLE {} LOGIN SUPERUSER", user(node));
            session.execute(AssertSqlSafe(sql)).await.unwrap();
            let url = if node == CUT_OFF {
                proxy.url().to_owned()
            } else {
                url(node)
            };
            let words = ["--database-url".to_owned(), url];
            nodes.push(Arc::new(Server::launch(&words, &[], &settings)));
        }
        Self {
            nodes: nodes.into(),
            proxy: Arc::new(proxy),
            database,
        }
    }

    /// While others write, too.
    fn verify(&self) {
        let verified = run(["verify", "--database-url", self.database.url()]);
        assert!(verified.status.success(), "{}", stderr(&verified));
    }
}

fn user(node: usize) -> String {
    format!("node_{node}")
}

// --- a node stopped ---

/// What a node is stopped in the middle of.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// It holds the head row, until PostgreSQL takes its session away.
    InABatch,
    /// It holds nothing, and what it remembers grows old.
    BetweenBatches,
}

/// Stops nodes, and asks them when they are back for what only the present can answer.
struct Pauses<'a> {
    site: &'a Site,
    people: &'a Arc<[Person]>,
    tally: &'a Arc<Tally>,
    book: &'a mut Book,
    /// What each witness has, in cents.
    money: [i64; WITNESSES],
    asked: usize,
}

impl Pauses<'_> {
    /// Stops a node for longer than anybody waits. Meanwhile the first witness gives all that they
    /// have to the second, through another node. What waits at the stopped node's door is then the
    /// first that it does: it must know of that.
    async fn pause(&mut self, node: usize, moment: Moment) {
        // The node knows these wallets, and that there is money in the first.
        self.give(node, 0, 2, 1).await;
        let paused = self.site.nodes[node].clone();
        match moment {
            Moment::InABatch => stop_in_a_batch(&self.site.database, node, &paused).await,
            Moment::BetweenBatches => paused.pause().await,
        }
        let [all, others, _] = self.money;
        self.give(node + 1, 0, 1, all).await;
        self.tally.more_done(20).await;
        let has_nothing = self.ask(node, 0, 2, 1);
        let has_both = self.ask(node, 1, 2, all + others);
        self.tally.more_done(20).await;
        paused.resume();
        let (_, (status, refused)) = has_nothing.await.unwrap();
        assert_eq!(status, 422, "{refused}");
        assert_eq!(refused["code"], "insufficient_funds", "{refused}");
        self.given(has_both, 1, 2, all + others).await;
        // As it was before.
        self.give(node, 2, 0, all).await;
        self.give(node, 2, 1, others).await;
    }

    async fn give(&mut self, node: usize, from: usize, to: usize, cents: i64) {
        let asked = self.ask(node, from, to, cents);
        self.given(asked, from, to, cents).await;
    }

    async fn given(&mut self, asked: Asked, from: usize, to: usize, cents: i64) {
        let (request, (status, answer)) = asked.await.unwrap();
        assert_eq!(status, 201, "{answer}");
        self.book.record(request, &answer);
        self.money[from] -= cents;
        self.money[to] += cents;
    }

    /// Asks one node, and only that one, for a transfer from one witness to another.
    fn ask(&mut self, node: usize, from: usize, to: usize, cents: i64) -> Asked {
        self.asked += 1;
        let (key, to) = (format!("witness {}", self.asked), CLIENTS + to);
        let request = Request::new(CLIENTS + from, key, Operation::Transfer { to, cents });
        let node = self.site.nodes[node % NODES].clone();
        let (people, tally) = (self.people.clone(), self.tally.clone());
        tokio::spawn(async move {
            let answer = insist(&[node], 0, &people, &request, &tally).await;
            (request, answer)
        })
    }
}

/// A request under way, and its answer.
type Asked = JoinHandle<(Request, (u16, Value))>;

/// Stops a node while it holds the head row, and returns when PostgreSQL has ended its session for
/// that.
async fn stop_in_a_batch(database: &PrivateServer, node: usize, server: &Server) {
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    let mut wait = Wait::until("a node is stopped in the middle of a batch");
    loop {
        server.pause().await;
        if let Some(backend) = in_a_batch(&mut session, node).await {
            let mut ends = Wait::until("the session is ended");
            while in_a_batch(&mut session, node).await == Some(backend) {
                ends.turn().await;
            }
            // Where the node's last words were still on their way, the batch has ended instead.
            if !is_there(&mut session, backend).await {
                return;
            }
        }
        server.resume();
        wait.turn().await;
    }
}

/// The backend of a node's session that holds the head row and waits for the node.
async fn in_a_batch(session: &mut PgConnection, node: usize) -> Option<i32> {
    let sql = "SELECT a.pid FROM pg_stat_activity a WHERE a.usename = $1 AND a.state = 'idle in transaction'
        AND EXISTS (SELECT FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE l.pid = a.pid AND n.nspname = 'payments' AND c.relname = 'head')";
    let found = sqlx::query_scalar(sql).bind(user(node));
    found.fetch_optional(session).await.unwrap()
}

async fn is_there(session: &mut PgConnection, backend: i32) -> bool {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)");
    found.bind(backend).fetch_one(session).await.unwrap()
}
