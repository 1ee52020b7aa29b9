//! The SQL that one transfer runs on each engine, as it is executed, compared with the pages in
//! `docs/sql`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use payments::SCHEMA;
use payments::journal::JournalConfig;
use payments::journal::postgres::{PostgresStore, SessionTimeouts};
use payments::journal::sqlite::{PRAGMAS, SqliteStore};
use payments::journal::store::Store;
use payments::journal::writer::Writer;
use payments_core::command::{Actor, Command, Movement, NewTransaction, Operation};
use payments_core::wallet::Limits;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use testkit::{Engine, engines, variable};

use crate::journal::harness::{Place, command, create, fund, id, json, keyed, system, wallet};

/// What is written above the statements on both pages.
const HEADING: &str = "\
-- What one transfer between two wallets executes on ENGINE, in order, where nothing about the
-- wallets is in memory (what is, is not read again). It has an idempotency key and an `external_id`:
-- without them, the statements on `idempotency` and `external_ids` are missing. With `to_email`, who
-- receives is looked up before. Several transfers that are waiting share one batch, and its commit.
--
-- Written by services/payments/tests/journal/transfer_sql.rs. To accept a change of the SQL:
--   PAYFLOW_ACCEPT_SQL=1 make test ARGS=\"-p payments transfer_sql\"
";

/// What a statement is for, or a part of PostgreSQL's one statement: the first whose text is in it.
const PURPOSES: [(&str, &str); 22] = [
    (
        "WITH moved AS",
        "One statement and transaction: move the head row on; where another node has, do nothing.",
    ),
    (
        "UPDATE head",
        "Move the head row on: the numbers and the hash that the next batch begins with.",
    ),
    ("BEGIN IMMEDIATE", "Take the write lock of the file."),
    (
        "FROM head",
        "Read the head row: the last batch, its hash, and how far each table is numbered.",
    ),
    (
        "SELECT a.*",
        "Read both accounts with their sums and their wallets, by the ids of the wallets.",
    ),
    (
        "FROM accounts",
        "Read an account with its sums, by the id of its wallet.",
    ),
    (
        "FROM wallets",
        "Read the wallet of an account: its owner, its limits and what of them is used.",
    ),
    (
        "MAX(no), 0) FROM idempotency",
        "Look for the newest stored answer: how many are new is the difference before and after.",
    ),
    (
        "FROM idempotency",
        "Look for an answer that is stored under the idempotency key.",
    ),
    (
        "FROM transactions",
        "Look for a transaction with the id of the new one.",
    ),
    (
        "FROM external_ids",
        "Look whether the owner has used the `external_id` before.",
    ),
    (
        "JOIN external_ids",
        "Look whether the owner has used the `external_id` before.",
    ),
    (
        "INTO transfers",
        "Add the entry: who is debited, who is credited, and their balances after it.",
    ),
    (
        "INTO balances",
        "Write the sums of each account over its old ones.",
    ),
    (
        "UPDATE balances",
        "Write the sums of both accounts over their old ones.",
    ),
    (
        "UPDATE wallets",
        "Note how much of its limits each wallet has used, and its newest rows.",
    ),
    (
        "INTO transactions",
        "Add the transaction, already completed.",
    ),
    (
        "INTO external_ids",
        "Take the `external_id` for the owner, for ever.",
    ),
    (
        "INTO events",
        "Add the event of the transaction, with who did it.",
    ),
    (
        "INTO idempotency",
        "Store the answer under the idempotency key.",
    ),
    (
        "INTO batches",
        "Add the row of the batch: its hash in the chain, and the checksums of its rows.",
    ),
    (
        "COMMIT",
        "Commit. The caller is answered when it is on the disk.",
    ),
];

thread_local! {
    /// What SQLite has executed on this thread since it was last taken.
    static EXECUTED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn trace(event: TraceEvent<'_>) {
    if let TraceEvent::Stmt(_, sql) = event {
        EXECUTED.with_borrow_mut(|executed| executed.push(sql.to_owned()));
    }
}

/// A road to a PostgreSQL server that takes note of each statement that is sent to be executed.
struct Tap {
    url: String,
    executed: Arc<Mutex<Vec<String>>>,
}

impl Tap {
    fn to(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (user, rest) = rest.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let executed = Arc::<Mutex<Vec<String>>>::default();
        let (server, noted) = (server.to_owned(), executed.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, noted) = (TcpStream::connect(&server).unwrap(), noted.clone());
                let (mut answers, mut caller) =
                    (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut answers, &mut caller));
                // It ends with the client's goodbye.
                std::thread::spawn(move || forward(client, server, &noted));
            }
        });
        Self {
            url: format!("{scheme}://{user}@{address}/{database}"),
            executed,
        }
    }
}

/// Forwards a client's messages (PostgreSQL manual, 54.7), noting the text of each query that is
/// executed at once (`Q`), and of each prepared statement (`P`) when values are bound to it (`B`).
fn forward(
    mut client: TcpStream,
    mut server: TcpStream,
    executed: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    /// The first message, which has no type, may ask for TLS; the real first one follows.
    const ASKS_FOR_TLS: [u8; 4] = 80_877_103_u32.to_be_bytes();
    let mut prepared = HashMap::new();
    let mut starting = true;
    loop {
        let mut header = vec![0; if starting { 4 } else { 5 }];
        client.read_exact(&mut header)?;
        let (kind, length) = header.split_at(header.len() - 4);
        let kind = kind.first().copied();
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize - 4;
        let mut body = vec![0; length];
        client.read_exact(&mut body)?;
        let text = String::from_utf8_lossy(&body);
        let mut texts = text.split('\0').map(str::to_owned);
        let mut next = || texts.next().unwrap();
        match kind {
            None => starting = body.starts_with(&ASKS_FOR_TLS),
            Some(b'Q') => executed.lock().unwrap().push(next()),
            Some(b'P') => drop(prepared.insert(next(), next())),
            Some(b'B') => {
                next();
                executed.lock().unwrap().push(prepared[&next()].clone());
            }
            Some(_) => {}
        }
        server.write_all(&[header, body].concat())?;
    }
}

