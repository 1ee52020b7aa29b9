//! The ledger's batch endpoint: an administrator opens accounts, then a few connections send batches of transfers, each
//! with an id of its own. Bodies are prepared beforehand; only the ids in them change.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use contracts::identity::Role;
use contracts::payments::{AccountId, TransferId};
use db::args;
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::answer::{Connection, request};
use super::load::Sent;
use super::server::Server;
use super::users::log_in;
use super::{HttpArgs, Measured, Side};
use crate::bench::report::Setting;
use crate::bench::store::runtime;
use crate::bench::target::{Target, create_user};
use crate::bench::workload::Random;
use crate::bench::{Interrupt, progress};

/// The endpoint that is measured.
pub const PATH: &str = "/api/v1/ledger/transfers";
/// Connections that send.
const CONNECTIONS: u16 = 4;
/// Prepared requests per connection: the same pairs of accounts come again after so many batches.
const PREPARED: usize = 4;
/// How often the server and the echo take turns.
const TURNS: u32 = 5;
const ADMIN: &str = "admin";

/// Measures batches, and the echo in turns with them.
///
/// # Errors
/// Where the server does not start or does not answer, or where a transfer was lost or doubled.
pub fn measure(
    args: &HttpArgs,
    batch: usize,
    target: &Target,
    interrupt: &Interrupt,
) -> anyhow::Result<Measured> {
    let connections = args.connections.unwrap_or(CONNECTIONS);
    let runtime = runtime()?;
    runtime.block_on(async {
        let app = target.open().await?;
        let made = create_user(&app, ADMIN, Role::Admin).await;
        app.close().await;
        made
    })?;
    let (server, echo) = (Server::start(target)?, Server::start_echo()?);
    let mut sides = [Side::default(), Side::default()];
    let (mut errors, mut made) = (vec![], 0);
    runtime.block_on(async {
        let mut connection = Connection::open(server.address).await?;
        let token = log_in(&mut connection, ADMIN).await?;
        let accounts = open_accounts(&mut connection, &token, args.accounts).await?;
        let load = |address| Load {
            address,
            senders: (0..connections)
                .map(|number| Batches::new(&token, &accounts, batch, u64::from(number)))
                .collect(),
            interrupt: interrupt.clone(),
        };
        let (mut transfers, mut echoes) = (load(server.address), load(echo.address));
        let warm = transfers.run(args.warmup, "warming up", created).await?;
        made += warm.tally.count;
        errors.extend(warm.errors);
        let short = args.warmup.min(Duration::from_millis(500));
        echoes.run(short, "warming up", echoed).await?;
        let length = args.seconds / TURNS;
        for _ in 0..TURNS {
            let sending = transfers.run(length, "sending batches", created);
            let sent = sides[0].measure(&server, sending).await?;
            errors.extend(sent.errors);
            let sending = echoes.run(length / 2, "sending to the echo", echoed);
            let sent = sides[1].measure(&echo, sending).await?;
            if let Some(error) = sent.errors.first() {
                bail!("the echo failed: {error}");
            }
        }
        made += sides[0].tally.count;
        check_balance(&mut connection, &token).await
    })?;
    let after_load = server.resident_kib();
    server.stop()?;
    echo.stop()?;
    runtime.block_on(check_count(target, made, errors.len() * batch))?;
    let [subject, yardstick] = sides;
    Ok(Measured {
        name: "batches over HTTP".to_owned(),
        batch,
        in_flight: connections.into(),
        subject,
        yardstick,
        errors,
        settings: vec![
            Setting::new("accounts", args.accounts),
            Setting::new("idempotency", "an id per transfer"),
        ],
        figures: vec![
            Setting::new("balances", "exact"),
            Setting::new("memory_after_load_kib", after_load),
        ],
    })
}

/// Opens accounts that are refused a debit beyond their overdraft, so that the check is a real one.
async fn open_accounts(
    connection: &mut Connection,
    token: &str,
    count: u32,
) -> anyhow::Result<Vec<String>> {
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let accounts: Vec<_> = (0..count)
        .map(|_| AccountId(ids.next()).to_string())
        .collect();
    for part in accounts.chunks(payments::journal::MAX_BATCH) {
        let items: Vec<_> = part
            .iter()
            .map(|id| {
                json!({
                    "id": id, "currency": "USD", "code": 900,
                    "debits_must_not_exceed_credits": true, "overdraft_limit": 1_i64 << 52,
                })
            })
            .collect();
        let path = "/api/v1/ledger/accounts";
        let body = json!({ "accounts": items });
        let answer = connection
            .call("POST", path, Some(token), Some(&body), 200)
            .await?;
        let results = answer["results"].as_array().context("no results")?;
        if let Some(refused) = results.iter().find(|one| one["result"] != "created") {
            bail!("an account was not opened: {refused}");
        }
    }
    Ok(accounts)
}

/// Debits equal credits.
async fn check_balance(connection: &mut Connection, token: &str) -> anyhow::Result<()> {
    let path = "/api/v1/ledger/trial-balance";
    let answer = connection.call("GET", path, Some(token), None, 200).await?;
    if answer["balanced"] != json!(true) {
        bail!("debits and credits differ: {answer}");
    }
    Ok(())
}

