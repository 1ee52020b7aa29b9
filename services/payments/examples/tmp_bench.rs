//! throw-away
use std::sync::Arc;
use std::time::Instant;
use ledger::*;
use money::Currency;
use payments::command::*;
use payments::journal::{Journal, JournalConfig};
use payments::journal::store::Store;
use payments::verify::{verify, Source};
use platform::clock::SystemClock;
use platform::ids::{Ids, SystemEntropy};
fn cmd(act: Act) -> Command { Command { org: 1, actor: Actor::System, idempotency: None, request_id: None, act } }
fn main() {
    let what = std::env::args().nth(1).unwrap();
    let batch: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let total: usize = std::env::args().nth(3).unwrap().parse().unwrap();
    let inflight: usize = std::env::args().nth(4).map_or(2, |x| x.parse().unwrap());
    let rt = tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(1).build().unwrap();
    let path = std::path::PathBuf::from("/var/tmp/tmpbench.db");
    let (store, db): (Box<dyn Store>, _) = if what == "sqlite" {
        for s in ["", "-wal", "-shm"] { let _ = std::fs::remove_file(format!("/var/tmp/tmpbench.db{s}")); }
        let db = rt.block_on(platform::db::Db::open_sqlite(&path, payments::migrations())).unwrap();
        (Box::new(payments::journal::sqlite::SqliteStore::open(&path).unwrap()), db)
    } else {
        let db = rt.block_on(platform::db::Db::connect_postgres(&what, payments::SCHEMA, 2, payments::migrations())).unwrap();
        (Box::new(payments::journal::postgres::PostgresStore::connect(&what, payments::SCHEMA).unwrap()), db)
    };
    let config = JournalConfig { queue: 1_000_000, batch, cached_accounts: 200_000 };
    let journal = Journal::start(store, Arc::new(SystemClock), config).unwrap();
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let usd = Currency::from_code("USD").unwrap();
    let accounts: Vec<_> = (0..10_000).map(|_| ids.next()).collect();
    for chunk in accounts.chunks(5_000) {
        let new = chunk.iter().map(|id| NewAccount { id: *id, currency: usd, code: 100, terms: AccountTerms { flags: Flags(0), overdraft_limit: 0, max_balance: None } }).collect();
        journal.submit_blocking(cmd(Act::OpenAccounts(new))).unwrap();
    }
    let mut seed = 88172645463325252u64;
    let mut rnd = || { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; seed };
    let start = Instant::now();
    let mut waiting = std::collections::VecDeque::new();
    let mut lat = Vec::new();
    let mut done = 0;
    while done < total {
        let mut reqs = Vec::with_capacity(batch);
        for _ in 0..batch {
            let a = (rnd() % 10_000) as usize; let mut b = (rnd() % 10_000) as usize; if a == b { b = (b + 1) % 10_000; }
            reqs.push(ChainedRequest { request: Request::Post(Posting { id: TransferId(ids.next().as_u128()), org: 1, debit: AccountId(accounts[a].as_u128()), credit: AccountId(accounts[b].as_u128()), amount: 1 + (rnd() % 100) as i64, currency: usd, code: 1 }), timeout: None, linked: false });
        }
        done += batch;
        let t = Instant::now();
        waiting.push_back((t, journal.enqueue(cmd(Act::Post(reqs))).unwrap()));
        if waiting.len() >= inflight { let (t, f) = waiting.pop_front().unwrap(); rt.block_on(f).unwrap(); lat.push(t.elapsed()); }
    }
    for (t, f) in waiting { rt.block_on(f).unwrap(); lat.push(t.elapsed()); }
    let e = start.elapsed();
    lat.sort();
    println!("{done} transfers in {e:?}: {:.0}/s; p50 {:?} p99 {:?}", done as f64 / e.as_secs_f64(), lat[lat.len() / 2], lat[lat.len() * 99 / 100]);
    journal.close();
    let t = Instant::now();
    let source = if what == "sqlite" { Source::Sqlite(&path) } else { Source::Postgres { url: &what, schema: payments::SCHEMA } };
    let r = verify(source, &mut |_, _| {});
    println!("verify {:?}: {r:?}", t.elapsed());
    rt.block_on(db.close());
}