fn serve(writer: &mut Writer, command: Command) {
    writer.serve(&[command], &mut |answer| assert_eq!(json(answer).0, 201));
}

/// What is executed for one transfer, where the wallets were last used before PayFlow was started.
fn executed(engine: Engine) -> Vec<String> {
    let place = Place::new(engine);
    let journal = place.start();
    let (alice, bob) = (id(1), id(2));
    let (from, to) = (id(11), id(12));
    for command in [
        system(wallet(from, alice, Limits::default())),
        system(wallet(to, bob, Limits::default())),
        fund(id(21), from, 5_000),
    ] {
        journal.submit_blocking(command).unwrap();
    }
    journal.close();
    let executed: Box<dyn Fn() -> Vec<String>>;
    let store: Box<dyn Store> = match engine {
        Engine::Sqlite => {
            let connection = rusqlite::Connection::open(place.file()).unwrap();
            connection.execute_batch(PRAGMAS).unwrap();
            connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(trace));
            executed = Box::new(|| EXECUTED.take());
            Box::new(SqliteStore::over(connection))
        }
        Engine::Postgres => {
            let tap = Tap::to(place.url());
            executed = Box::new(move || std::mem::take(&mut *tap.executed.lock().unwrap()));
            Box::new(PostgresStore::connect(&tap.url, SCHEMA, SessionTimeouts::default()).unwrap())
        }
    };
    let mut writer = Writer::new(store, place.clock.clone(), JournalConfig::default()).unwrap();
    // The first batch after a start also reads what the whole store has to say.
    serve(
        &mut writer,
        system(wallet(id(13), id(3), Limits::default())),
    );
    executed();
    let Operation::Create(transfer) = create(id(22), Movement::Transfer { from, to }, 1_250) else {
        unreachable!()
    };
    let transfer = Operation::Create(NewTransaction {
        external_id: Some("order-1".to_owned()),
        ..transfer
    });
    serve(
        &mut writer,
        keyed(command(Actor::User(alice), transfer), 1, 1),
    );
    executed()
}

/// The parts of a statement: PostgreSQL's one for all tables has several, others are one.
fn parts(sql: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = sql;
    while let Some((part, _)) = rest.split_once(&format!(", t{} AS (", parts.len() + 1)) {
        parts.push(format!("{part},"));
        rest = &rest[part.len() + 2..];
    }
    if let Some((part, _)) = rest.split_once(" INSERT INTO batches") {
        parts.push(part.to_owned());
        rest = &rest[part.len() + 1..];
    }
    parts.push(format!("{rest};"));
    parts
}

/// In lines of up to 100 columns. A long statement has its clauses on lines of their own.
fn wrapped(sql: &str) -> String {
    let is_long = sql.len() > 100;
    let (mut text, mut width, mut before) = (String::new(), 0, "");
    for word in sql.split(' ') {
        let is_clause = ["FROM", "LEFT", "SELECT", "VALUES", "WHERE"].contains(&word)
            && !["", "(SELECT"].contains(&before);
        if width + word.len() >= 100 || is_long && is_clause {
            text += "\n   ";
            width = 3;
        }
        if !text.is_empty() {
            text += " ";
            width += 1;
        }
        text += word;
        width += word.len();
        before = word;
    }
    text
}

/// The statements, each with what it is for; once where it is executed several times in a row.
fn page(engine: Engine, executed: &[String]) -> String {
    let name = match engine {
        Engine::Sqlite => "SQLite",
        Engine::Postgres => "PostgreSQL",
    };
    let mut page = HEADING.replace("ENGINE", name);
    for same in executed.chunk_by(|one, next| one == next) {
        for part in parts(&same[0]) {
            let found = PURPOSES.iter().find(|(text, _)| part.contains(text));
            let (_, purpose) =
                found.unwrap_or_else(|| panic!("say in PURPOSES what this is for: {part}"));
            let times = match same.len() {
                1 => String::new(),
                times => format!(" Executed {times} times."),
            };
            page += &format!("\n-- {purpose}{times}\n{}\n", wrapped(&part));
        }
    }
    page
}

#[test]
fn the_pages_show_the_sql_that_a_transfer_executes() {
    for engine in engines() {
        let name = format!("docs/sql/transfer-{engine:?}.sql").to_lowercase();
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(&name);
        let page = page(engine, &executed(engine));
        if variable("PAYFLOW_ACCEPT_SQL").is_some() {
            std::fs::write(&file, &page).unwrap();
        }
        let checked_in = std::fs::read_to_string(&file).unwrap_or_default();
        let differs = |(one, other)| (one != other).then(|| format!("- {one}\n+ {other}"));
        let first = checked_in.lines().zip(page.lines()).find_map(differs);
        assert!(
            checked_in == page,
            "a transfer executes other SQL than {name} shows; if that is meant, run this test with \
             PAYFLOW_ACCEPT_SQL=1 and commit the page. The first line that differs:\n{}",
            first.unwrap_or_else(|| "(one is longer)".to_owned())
        );
    }
}