/// The store has as many transfers as were acknowledged; those of a request that failed may be there or not.
async fn check_count(target: &Target, made: u64, doubtful: usize) -> anyhow::Result<()> {
    let app = target.open().await?;
    let sql = "SELECT COUNT(*) FROM transfers";
    let counted = app.payments.db().fetch_one(sql, args![]).await;
    app.close().await;
    let (stored,): (i64,) = counted?;
    if !(made..=made + doubtful as u64).contains(&u64::try_from(stored)?) {
        bail!("{stored} transfers are stored, and {made} were acknowledged");
    }
    Ok(())
}

/// Several senders, one connection each.
struct Load {
    address: SocketAddr,
    senders: Vec<Batches>,
    interrupt: Interrupt,
}

/// How many transfers an answer says were done; none where it is another answer.
type Counter = fn(u16, &[u8]) -> Option<usize>;

impl Load {
    /// Sends for as long as `length`, each connection once in any case. It stops at the first answer that is not the
    /// hoped for one.
    async fn run(
        &mut self,
        length: Duration,
        what: &'static str,
        counter: Counter,
    ) -> anyhow::Result<Sent> {
        self.interrupt.check()?;
        let bar = progress(1);
        bar.set_message(what);
        let begun = Instant::now();
        let mut senders = JoinSet::new();
        for mut batches in self.senders.drain(..) {
            let (address, interrupt) = (self.address, self.interrupt.clone());
            senders.spawn(async move {
                let mut sent = Sent::default();
                let end = begun + length;
                let done = batches.send_until(end, address, counter, &interrupt, &mut sent);
                if let Err(error) = done.await {
                    sent.errors.push(format!("{error:#}"));
                }
                (batches, sent)
            });
        }
        let mut all = Sent::default();
        while let Some(done) = senders.join_next().await {
            let (batches, sent) = done?;
            self.senders.push(batches);
            all.add(sent);
        }
        all.tally.busy = begun.elapsed();
        bar.finish_and_clear();
        Ok(all)
    }
}

/// Prepared requests of one connection.
struct Batches {
    /// Whole requests, which differ in their accounts and amounts.
    requests: Vec<Vec<u8>>,
    /// Where the first transfer's id begins in each of them.
    first_id: usize,
    /// From one id to the next.
    stride: usize,
    /// Transfers in a request.
    size: usize,
    ids: Ids,
    next: usize,
}

/// The letters of a TypeID, by their values.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// The length of a transfer's id: `trf_` and 26 letters.
const ID: usize = 30;
/// What an id of a batch is counted with: three letters of five bits each.
const COUNTED: u128 = (1 << 15) - 1;

impl Batches {
    fn new(token: &str, accounts: &[String], size: usize, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut body = || {
            let items: Vec<_> = (0..size).map(|_| item(&mut random, accounts)).collect();
            format!("{{\"transfers\":[{}]}}", items.join(","))
        };
        let mut requests = vec![];
        let mut first_id = 0;
        for _ in 0..PREPARED {
            let text = request("POST", PATH, Some(token), &[], &body());
            first_id = text.find("trf_").unwrap_or_default();
            requests.push(text.into_bytes());
        }
        Self {
            requests,
            first_id,
            stride: item(&mut random, accounts).len() + 1,
            size,
            ids: Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy)),
            next: 0,
        }
    }

    /// The next request, with ids that no other has: they rise within a batch, and with time.
    fn next(&mut self) -> &[u8] {
        self.next = (self.next + 1) % self.requests.len();
        let base = Uuid::from_u128(self.ids.next().as_u128() & !COUNTED);
        let id = TransferId(base).to_string().into_bytes();
        let request = &mut self.requests[self.next];
        for number in 0..self.size {
            let at = self.first_id + number * self.stride;
            let place = &mut request[at..at + ID];
            place.copy_from_slice(&id);
            for (letter, shift) in [(ID - 3, 10), (ID - 2, 5), (ID - 1, 0)] {
                place[letter] = LETTERS[(number >> shift) & 31];
            }
        }
        request
    }

    async fn send_until(
        &mut self,
        end: Instant,
        address: SocketAddr,
        counter: Counter,
        interrupt: &Interrupt,
        sent: &mut Sent,
    ) -> anyhow::Result<()> {
        let mut connection = Connection::open(address).await?;
        loop {
            interrupt.check()?;
            let size = self.size;
            let request = self.next();
            let begun = Instant::now();
            let (status, answer) = connection.exchange(request).await?;
            let took = begun.elapsed();
            if counter(status, answer) != Some(size) {
                let start = &answer[..answer.len().min(500)];
                bail!("{status}: {}", String::from_utf8_lossy(start));
            }
            sent.tally.count += size as u64;
            sent.tally.latencies.push(took);
            if Instant::now() >= end {
                return Ok(());
            }
        }
    }
}

/// A transfer, of the same length whatever it moves.
fn item(random: &mut Random, accounts: &[String]) -> String {
    let debit = random.index(accounts.len());
    let mut credit = random.index(accounts.len() - 1);
    if credit >= debit {
        credit += 1;
    }
    let amount = 1_000 + random.below(9_000);
    let (debit, credit) = (&accounts[debit], &accounts[credit]);
    let id = TransferId(Uuid::nil());
    format!(
        "{{\"id\":\"{id}\",\"debit_account\":\"{debit}\",\"credit_account\":\"{credit}\",\
         \"amount_minor\":{amount},\"currency\":\"USD\"}}"
    )
}

/// How many transfers were created, as the answer of the endpoint says.
fn created(status: u16, answer: &[u8]) -> Option<usize> {
    if status != 200 {
        return None;
    }
    quickly_created(answer).or_else(|| {
        let answer: Value = serde_json::from_slice(answer).ok()?;
        let results = answer["results"].as_array()?;
        Some(
            results
                .iter()
                .filter(|one| one["result"] == "created")
                .count(),
        )
    })
}

/// The same where the answer is written as it usually is and all were created, read at a tenth of a parser's cost: the
/// load shares its processors with the server.
fn quickly_created(answer: &[u8]) -> Option<usize> {
    const BEFORE: &[u8] = b"{\"id\":\"";
    const AFTER: &[u8] = b"\",\"result\":\"created\",\"seq\":";
    let mut rest = answer.strip_prefix(b"{\"results\":[")?;
    let mut count = 0;
    while let Some(item) = rest.strip_prefix(BEFORE) {
        let seq = item.get(ID..)?.strip_prefix(AFTER)?;
        let digits = seq.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = seq[digits..].strip_prefix(b"}")?;
        rest = rest.strip_prefix(b",").unwrap_or(rest);
        count += 1;
    }
    (rest == b"]}").then_some(count)
}

/// How many transfers came back.
fn echoed(status: u16, answer: &[u8]) -> Option<usize> {
    let length = item_length(answer)?;
    let items = answer
        .strip_prefix(b"{\"transfers\":[")?
        .strip_suffix(b"]}")?;
    (status == 201).then_some((items.len() + 1) / (length + 1))
}

/// The length of the first item.
fn item_length(answer: &[u8]) -> Option<usize> {
    let open = answer.iter().skip(1).position(|byte| *byte == b'{')?;
    let close = answer.iter().skip(1).position(|byte| *byte == b'}')?;
    close.checked_sub(open).map(|length| length + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn accounts() -> Vec<String> {
        (1..=3)
            .map(|number| AccountId(Uuid::from_u128(number)).to_string())
            .collect()
    }

    fn body(request: &[u8]) -> Value {
        let text = std::str::from_utf8(request).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }

    #[test]
    fn every_transfer_of_every_batch_has_an_id_of_its_own_and_ids_rise_within_a_batch() {
        let mut batches = Batches::new("token", &accounts(), 40, 1);
        let mut seen = HashSet::new();
        for _ in 0..3 * PREPARED {
            let body = body(batches.next());
            let ids: Vec<TransferId> = body["transfers"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap().parse().unwrap())
                .collect();
            assert_eq!(ids.len(), 40);
            assert!(ids.windows(2).all(|pair| pair[0].uuid() < pair[1].uuid()));
            for id in ids {
                assert!(seen.insert(id.uuid()), "{id} came twice");
            }
        }
    }

    #[test]
    fn a_transfer_has_two_accounts_and_an_amount() {
        let mut random = Random(3);
        for _ in 0..100 {
            let item: Value = serde_json::from_str(&item(&mut random, &accounts())).unwrap();
            assert_ne!(item["debit_account"], item["credit_account"]);
            assert!((1_000..10_000).contains(&item["amount_minor"].as_i64().unwrap()));
        }
    }

    #[test]
    fn only_created_transfers_count() {
        let id = TransferId(Uuid::nil());
        let good = format!("{{\"id\":\"{id}\",\"result\":\"created\",\"seq\":12}}");
        let bad = format!("{{\"id\":\"{id}\",\"result\":\"exists\",\"seq\":12}}");
        let answer = |items: &[&str]| format!("{{\"results\":[{}]}}", items.join(","));
        let all = answer(&[&good, &good, &good]);
        assert_eq!(quickly_created(all.as_bytes()), Some(3));
        assert_eq!(created(200, all.as_bytes()), Some(3));
        assert_eq!(created(201, all.as_bytes()), None);
        let mixed = answer(&[&good, &bad]);
        assert_eq!(quickly_created(mixed.as_bytes()), None);
        assert_eq!(created(200, mixed.as_bytes()), Some(1));
        assert_eq!(created(200, b"{}"), None);
        assert_eq!(created(200, &all.as_bytes()[..all.len() - 1]), None);
    }

    #[test]
    fn what_is_echoed_is_counted() {
        let item = item(&mut Random(1), &accounts());
        let answer = format!("{{\"transfers\":[{item},{item}]}}");
        assert_eq!(echoed(201, answer.as_bytes()), Some(2));
        assert_eq!(echoed(200, answer.as_bytes()), None);
        assert_eq!(echoed(201, b""), None);
    }
}
